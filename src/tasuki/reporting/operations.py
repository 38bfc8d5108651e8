"""A fiscal year is frozen as it stands; nothing changes it afterwards."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import connection, transaction

from tasuki.eligibility.queries import computed_years
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.reporting import queries
from tasuki.reporting.errors import NoSuchSnapshotError
from tasuki.reporting.statements import DIGEST, FREEZE_POPULATION, freeze_lines
from tasuki.reporting.types import NotComputed, Snapshot
from tasuki.shared.actor import Actor


@transaction.atomic
def take_snapshot(
    *, fiscal_year: int, note: str, by: Actor, at: dt.datetime, without_population: bool = False
) -> Snapshot | NotComputed:
    """Freeze a fiscal year: one line for each screening of ours, and how many people each programme is for.

    :param without_population: freeze although the list of who is due was never computed; participation stays unknown.
    """
    is_known = fiscal_year in computed_years()
    if not is_known and not without_population:
        return NotComputed(fiscal_year)
    snapshot_id = uuid4()
    named: dict[str, UUID | int] = {"snapshot_id": snapshot_id, "fiscal_year": fiscal_year}
    with connection.cursor() as cursor:
        # One statement sees one state of every table.
        cursor.execute(freeze_lines(), named)
        cursor.execute(FREEZE_POPULATION, named)
    (counted,) = rows(DIGEST, [snapshot_id])
    run(
        "INSERT INTO reporting_snapshot (snapshot_id, fiscal_year, lines, digest, note, is_population_known, taken_at,"
        " taken_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [snapshot_id, fiscal_year, counted["lines"], counted["digest"], note, is_known, at, str(by)],
    )
    append(
        kind=EntryKind.REPORT_FROZEN,
        body={
            "snapshot_id": str(snapshot_id),
            "fiscal_year": fiscal_year,
            "lines": counted["lines"],
            "digest": counted["digest"],
            "by": str(by),
        },
        at=at,
    )
    found = queries.snapshot(snapshot_id)
    if found is None:
        raise NoSuchSnapshotError(NoSuchSnapshotError.__doc__)
    return found


@transaction.atomic
def record_report_taken(*, snapshot_id: UUID, form: str, by: Actor, at: dt.datetime) -> None:
    """Record that a report was taken as a file; it holds counts only."""
    append(
        kind=EntryKind.EXPORT_TAKEN,
        body={"snapshot_id": str(snapshot_id), "form": form, "by": str(by)},
        at=at,
    )
