"""Proposing a merge, a split, or to undo one (統合・分割・取消しの起案): a second person decides (`approve_case`)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.persons.dealing import lock_numbering
from tasuki.persons.desk import subjects_of
from tasuki.persons.gate import compare
from tasuki.persons.merges import propose, standing_act, why_no_merge, why_no_split
from tasuki.persons.types.cases import CaseAct, CaseKind, Decision, Refusal, RefusedDecision
from tasuki.persons.types.merging import SystemNumber
from tasuki.shared.actor import Actor

ALIAS: Final = "index"


@transaction.atomic(using=ALIAS)
def propose_merge(*, survivor: str, loser: str, reason: str, by: Actor, at: dt.datetime) -> Decision:
    """Propose that two numbers are of one person; both are in quarantine until it is decided."""
    lock_numbering()
    people = subjects_of({survivor, loser})
    refusal = why_no_merge(survivor, loser, people) or (Refusal.NO_REASON if not reason.strip() else None)
    if refusal is not None:
        return RefusedDecision(refusal)
    one, other = people[survivor].reference, people[loser].reference
    levels = {} if one is None or other is None else compare(other, one, former=people[survivor].former).stored
    return propose(CaseKind.MERGE, CaseAct.MERGE, survivor, loser, levels, {}, reason, by, at)


@transaction.atomic(using=ALIAS)
def propose_split(
    *, person: str, links: Sequence[SystemNumber], takes_number: bool, reason: str, by: Actor, at: dt.datetime
) -> Decision:
    """Propose that some systems' numbers of a person are of somebody else; the person is in quarantine until decided.

    :param takes_number: whether the individual number goes with those that part.
    """
    lock_numbering()
    subject = {"links": [[one.system, one.number] for one in links], "takes_number": takes_number}
    refusal = why_no_split(person, links) or (Refusal.NO_REASON if not reason.strip() else None)
    if refusal is not None:
        return RefusedDecision(refusal)
    return propose(CaseKind.SPLIT, CaseAct.SPLIT, person, None, {}, subject, reason, by, at)


@transaction.atomic(using=ALIAS)
def propose_undo(*, act_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Decision:
    """Propose that a merge or a split was wrong; the people concerned are in quarantine until it is decided."""
    lock_numbering()
    standing = standing_act(act_id)
    if standing is None:
        return RefusedDecision(Refusal.CHANGED_SINCE)
    if not reason.strip():
        return RefusedDecision(Refusal.NO_REASON)
    kind, row = standing
    people = ("survivor", "loser") if kind == "merge" else ("origin", "parted")
    subject = {kind: str(act_id)}
    return propose(CaseKind.UNDO, CaseAct.UNDO, row[people[0]], row[people[1]], {}, subject, reason, by, at)
