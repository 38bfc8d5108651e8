"""The inspection of links as long work, asked for by staff or, now and then, by the town itself."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from tasuki.linkage.operations import identity
from tasuki.persons.types.inspection import InspectionReport
from tasuki.runtime import node, now, this_system
from tasuki.shared.actor import actor_from
from tasuki.work import operations, queries
from tasuki.work.types import Progress, Work

KIND: Final = "inspect_links"


def inspect(work: Work, progress: Progress) -> Mapping[str, object]:
    """Inspect every link; the worker tells the gateway at once whoever is stopped by it."""
    report = identity.inspect_links(report=progress.report, now=now, by=actor_from(work.asked_by), at=now())
    return outcome_of(report)


def outcome_of(report: InspectionReport) -> dict[str, object]:
    """Give the outcome in ids and counts."""
    return {
        "inspection_id": str(report.inspection_id),
        "statements": sum(report.statements.values()),
        "opened": report.opened,
        "standing": report.standing,
        "superseded": report.superseded,
        "stopped": report.stopped,
    }


def stop_overdue() -> None:
    """Stop whom an inspection held back, once nobody has decided about it in time."""
    identity.stop_overdue(by=this_system(), at=now())


def inspect_when_due() -> None:
    """Ask for an inspection when the last one is as long ago as the town wants at most; 0 days is never."""
    days = node().own_town().inspect_every_days
    if not days:
        return
    asked = queries.works_of_kind([KIND], limit=1)
    if not asked or asked[0].asked_at <= now() - dt.timedelta(days=days):
        operations.ask(kind=KIND, parameters={}, by=this_system(), at=now())
