"""Stops that an inspection does not carry out by itself, because they are too many (一斉停止). Parts of operations.

They are put to two people as one case. Whoever is held back by it is named in their own case, by the case's id.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import orjson

from tasuki.nodes.sql import rows, run
from tasuki.persons.inspecting import rules
from tasuki.persons.stopping import quarantine_for_cases
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
#: A case, and somebody for whom it would stop provision.
Stop = tuple[UUID, str]

_UNDECIDED: Final = """
SELECT case_id, subject ->> 'system' AS system FROM persons_case
WHERE kind = 'MASS_STOP' AND state IN ('OPEN', 'PROPOSED') FOR UPDATE
"""
_OPEN: Final = """
WITH opened AS (
  INSERT INTO persons_case (case_id, kind, state, system, system_person_number, levels, subject, opened_at, opened_by,
    proposed_by, reason, decided_by, decision_reason)
  VALUES (%s, 'MASS_STOP', 'OPEN', '', '', '{}', %s::jsonb, %s, %s, '', '', '', '') RETURNING case_id
)
INSERT INTO persons_case_event (case_id, happened_at, happened_by, state, reason)
SELECT case_id, %s, %s, 'OPEN', '' FROM opened
"""
_HELD: Final = """
SELECT c.case_id, p.person FROM persons_case c CROSS JOIN LATERAL (VALUES (c.person), (c.other)) p(person)
WHERE c.subject ->> 'held_by' = %s AND c.state IN ('OPEN', 'PROPOSED') AND p.person IS NOT NULL
  AND NOT EXISTS (SELECT FROM persons_quarantine q WHERE q.case_id = c.case_id AND q.ended_at IS NULL)
"""
_SUPERSEDE: Final = """
WITH gone AS (
  UPDATE persons_case m SET state = 'SUPERSEDED', decided_at = %s, decided_by = %s
  WHERE m.kind = 'MASS_STOP' AND m.state IN ('OPEN', 'PROPOSED') AND NOT EXISTS (
    SELECT FROM persons_case c WHERE c.subject ->> 'held_by' = m.case_id::text AND c.state IN ('OPEN', 'PROPOSED'))
  RETURNING case_id
)
INSERT INTO persons_case_event (case_id, happened_at, happened_by, state, reason)
SELECT case_id, %s, %s, 'SUPERSEDED', '' FROM gone
"""


def hold_back(
    stops: Mapping[str, Sequence[Stop]], statements: Mapping[str, int], by: Actor, at: dt.datetime
) -> list[Stop]:
    """Hold back what is too much of one system, and give the stops that may be carried out at once.

    A system about which two people have yet to decide has nobody more stopped meanwhile: its new cases join the others.
    """
    run(_SUPERSEDE, [at, str(by), at, str(by)], alias=ALIAS)
    undecided = {row["system"]: row["case_id"] for row in rows(_UNDECIDED, alias=ALIAS)}
    may: list[Stop] = []
    for system, some in stops.items():
        people = len({person for _, person in some})
        seen = statements.get(system, 0)
        mass = undecided.get(system)
        if mass is None and people <= rules().most_stopped(seen):
            may += some
            continue
        if mass is None:
            mass = _open(system, people, seen, by, at)
        _join(mass, some)
    return may


def _open(system: str, people: int, statements: int, by: Actor, at: dt.datetime) -> UUID:
    mass = uuid.uuid4()
    due_at = at + rules().decide_within
    subject = {"system": system, "people": people, "statements": statements, "due_at": due_at.isoformat()}
    run(_OPEN, [mass, orjson.dumps(subject).decode(), at, str(by), at, str(by)], alias=ALIAS)
    return mass


def _join(mass: UUID, stops: Sequence[Stop]) -> None:
    run(
        "UPDATE persons_case SET subject = subject || jsonb_build_object('held_by', %s::text) WHERE case_id = ANY(%s)",
        [str(mass), [case_id for case_id, _ in stops]],
        alias=ALIAS,
    )
    run(
        "UPDATE persons_case SET subject = subject || jsonb_build_object('people', ("
        "   SELECT count(DISTINCT p.person) FROM persons_case c"
        "   CROSS JOIN LATERAL (VALUES (c.person), (c.other)) p(person)"
        "   WHERE c.subject ->> 'held_by' = %s AND p.person IS NOT NULL)) WHERE case_id = %s",
        [str(mass), mass],
        alias=ALIAS,
    )


def stop_held(mass: UUID, by: Actor, at: dt.datetime) -> int:
    """Stop provision for everybody held back whose own case is undecided; give how many people that is."""
    held = [(row["case_id"], row["person"]) for row in rows(_HELD, [str(mass)], alias=ALIAS)]
    quarantine_for_cases(held, by, at)
    return len({person for _, person in held})


def overdue(at: dt.datetime) -> list[UUID]:
    """Return the mass stops about which nobody decided in time."""
    found = rows(
        "SELECT case_id FROM persons_case WHERE kind = 'MASS_STOP' AND state IN ('OPEN', 'PROPOSED')"
        " AND (subject ->> 'due_at')::timestamptz <= %s ORDER BY opened_at",
        [at],
        alias=ALIAS,
    )
    return [row["case_id"] for row in found]
