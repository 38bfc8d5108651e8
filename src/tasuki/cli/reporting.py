"""What the report command does once it is a town."""

from typing import Any

from tasuki.cli.output import staff_by
from tasuki.layouts.types import Programme
from tasuki.reporting import queries
from tasuki.reporting.operations import take_snapshot
from tasuki.reporting.types import Column, Filter, NotComputed, Snapshot
from tasuki.runtime import now


def report_year(fiscal_year: int, *, freeze: bool) -> dict[str, Any] | None:
    """Freeze a year if asked to, and return its counts; None where nothing of it is frozen."""
    taken: Snapshot | NotComputed | None = None
    if freeze:
        taken = take_snapshot(
            fiscal_year=fiscal_year, note="", by=staff_by("report"), at=now(), without_population=True
        )
    found = taken if isinstance(taken, Snapshot) else _newest(fiscal_year)
    return None if found is None else _counts(found)


def _newest(fiscal_year: int) -> Snapshot | None:
    return next((one for one in queries.snapshots() if one.fiscal_year == fiscal_year), None)


def _counts(snapshot: Snapshot) -> dict[str, Any]:
    (total,) = queries.tallies(snapshot.snapshot_id, ())
    cells = queries.cells(snapshot.snapshot_id)
    return {
        "fiscal_year": snapshot.fiscal_year,
        "snapshot": str(snapshot.snapshot_id),
        "digest": snapshot.digest,
        "examined": total.counts[Column.EXAMINED],
        "needs_detail": total.counts[Column.NEEDS_DETAIL],
        "detail_known": total.counts[Column.DETAIL_TAKEN] + total.counts[Column.DETAIL_NOT_TAKEN],
        "unknown": total.counts[Column.DETAIL_UNKNOWN],
        "report_cells": sum(1 for tally in cells for number in tally.counts.values() if number),
        "indicators": {
            programme.value: {
                value.indicator.id: None if value.percent is None else round(value.percent, 2)
                for value in queries.indicator_values(snapshot.snapshot_id, programme, Filter())
            }
            for programme in Programme
        },
    }
