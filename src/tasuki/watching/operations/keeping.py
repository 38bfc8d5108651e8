"""The end of keeping accesses in the form that is searched; what the evidence says of them stays."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows
from tasuki.shared.actor import Actor
from tasuki.watching.rules import kept_since


@transaction.atomic
def purge_accesses(*, by: Actor, at: dt.datetime, most: int = 20_000) -> int:
    """Delete accesses whose time is over, and the days counted from them, and return how many accesses went.

    That they go is recorded first: the database deletes nothing otherwise, nor anything younger than a year.
    """
    limit = kept_since(at)
    if not rows("SELECT FROM watching_access WHERE at < %s LIMIT 1", [limit]):
        return 0
    append(kind=EntryKind.ACCESSES_PURGED, body={"before": limit.isoformat(), "most": most, "by": str(by)}, at=at)
    [gone] = rows("SELECT watching_purge(%s, %s) AS accesses", [limit, most])
    return int(gone["accesses"])
