"""Exchange records whose retention is over go, at whichever kind of node this is."""

import datetime as dt
from collections.abc import Callable

from tasuki.nodes.types import NodeKind
from tasuki.protocol.records import Purged
from tasuki.runtime import node, now, this_system
from tasuki.shared.actor import Actor

#: Records one transaction purges at most, so that nobody waits for it.
_AT_ONCE = 20_000


def purge_records() -> None:
    """Purge what is due."""
    purge_before(None, by=this_system())


def purge_before(before: dt.datetime | None, *, by: Actor) -> Purged:
    """Purge records older than a time, or whatever is due; return how much went.

    :raises TooEarlyError: when records still to be kept would go.
    """
    purge, total = _purge(node().kind), Purged(0, 0)
    while any(gone := purge(by=by, at=now(), before=before, most=_AT_ONCE)):
        total = Purged(total.records + gone.records, total.evidence + gone.evidence)
    return total


def _purge(kind: NodeKind) -> Callable[..., Purged]:
    # Imported here: a gateway has no town's tables, and must not need them.
    if kind == NodeKind.TOWN:
        from tasuki.linkage.operations.retention import purge_records as of_town

        return of_town
    if kind == NodeKind.GATEWAY:
        from tasuki.gateway.operations.retention import purge_records as of_gateway

        return of_gateway
    from tasuki.network.operations.retention import purge_records as of_network

    return of_network
