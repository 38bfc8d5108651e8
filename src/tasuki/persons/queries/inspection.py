"""Reads of inspections: what each found, and what became of it."""

from typing import Final
from uuid import UUID

import orjson

from tasuki.nodes.sql import Row, rows
from tasuki.persons.types.cases import INSPECTED_KINDS, CaseState
from tasuki.persons.types.inspection import Cause, InspectionReport

ALIAS: Final = "index"
_INSPECTION: Final = (
    "inspection_id, began_at, began_by, ended_at, statements, counts, opened, standing, superseded, stopped"
)


def inspections(limit: int = 24) -> list[InspectionReport]:
    """Return the inspections, newest first."""
    found = rows(
        f"SELECT {_INSPECTION} FROM persons_inspection ORDER BY ended_at DESC LIMIT %s",  # noqa: S608 — our own columns
        [limit],
        alias=ALIAS,
    )
    return [_report(row) for row in found]


def inspection(inspection_id: UUID) -> InspectionReport | None:
    """Return one inspection, or None where there is none."""
    found = rows(
        f"SELECT {_INSPECTION} FROM persons_inspection WHERE inspection_id = %s",  # noqa: S608 — our own columns
        [inspection_id],
        alias=ALIAS,
    )
    return _report(found[0]) if found else None


def progress_by_cause() -> dict[tuple[str, Cause], dict[CaseState, int]]:
    """Return, by system and cause, how many of the cases that inspections ever opened stand where."""
    found = rows(
        "SELECT system, subject->>'cause' AS cause, state, count(*) AS n FROM persons_case WHERE kind = ANY(%s)"
        " GROUP BY system, subject->>'cause', state ORDER BY 1, 2, 3",
        [[kind.value for kind in INSPECTED_KINDS]],
        alias=ALIAS,
    )
    counted: dict[tuple[str, Cause], dict[CaseState, int]] = {}
    for row in found:
        counted.setdefault((row["system"], Cause(row["cause"])), {})[CaseState(row["state"])] = row["n"]
    return counted


def _report(row: Row) -> InspectionReport:
    counts = {
        system: {Cause(cause): count for cause, count in some.items()}
        for system, some in _loaded(row["counts"]).items()
    }
    return InspectionReport(**row | {"statements": _loaded(row["statements"]), "counts": counts})


def _loaded(value: object) -> dict[str, dict[str, int]]:
    """Return a JSON column's value; psycopg hands it over as text under Django's settings."""
    loaded: dict[str, dict[str, int]] = orjson.loads(value) if isinstance(value, str) else value  # type: ignore[assignment]  # our own column
    return loaded
