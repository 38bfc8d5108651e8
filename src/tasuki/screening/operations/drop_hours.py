"""The hours in which senders' folders are looked into, set by the town."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.screening.drop_hours import DropHours, drop_hours
from tasuki.shared.actor import Actor

# Any constant: "the hours are being set".
_LOCK = 0x4452_4F50


@transaction.atomic
def set_drop_hours(
    *, begins: int, ends: int, version: int, reason: str, by: Actor, at: dt.datetime
) -> DropHours | None:
    """Bring other hours into use as the next version; None when others stand by now than whoever sets them saw.

    :param version: the version whoever sets the hours started from.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    standing = drop_hours()
    if standing.version != version:
        return None
    run(
        "INSERT INTO screening_drop_hours (version, begins, ends, reason, written_at, written_by)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [version + 1, begins, ends, reason, at, str(by)],
    )
    append(
        kind=EntryKind.DROP_HOURS_SET,
        body={"begins": begins, "ends": ends, "version": version + 1, "by": str(by)},
        at=at,
    )
    return drop_hours()
