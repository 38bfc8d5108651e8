"""The register's changes are handed to business systems (住民異動の通知): carried to the index, and read from there."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.persons.operations import telling
from tasuki.persons.queries.changes import carried_upto, changes_of_system, newest_change
from tasuki.persons.types.changes import ChangeKind, RegisterMove, ToldChange
from tasuki.screening.queries.residents import changes_behind, newest_register_change, protected_now
from tasuki.screening.types.residents import MoveKind, RegisterChange
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: Changes of the register carried in one transaction.
PART: Final = 5_000
# The index itself tells of another individual number, and protection is told by comparing; what such a line of the
# register changes besides is a correction.
_KINDS: Final[Mapping[MoveKind, ChangeKind]] = MappingProxyType(
    {
        MoveKind.BIRTH: ChangeKind.CORRECTED,
        MoveKind.MOVED_IN: ChangeKind.MOVED_IN,
        MoveKind.MOVED_WITHIN: ChangeKind.MOVED_WITHIN,
        MoveKind.MOVED_OUT: ChangeKind.MOVED_OUT,
        MoveKind.DEATH: ChangeKind.DIED,
        MoveKind.NAME_CHANGED: ChangeKind.NAME_CHANGED,
        MoveKind.HOUSEHOLD_CHANGED: ChangeKind.HOUSEHOLD_CHANGED,
        MoveKind.NUMBER_CHANGED: ChangeKind.CORRECTED,
        MoveKind.PROTECTION: ChangeKind.CORRECTED,
        MoveKind.CORRECTED: ChangeKind.CORRECTED,
    }
)


@dataclass(frozen=True, slots=True)
class ChangesGone:
    """Where a system stands is not kept any more: it takes everything anew, and goes on behind `newest`."""

    newest: UUID | None


def tell_systems(*, by: Actor, at: dt.datetime) -> None:
    """Carry what the register changed, and whose protection began or ended, to the index for every business system.

    Safe to repeat and to break off: how far it came is kept in the transaction that tells. Nothing from before the
    first time is told: a system begins by taking everything.
    """
    upto = carried_upto()
    if upto is None:
        telling.begin_telling(upto=newest_register_change(), by=by, at=at)
        upto = carried_upto() or 0
    while found := changes_behind(upto, PART):
        last = found[-1].change_id
        if not telling.tell_systems(after=upto, upto=last, moves=_moves(found), by=by, at=at):
            # Somebody else is at it, and has told this already.
            return
        upto = last
    telling.tell_protection(register_numbers=protected_now(civil_date(at)), by=by, at=at)


def _moves(changes: Sequence[RegisterChange]) -> list[RegisterMove]:
    """Return what is to be told; that the register numbered somebody, the index told when it did."""
    return [
        RegisterMove(one.system_person_number, _KINDS[one.kind], one.event_date, one.changed_at)
        for one in changes
        if one.is_of_entry and not one.is_arrival
    ]


def read_changes(
    *, system: str, after: UUID | None, limit: int, with_protection: bool, by: Actor, at: dt.datetime
) -> list[ToldChange] | ChangesGone:
    """Return a system's changes behind one, in order; whatever is given, and that it is gone, is recorded before.

    That nothing happened says nothing of anybody, and is not recorded: systems ask all day.
    """
    found = changes_of_system(system, after, limit, with_protection=with_protection)
    if found == []:
        return found
    told = ChangesGone(newest_change(system, with_protection=with_protection)) if found is None else found
    body = {
        "system": system,
        "after": None if after is None else str(after),
        "changes": 0 if found is None else len(found),
        "gone": found is None,
        "by": str(by),
    }
    with transaction.atomic():
        append(kind=EntryKind.REGISTER_CHANGES_READ, body=body, at=at)
    return told
