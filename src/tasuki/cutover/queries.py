"""Reads of rehearsals and plans."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from tasuki.changes import queries as sheets
from tasuki.cutover import rules
from tasuki.cutover.plan_types import LoadedPart, Obstacle, Plan, PlanState, Step, Verdict, Word
from tasuki.cutover.types import (
    Difference,
    DifferenceKind,
    FileKind,
    FileReport,
    Rehearsal,
    RehearsalState,
    TableDigest,
)
from tasuki.nodes.sql import Row, rows

_REHEARSAL: Final = """
SELECT number, title, export_digest, state, begun_at, begun_by, ended_at, copy_dropped_at, files, differing, tables,
  differences, passed, way_back, report_sha256 FROM cutover_rehearsal
"""
_PLAN: Final = """
SELECT number, title, rehearsal, export_digest, sheet_id, opens_at, closes_at, state, made_at, made_by, begun_at,
  loaded_at, rolled_back_at, rolled_back_by, rolled_back_why, files, before, differing, left_standing, closed_at,
  closed_by, sha256 FROM cutover_plan
"""


def rehearsals(limit: int = 50) -> list[Rehearsal]:
    """Return rehearsals, the newest first."""
    return [_rehearsal(row) for row in rows(f"{_REHEARSAL} ORDER BY number DESC LIMIT %s", [limit])]


def find_rehearsal(number: int) -> Rehearsal | None:
    """Return a rehearsal; None where there is none."""
    found = rows(f"{_REHEARSAL} WHERE number = %s", [number])
    return _rehearsal(found[0]) if found else None


def rehearsal(number: int) -> Rehearsal:
    """Return a rehearsal.

    :raises LookupError: when there is none.
    """
    found = find_rehearsal(number)
    if found is None:
        raise LookupError(f"there is no rehearsal {number}")
    return found


def newest_rehearsal(export_digest: str) -> Rehearsal | None:
    """Return the newest rehearsal of an export that was not broken off."""
    found = rows(
        f"{_REHEARSAL} WHERE export_digest = %s AND state <> 'BROKEN_OFF' ORDER BY number DESC LIMIT 1",
        [export_digest],
    )
    return _rehearsal(found[0]) if found else None


def unfinished_rehearsals(*, before: int) -> list[int]:
    """Return rehearsals, up to one, whose copy is not known to be gone."""
    found = rows(
        "SELECT number FROM cutover_rehearsal WHERE copy_dropped_at IS NULL AND number < %s ORDER BY number", [before]
    )
    return [row["number"] for row in found]


def differences_of(number: int, limit: int = 200, offset: int = 0) -> list[Difference]:
    """Return some of the differences of a rehearsal, without their values, in the order of the files."""
    found = rows(
        "SELECT file, line, field, kind FROM cutover_difference WHERE rehearsal = %s ORDER BY id LIMIT %s OFFSET %s",
        [number, limit, offset],
    )
    return [Difference(**row | {"kind": DifferenceKind(row["kind"])}) for row in found]


def plans(limit: int = 50) -> list[Plan]:
    """Return plans, the newest first."""
    return [_plan(row) for row in rows(f"{_PLAN} ORDER BY number DESC LIMIT %s", [limit])]


def plan(number: int) -> Plan | None:
    """Return a plan; None where there is none."""
    found = rows(f"{_PLAN} WHERE number = %s", [number])
    return _plan(found[0]) if found else None


def steps_of(number: int) -> list[Step]:
    """Return the steps of a plan in their order."""
    found = rows(
        "SELECT place, what_ja, what_en, who, planned_at, way_back_ja, way_back_en, done_at, ticked_by, remark"
        " FROM cutover_step WHERE plan = %s ORDER BY place",
        [number],
    )
    return [
        Step(
            row["place"],
            (row["what_ja"], row["what_en"]),
            row["who"],
            row["planned_at"],
            (row["way_back_ja"], row["way_back_en"]),
            row["done_at"],
            row["ticked_by"],
            row["remark"],
        )
        for row in found
    ]


def words_of(number: int) -> list[Word]:
    """Return what people said of a plan, in the order in which they said it."""
    found = rows("SELECT verdict, reason, said_at, said_by FROM cutover_word WHERE plan = %s ORDER BY id", [number])
    return [Word(**row | {"verdict": Verdict(row["verdict"])}) for row in found]


def parts_of(number: int) -> list[LoadedPart]:
    """Return the files of a plan that are in or were, in the order of the manifest."""
    found = rows(
        "SELECT name, kind, sha256, load, loaded_at, undone_at FROM cutover_file WHERE plan = %s ORDER BY place",
        [number],
    )
    return [LoadedPart(**row | {"kind": FileKind(row["kind"])}) for row in found]


def obstacles_to_go(plan: Plan, at: dt.datetime) -> list[Obstacle]:
    """Return what stands in the way of a go now, whoever says it."""
    sheet = None if plan.sheet_id is None else sheets.sheet(plan.sheet_id)
    return rules.obstacles_to_go(
        plan,
        steps_of(plan.number),
        newest_rehearsal(plan.export_digest),
        sheet_is_settled=plan.sheet_id is None or (sheet is not None and sheet.is_settled),
        at=at,
    )


def report_of(number: int) -> bytes | None:
    """Return the report of a plan as PDF; None where it is not closed."""
    found = rows("SELECT pdf FROM cutover_plan WHERE number = %s AND pdf IS NOT NULL", [number])
    return bytes(found[0]["pdf"]) if found else None


def _rehearsal(row: Row) -> Rehearsal:
    return Rehearsal(
        **row
        | {
            "state": RehearsalState(row["state"]),
            "files": _reports(_loaded(row["files"])),
            "differing": tuple(_loaded(row["differing"])),
        }
    )


def _plan(row: Row) -> Plan:
    values = {name: value for name, value in row.items() if name != "left_standing"}
    return Plan(
        **values
        | {
            "state": PlanState(row["state"]),
            "files": _reports(_loaded(row["files"])),
            "before": {name: TableDigest(**one) for name, one in _loaded(row["before"]).items()},
            "differing": tuple(_loaded(row["differing"])),
            "left": row["left_standing"],
        }
    )


def _reports(stored: Iterable[Mapping[str, Any]]) -> tuple[FileReport, ...]:
    return tuple(
        FileReport(
            **{
                **one,
                "kind": FileKind(one["kind"]),
                "not_kept": tuple(one["not_kept"]),
                "stopped": tuple(one["stopped"]) if one["stopped"] else None,
            }
        )
        for one in stored
    )


def _loaded(value: Any) -> Any:
    # Django's cursors leave jsonb as text, so that its own fields can choose a decoder.
    return orjson.loads(value) if isinstance(value, str) else value
