"""What is written about how a node is operated, each act with its record."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.operating import queries
from tasuki.operating.types import Maintenance
from tasuki.shared.actor import Actor


@transaction.atomic
def begin_maintenance(*, until: dt.datetime, reason: str, by: Actor, at: dt.datetime) -> Maintenance:
    """Let the node answer nothing from now on; while it does so already, only the planned end and the reason change."""
    body = {"until": until.astimezone(dt.UTC).isoformat(), "reason": reason, "by": str(by)}
    append(kind=EntryKind.MAINTENANCE_BEGUN, body=body, at=at)
    changed = run("UPDATE operating_maintenance SET until = %s, reason = %s WHERE ended_at IS NULL", [until, reason])
    if not changed:
        run(
            "INSERT INTO operating_maintenance (begun_at, begun_by, until, reason) VALUES (%s, %s, %s, %s)",
            [at, str(by), until, reason],
        )
    stored = queries.maintenance()
    if stored is None:
        raise LookupError("the maintenance that was just begun is over: somebody ended it at the same moment")
    return stored


@transaction.atomic
def record_connection_test(*, institution: str, provider: str, by: Actor, at: dt.datetime) -> None:
    """Record that the way from one institution to another is tested, before the test goes on from here."""
    body = {"institution": institution, "provider": provider, "by": str(by)}
    append(kind=EntryKind.CONNECTION_TESTED, body=body, at=at)


@transaction.atomic
def end_maintenance(*, by: Actor, at: dt.datetime) -> bool:
    """Let the node work again, and say whether it did not."""
    found = rows(
        "UPDATE operating_maintenance SET ended_at = %s, ended_by = %s WHERE ended_at IS NULL RETURNING begun_at",
        [at, str(by)],
    )
    if not found:
        return False
    begun_at: dt.datetime = found[0]["begun_at"]
    body = {"seconds": round((at - begun_at).total_seconds()), "by": str(by)}
    append(kind=EntryKind.MAINTENANCE_ENDED, body=body, at=at)
    return True
