"""Reads of cases: the queue, one of them, and what happened to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from tasuki.nodes.sql import rows
from tasuki.persons.case_keeping import CASE_COLUMNS, case_from
from tasuki.persons.types.cases import Case, CaseAct, CaseKind, CaseState

ALIAS: Final = "index"
_OPEN: Final = f"""
SELECT {CASE_COLUMNS} FROM persons_case c
WHERE c.state = ANY(%s) AND (%s = '' OR c.kind = %s) ORDER BY c.opened_at, c.case_id OFFSET %s LIMIT %s
"""  # noqa: S608 — our own columns
_ONE: Final = f"SELECT {CASE_COLUMNS} FROM persons_case c WHERE c.case_id = %s"  # noqa: S608 — our own columns
_OF_PERSON: Final = f"""
SELECT {CASE_COLUMNS} FROM persons_case c
WHERE c.person = ANY(%(people)s) OR c.other = ANY(%(people)s) ORDER BY c.opened_at DESC, c.case_id
"""  # noqa: S608 — our own columns
UNDECIDED: Final = (CaseState.OPEN, CaseState.PROPOSED)


class NoSuchCase(LookupError):
    """There is no such case."""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One act on a case."""

    state: CaseState
    act: CaseAct | None
    happened_at: datetime
    happened_by: str
    reason: str


def open_cases(
    *, kind: CaseKind | None = None, states: tuple[CaseState, ...] = UNDECIDED, offset: int = 0, limit: int = 100
) -> list[Case]:
    """Return cases in the order in which they were opened, those nobody has decided unless asked otherwise."""
    named = "" if kind is None else kind.value
    found = rows(_OPEN, [[state.value for state in states], named, named, offset, limit], alias=ALIAS)
    return [case_from(row) for row in found]


def counts() -> dict[tuple[CaseKind, CaseState], int]:
    """Return how many cases of each kind are open, and how many wait for a second person."""
    found = rows(
        "SELECT kind, state, count(*) AS n FROM persons_case WHERE state IN ('OPEN', 'PROPOSED') GROUP BY kind, state",
        alias=ALIAS,
    )
    return {(CaseKind(row["kind"]), CaseState(row["state"])): row["n"] for row in found}


def case(case_id: UUID) -> Case:
    """Return one case.

    :raises NoSuchCase: when there is none.
    """
    found = rows(_ONE, [case_id], alias=ALIAS)
    if not found:
        raise NoSuchCase(NoSuchCase.__doc__)
    return case_from(found[0])


def cases_of(people: list[str]) -> list[Case]:
    """Return every case about people, newest first."""
    return [case_from(row) for row in rows(_OF_PERSON, {"people": people}, alias=ALIAS)]


def events_of(case_id: UUID) -> list[CaseEvent]:
    """Return what happened to a case, in order."""
    found = rows(
        "SELECT state, act, happened_at, happened_by, reason FROM persons_case_event WHERE case_id = %s"
        " ORDER BY happened_at, id",
        [case_id],
        alias=ALIAS,
    )
    return [
        CaseEvent(
            CaseState(row["state"]),
            None if row["act"] is None else CaseAct(row["act"]),
            row["happened_at"],
            row["happened_by"],
            row["reason"],
        )
        for row in found
    ]
