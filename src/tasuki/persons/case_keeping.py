"""Cases as they are kept: opened with what waits for them, superseded, noted. Parts of operations."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from tasuki.nodes.sql import Row, copy_rows, listed, rows, run
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.placing import Ask
from tasuki.persons.types.cases import INSPECTED_KINDS, Case, CaseAct, CaseKind, CaseState
from tasuki.persons.types.items import Registration
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
Asked = tuple[Registration, bytes | None, Ask]

# What stands for these people already: open cases, and what was decided about the very same doubt before. What an
# inspection found is for the next inspection to close.
_STANDING: Final = """
SELECT c.case_id, c.system_person_number, c.kind, c.person, c.other, c.state, n.number_hash
FROM persons_case c LEFT JOIN persons_pending_number n USING (case_id)
WHERE c.system = %s AND c.system_person_number = ANY(%s) AND c.state IN ('OPEN', 'PROPOSED', 'DECIDED')
  AND c.kind <> ALL(%s)
"""
_SUPERSEDE: Final = """
WITH gone AS (
  UPDATE persons_case SET state = 'SUPERSEDED', decided_at = %s, decided_by = %s WHERE case_id = ANY(%s)
  RETURNING case_id
), noted AS (
  INSERT INTO persons_case_event (case_id, happened_at, happened_by, state, reason)
  SELECT case_id, %s, %s, 'SUPERSEDED', '' FROM gone
)
DELETE FROM persons_pending_number n USING gone WHERE n.case_id = gone.case_id
"""
_OPEN: Final = """
WITH opened AS (
  INSERT INTO persons_case (case_id, kind, state, system, system_person_number, person, other, levels, opened_at,
    opened_by, proposed_by, reason, decided_by, decision_reason)
  SELECT case_id, kind, 'OPEN', %s, number, person, other, levels, %s, %s, '', '', '', ''
  FROM jsonb_to_recordset(%s::jsonb) AS r(case_id uuid, kind text, number text, person text, other text, levels jsonb)
  RETURNING case_id
)
INSERT INTO persons_case_event (case_id, happened_at, happened_by, state, reason)
SELECT case_id, %s, %s, 'OPEN', '' FROM opened
"""


def open_cases(
    *,
    system: str,
    looked_at: Sequence[str],
    asked: Sequence[Asked],
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
) -> int:
    """Put registrations before somebody's eyes, and give how many are new there.

    A case that stands for the very same doubt stays as it is, and so does what was decided about it; one whose reason
    went away gives way. An individual number waits under the case's own seal.

    :param looked_at: everybody of the system who was registered now, in doubt or not.
    """
    standing = rows(_STANDING, [system, list(looked_at), [kind.value for kind in INSPECTED_KINDS]], alias=ALIAS)
    by_number: dict[str, list[Row]] = {}
    for row in standing:
        by_number.setdefault(row["system_person_number"], []).append(row)
    fresh = [one for one in asked if not _is_kept(one, by_number.get(one[0].system_person_number, ()), cipher)]
    still = {(registration.system_person_number, ask.kind.value) for registration, _, ask in asked}
    renewed = {registration.system_person_number for registration, _, _ in fresh}
    gone = [
        row["case_id"]
        for row in standing
        if row["state"] != CaseState.DECIDED
        and (row["system_person_number"] in renewed or (row["system_person_number"], row["kind"]) not in still)
    ]
    if gone:
        run(_SUPERSEDE, [at, str(by), gone, at, str(by)], alias=ALIAS)
    _insert(system, fresh, cipher, by, at)
    return len(fresh)


def undecided(system: str, numbers: Sequence[str]) -> dict[str, tuple[CaseKind, UUID]]:
    """Return the case that waits for a decision, by the system's own number; at most one does for each."""
    if not numbers:
        return {}
    found = rows(
        "SELECT system_person_number, kind, case_id FROM persons_case"
        " WHERE system = %s AND system_person_number = ANY(%s) AND state IN ('OPEN', 'PROPOSED')",
        [system, list(numbers)],
        alias=ALIAS,
    )
    return {row["system_person_number"]: (CaseKind(row["kind"]), row["case_id"]) for row in found}


def _is_kept(one: Asked, standing: Sequence[Row], cipher: NumberCipher) -> bool:
    """Say whether this doubt stands already, or was decided: then its number is gone, and only the people tell."""
    registration, _, ask = one
    number = registration.individual_number
    stated: list[bytes | None] = [None] if number is None else [*cipher.hashes(number)]
    for row in standing:
        if (row["system_person_number"], row["kind"], row["person"]) != (
            registration.system_person_number,
            ask.kind.value,
            ask.person,
        ):
            continue
        held = None if row["number_hash"] is None else bytes(row["number_hash"])
        if row["state"] == CaseState.DECIDED or (row["other"] == ask.other and held in stated):
            return True
    return False


def _insert(system: str, fresh: Sequence[Asked], cipher: NumberCipher, by: Actor, at: dt.datetime) -> None:
    if not fresh:
        return
    opened = [(uuid.uuid4(), *one) for one in fresh]
    described = [
        {
            "case_id": str(case_id),
            "kind": ask.kind.value,
            "number": registration.system_person_number,
            "person": ask.person,
            "other": ask.other,
            "levels": {} if ask.levels is None else ask.levels.stored,
        }
        for case_id, registration, _, ask in opened
    ]
    run(_OPEN, [system, at, str(by), listed(described), at, str(by)], alias=ALIAS)
    copy_rows(
        "persons_pending_number",
        ("case_id", "number_hash", "sealed_number", "key_id"),
        (
            (case_id, number_hash, cipher.seal(str(case_id), registration.individual_number), cipher.key_id)
            for case_id, registration, number_hash, _ in opened
            if number_hash is not None and registration.individual_number is not None
        ),
        alias=ALIAS,
    )


def put_in_custody(found: Sequence[tuple[str, str, bytes]], cipher: NumberCipher) -> None:
    """Seal individual numbers for the people who hold them: person, number and its keyed hash."""
    copy_rows(
        "persons_number_custody",
        ("unified_person_number", "number_hash", "sealed_number", "key_id"),
        ((person, number_hash, cipher.seal(person, number), cipher.key_id) for person, number, number_hash in found),
        alias=ALIAS,
    )


CASE_COLUMNS: Final = """
c.case_id, c.kind, c.state, c.system, c.system_person_number, c.person, c.other, c.levels, c.subject, c.opened_at,
c.act, c.proposed_at, c.proposed_by, c.reason, c.decided_at, c.decided_by, c.decision_reason,
EXISTS (SELECT FROM persons_pending_number n WHERE n.case_id = c.case_id) AS has_number
"""


def case_from(row: Row) -> Case:
    """Read a case from a row of `CASE_COLUMNS`."""
    return Case(
        **{
            name: row[name]
            for name in (
                "case_id", "system", "system_person_number", "person", "other", "has_number", "opened_at",
                "proposed_at", "proposed_by", "reason", "decided_at", "decided_by", "decision_reason",
            )
        },
        kind=CaseKind(row["kind"]),
        state=CaseState(row["state"]),
        act=None if row["act"] is None else CaseAct(row["act"]),
        levels=_loaded(row["levels"]) or {},
        subject=_loaded(row["subject"]) or {},
    )  # fmt: skip


def _loaded(value: Any) -> Any:
    """Return a JSON column's value; psycopg hands it over as text under Django's settings."""
    return orjson.loads(value) if isinstance(value, str) else value


def note(case_id: UUID, state: CaseState, act: CaseAct | None, reason: str, by: Actor, at: dt.datetime) -> None:
    """Note an act on a case in its history."""
    run(
        "INSERT INTO persons_case_event (case_id, happened_at, happened_by, state, act, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [case_id, at, str(by), state.value, None if act is None else act.value, reason],
        alias=ALIAS,
    )
