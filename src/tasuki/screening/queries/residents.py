"""Reads about residents beyond who they are: their households, former states, contacts, protection, the register."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from tasuki.layouts.types import Severity
from tasuki.nodes.sql import Row, rows
from tasuki.screening.protection import ProtectionRule, protection_rule
from tasuki.screening.queries import PERSON_COLUMNS
from tasuki.screening.sight import in_sight
from tasuki.screening.types import ImportProblem, Person
from tasuki.screening.types.residents import (
    Contact,
    ContactDetails,
    FormerContact,
    FormerState,
    LetterLanguage,
    MoveKind,
    ProtectionList,
    RegisterChange,
    RegisterLoad,
    RegisterScope,
)

_LOAD = (
    "load_id, file_name, sha256, scope, total_rows, added, changed, unchanged, numbered, problems, missing, loaded_at,"
    " loaded_by"
)
_CONTACT = "phone, mailing_name, mailing_postal_code, mailing_address, mailing_from, mailing_to, letter_language, note"


_STATED: Final = """
COPY (SELECT system_person_number, name, kana_name, birth_date::text, sex, postal_code, address, household_number
  FROM screening_resident {condition}) TO STDOUT
"""


def stated_lines(numbers: Sequence[str] | None = None) -> Iterator[bytes]:
    """Return what the register says of residents, of all or of some, as blocks of lines in COPY's text form.

    The columns are number, name, reading, birth date, sex, postal code, address, household. Nothing else may be asked
    on this connection until the last block is taken.
    """
    condition = "" if numbers is None else "WHERE system_person_number = ANY(%s)"
    with (
        connection.cursor() as cursor,
        cursor.copy(_STATED.format(condition=condition), None if numbers is None else [list(numbers)]) as copy,
    ):
        yield from (bytes(block) for block in copy)


def household_of(person: Person) -> list[Person]:
    """Return the others of a person's household, oldest first, without those who left it by death or moving out."""
    found = rows(
        f"SELECT {PERSON_COLUMNS} FROM screening_resident"  # noqa: S608 — columns of ours
        " WHERE household_number = %s AND household_number <> '' AND system_person_number <> %s"
        f" AND moved_out_date IS NULL AND died_date IS NULL AND {in_sight('system_person_number')}"
        " ORDER BY birth_date, system_person_number",
        [person.household_number, person.system_person_number],
    )
    return [Person(**row) for row in found]


def former_states(system_person_number: str) -> list[FormerState]:
    """Return a resident's changes, newest first; each names only the columns that changed."""
    found = rows(
        "SELECT kind, event_date, changed_at, changed_by, before, after FROM screening_resident_change"
        " WHERE system_person_number = %s ORDER BY changed_at DESC, id DESC",
        [system_person_number],
    )
    return [_former_state(row) for row in found]


# Whoever writes changes holds the register's lock until they are committed, so none appears behind one that was read.
_CHANGES_BEHIND: Final = """
SELECT id AS change_id, system_person_number, kind,
  coalesce(event_date, CASE kind WHEN 'MOVED_OUT' THEN (after ->> 'moved_out_date')::date
    WHEN 'DEATH' THEN (after ->> 'died_date')::date WHEN 'MOVED_IN' THEN (after ->> 'moved_in_date')::date END)
    AS event_date,
  changed_at, before = '{}' AS is_arrival,
  before - ARRAY['protected_from', 'protected_to', 'updated_at']
    <> after - ARRAY['protected_from', 'protected_to', 'updated_at'] AS is_of_entry
FROM screening_resident_change WHERE id > %s ORDER BY id LIMIT %s
"""


def changes_behind(change_id: int, limit: int) -> list[RegisterChange]:
    """Return the register's changes behind one, in the order in which they were taken in."""
    found = rows(_CHANGES_BEHIND, [change_id, limit])
    return [RegisterChange(**row | {"kind": MoveKind(row["kind"])}) for row in found]


def newest_register_change() -> int:
    """Return the last change of the register; 0 when there was none."""
    (found,) = rows("SELECT coalesce(max(id), 0) AS newest FROM screening_resident_change")
    return int(found["newest"])


def _former_state(row: Row) -> FormerState:
    before, after = _differing(orjson.loads(row["before"]), orjson.loads(row["after"]))
    return FormerState(MoveKind(row["kind"]), row["event_date"], row["changed_at"], row["changed_by"], before, after)


def _differing(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Keep what changed. `updated_at` is ours, and the number never changes."""
    names = [
        name
        for name in after
        if name not in ("updated_at", "system_person_number") and before.get(name, "") != after[name]
    ]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def contact_of(system_person_number: str) -> Contact:
    """Return how to reach a resident; empty where nothing was written down."""
    found = rows(
        f"SELECT {_CONTACT}, revision, updated_at, updated_by FROM screening_contact"  # noqa: S608 — as above
        " WHERE system_person_number = %s",
        [system_person_number],
    )
    return _contact(found[0]) if found else Contact(ContactDetails())


def contacts_of(system_person_numbers: list[str]) -> dict[str, Contact]:
    """Return the contacts of many residents by their numbers; those without one are left out."""
    found = rows(
        f"SELECT system_person_number, {_CONTACT}, revision, updated_at, updated_by"  # noqa: S608 — as above
        " FROM screening_contact WHERE system_person_number = ANY(%s)",
        [system_person_numbers],
    )
    return {row.pop("system_person_number"): _contact(row) for row in found}


def _contact(row: Row) -> Contact:
    own = {name: row.pop(name) for name in ("revision", "updated_at", "updated_by")}
    details = ContactDetails(**row | {"letter_language": LetterLanguage(row["letter_language"])})
    return Contact(details, **own)


def contact_changes(system_person_number: str) -> list[FormerContact]:
    """Return the changes of a contact, newest first; each names only what changed."""
    found = rows(
        "SELECT changed_at, changed_by, reason, before, after FROM screening_contact_change"
        " WHERE system_person_number = %s ORDER BY changed_at DESC, id DESC",
        [system_person_number],
    )
    changes = []
    for row in found:
        before, after = _differing(orjson.loads(row["before"]), orjson.loads(row["after"]))
        changes.append(FormerContact(row["changed_at"], row["changed_by"], row["reason"], before, after))
    return changes


def _notice(on: dt.date) -> dt.timedelta:
    """Return how long before its end a measure is to be renewed or let end, and for how long after it is listed."""
    return dt.timedelta(days=protection_rule(ProtectionRule.RENEWAL_DAYS, on))


def protected_persons(on: dt.date) -> ProtectionList:
    """Return protected persons as of a day, by what is to be done; those who died or moved out are left out."""
    notice = _notice(on)
    found = rows(
        f"SELECT {PERSON_COLUMNS} FROM screening_resident WHERE protected_from IS NOT NULL"  # noqa: S608 — as above
        " AND protected_from <= %s AND (protected_to IS NULL OR protected_to > %s)"
        " AND died_date IS NULL AND moved_out_date IS NULL"
        " ORDER BY protected_to NULLS LAST, folded_kana, system_person_number",
        [on, on - notice],
    )
    people = [Person(**row) for row in found]
    return ProtectionList(
        in_force=tuple(one for one in people if one.protected_to is None or one.protected_to > on + notice),
        ending=tuple(one for one in people if one.protected_to is not None and on < one.protected_to <= on + notice),
        ended=tuple(one for one in people if one.protected_to is not None and one.protected_to <= on),
    )


def protected_now(on: dt.date) -> list[str]:
    """Return whose protection is in force on a day, or ended while the list is too old to rely on its end."""
    found = rows(
        "SELECT system_person_number FROM screening_resident WHERE protected_from <= %s AND (protected_to IS NULL"
        " OR protected_to > %s OR screening_is_held(system_person_number, registered_at))",
        [on, on],
    )
    return [row["system_person_number"] for row in found]


def protected_among(numbers: Sequence[str], on: dt.date) -> set[str]:
    """Return who of these people is held for their protection, or is protected on a day or from a later one."""
    found = rows(
        "SELECT system_person_number FROM screening_resident WHERE system_person_number = ANY(%s)"
        " AND (screening_is_held(system_person_number, registered_at)"
        "   OR protected_from IS NOT NULL AND (protected_to IS NULL OR protected_to > %s))",
        [list(numbers), on],
    )
    return {row["system_person_number"] for row in found}


def protection_ending(on: dt.date) -> int:
    """Return how many protections end within the notice."""
    (counted,) = rows(
        "SELECT count(*) AS n FROM screening_resident WHERE protected_from IS NOT NULL AND protected_from <= %s"
        " AND protected_to > %s AND protected_to <= %s AND died_date IS NULL AND moved_out_date IS NULL",
        [on, on, on + _notice(on)],
    )
    return int(counted["n"])


def gone_by(*, moved_out_by: dt.date, died_by: dt.date) -> dict[str, bool]:
    """Return who moved out or died by these days, and whether it was death."""
    found = rows(
        "SELECT system_person_number AS person, coalesce(died_date <= %s, FALSE) AS is_dead FROM screening_resident"
        " WHERE moved_out_date <= %s OR died_date <= %s",
        [died_by, moved_out_by, died_by],
    )
    return {row["person"]: row["is_dead"] for row in found}


def register_loads(*, limit: int = 100) -> list[RegisterLoad]:
    """Return what was taken in of the register, newest first."""
    found = rows(
        f"SELECT {_LOAD} FROM screening_register_load ORDER BY loaded_at DESC, load_id DESC LIMIT %s",  # noqa: S608 — as above
        [limit],
    )
    return [_load(row) for row in found]


def register_load(load_id: UUID) -> RegisterLoad | None:
    """Return one file of the register that was taken in."""
    found = rows(f"SELECT {_LOAD} FROM screening_register_load WHERE load_id = %s", [load_id])  # noqa: S608 — as above
    return _load(found[0]) if found else None


def load_of_changes(sha256: str) -> RegisterLoad | None:
    """Return the load of a file of changes, where it was taken in before: a second time would undo later changes."""
    found = rows(
        f"SELECT {_LOAD} FROM screening_register_load WHERE sha256 = %s AND scope = 'CHANGES'",  # noqa: S608 — as above
        [sha256],
    )
    return _load(found[0]) if found else None


def register_problems(load_id: UUID, *, limit: int = 200, offset: int = 0) -> list[ImportProblem]:
    """Return what was wrong with a file of the register, by line."""
    found = rows(
        "SELECT line, field, rule, severity, message_ja, message_en, remedy_ja, remedy_en, value"
        " FROM screening_register_problem WHERE load_id = %s ORDER BY line, id LIMIT %s OFFSET %s",
        [load_id, limit, offset],
    )
    return [ImportProblem(**row | {"severity": Severity(row["severity"])}) for row in found]


def _load(row: Row) -> RegisterLoad:
    return RegisterLoad(**row | {"scope": RegisterScope(row["scope"])})
