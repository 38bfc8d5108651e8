"""The list of imports: which, in what order, one page at a time."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tasuki.nodes.sql import rows
from tasuki.screening.queries import batches_where
from tasuki.screening.types import Batch, BatchState
from tasuki.shared.dates import JST


class BatchOrder(StrEnum):
    """In which order the list is read."""

    NEWEST = "NEWEST"
    OLDEST = "OLDEST"
    FILE = "FILE"
    TO_FIX = "TO_FIX"


_ORDERS: Final[Mapping[BatchOrder, str]] = {
    BatchOrder.NEWEST: "previewed_at DESC",
    BatchOrder.OLDEST: "previewed_at",
    BatchOrder.FILE: "file_name, previewed_at DESC",
    BatchOrder.TO_FIX: "bad_rows DESC, previewed_at DESC",
}


@dataclass(frozen=True, slots=True)
class BatchFilter:
    """Which imports; empty parts restrict nothing. Days are those on which the file was looked through."""

    mapping_name: str = ""
    state: BatchState | None = None
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class BatchPage:
    """Some imports of a list, and how many it holds."""

    total: int
    rows: Sequence[Batch]


def page_of_batches(
    wanted: BatchFilter, *, order: BatchOrder = BatchOrder.NEWEST, limit: int, offset: int = 0
) -> BatchPage:
    """Return one page of the list of imports; beyond its end, its last page."""
    condition, params = _condition(wanted)
    (counted,) = rows(f"SELECT count(*) AS total FROM screening_import_batch WHERE {condition}", params)  # noqa: S608 — columns of ours
    total = counted["total"]
    last = max(0, (total - 1) // limit * limit)
    return BatchPage(
        total, batches_where(condition, params, order=_ORDERS[order], limit=limit, offset=min(offset, last))
    )


def _condition(wanted: BatchFilter) -> tuple[str, list[object]]:
    asked: tuple[tuple[str, object], ...] = (
        ("mapping_name = %s", wanted.mapping_name),
        ("state = %s", wanted.state and wanted.state.value),
        ("previewed_at >= %s", wanted.first_day and _midnight(wanted.first_day)),
        ("previewed_at < %s", wanted.last_day and _midnight(wanted.last_day + dt.timedelta(days=1))),
        ("previewed_by = %s", wanted.by),
    )
    used = [(condition, value) for condition, value in asked if value]
    return " AND ".join(["TRUE", *(condition for condition, _ in used)]), [value for _, value in used]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), JST)


def mapping_names() -> list[str]:
    """Return by which mappings files were ever read."""
    return [row["mapping_name"] for row in rows("SELECT DISTINCT mapping_name FROM screening_import_batch ORDER BY 1")]


def who_imported() -> list[str]:
    """Return who ever looked a file through."""
    return [row["previewed_by"] for row in rows("SELECT DISTINCT previewed_by FROM screening_import_batch ORDER BY 1")]
