"""What is written about check sheets, each act with its record."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.changes.types import SheetProblem, Side, Verdict
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.catalogue import Catalogue, catalogue
from tasuki.layouts.differing import Difference, differences
from tasuki.layouts.usages import usages
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.screening import mapping_queries
from tasuki.shared.actor import Actor

_LINE: Final = (
    "sheet_id", "number", "kind", "subject", "key", "name_ja", "name_en", "what", "before", "after", "places",
    "mappings", "results",
)  # fmt: skip


@transaction.atomic
def draw_sheet(*, title: str, edition: Catalogue, sha256: str, by: Actor, at: dt.datetime) -> UUID | SheetProblem:
    """Draw a check sheet: what an edition changes against the layouts of this release, and what uses it here.

    :param sha256: of the file the edition came in, by which both sides know that they speak of the same one.
    """
    found = differences(catalogue(), edition)
    if not found:
        return SheetProblem.NOTHING_CHANGES
    sheet_id = uuid4()
    run(
        "INSERT INTO changes_sheet (sheet_id, title, edition_sha256, drawn_at, drawn_by) VALUES (%s, %s, %s, %s, %s)",
        [sheet_id, title, sha256, at, str(by)],
    )
    touched = {code for one in found for code in one.items}
    places, mappings, results = _places(touched), _mappings(touched), _results(touched)
    copy_rows(
        "changes_line",
        _LINE,
        (
            (
                sheet_id, number, one.kind.value, one.subject.value, one.key, one.name_ja, one.name_en, one.what,
                one.before, one.after,
                _all_of(one, places), _all_of(one, mappings), sum(results.get(code, 0) for code in one.items),
            )
            for number, one in enumerate(found, start=1)
        ),
    )  # fmt: skip
    body = {"sheet_id": str(sheet_id), "edition_sha256": sha256, "lines": len(found), "by": str(by)}
    append(kind=EntryKind.CHECK_SHEET_DRAWN, body=body, at=at)
    return sheet_id


def _all_of(one: Difference, by_item: Mapping[str, Sequence[str]]) -> list[str]:
    return sorted({place for code in one.items for place in by_item.get(code, ())})


def _places(touched: Collection[str]) -> dict[str, list[str]]:
    """Return where the software names each item; one that is new is named nowhere yet."""
    known = catalogue().items
    found = usages([known[code] for code in touched if code in known])
    return {code: [f"{use.place}:{use.line}" for use in uses] for code, uses in found.items()}


def _mappings(touched: Collection[str]) -> dict[str, list[str]]:
    """Return which of the town's own mappings name each item."""
    stored = mapping_queries.mappings()
    return {
        code: [f"{one.sender_name}: {one.name}" for one in stored if f'"{code}"' in one.content] for code in touched
    }


def _results(touched: Collection[str]) -> dict[str, int]:
    """Return how many results that stand hold each item."""
    found = rows(
        "SELECT k AS code, count(*) AS n FROM screening_result r, jsonb_object_keys(r.items) k"
        " WHERE r.withdrawn_at IS NULL AND r.items ?| %s AND k = ANY(%s) GROUP BY k",
        [sorted(touched), sorted(touched)],
    )
    return {row["code"]: row["n"] for row in found}


@transaction.atomic
def sign_lines(
    *, sheet_id: UUID, numbers: Collection[int], side: Side, verdict: Verdict, remark: str, by: Actor, at: dt.datetime
) -> int:
    """Keep a side's word for some lines, and give how many there were; an earlier word of theirs stays on record."""
    signed = run(
        "INSERT INTO changes_signature (sheet_id, number, side, verdict, remark, signed_at, signed_by)"
        " SELECT sheet_id, number, %s, %s, %s, %s, %s FROM changes_line WHERE sheet_id = %s AND number = ANY(%s)",
        [side.value, verdict.value, remark, at, str(by), sheet_id, sorted(numbers)],
    )
    if signed:
        body = {
            "sheet_id": str(sheet_id),
            "lines": sorted(numbers),
            "side": side.value,
            "verdict": verdict.value,
            "by": str(by),
        }
        append(kind=EntryKind.CHECK_SHEET_SIGNED, body=body, at=at)
    return signed
