"""A town may speak for its own institutions only, and for those not while they are closed."""

import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from tasuki.gateway import queries
from tasuki.gateway.closing import Cause, Closed, closed
from tasuki.protocol.envelope import Incoming
from tasuki.protocol.errors import MessageRefused, Refusal

_REMEMBER_SECONDS = 5
#: How soon it is worth asking whether an institution is open again.
_OPEN_AGAIN_SECONDS = {Cause.SUSPENDED: 60, Cause.MOVING: 10}
_REFUSALS = {Cause.SUSPENDED: Refusal.SUSPENDED, Cause.MOVING: Refusal.MOVING}


@lru_cache(maxsize=4096)
def _institutions(town: str, _moment: int) -> frozenset[str]:
    return queries.institutions_of(town)


def not_allowed(town: str, items: Iterable[Any], shut: Mapping[str, Closed]) -> MessageRefused | None:
    """Return the refusal of a list that names an institution the town does not speak for, or one that is closed.

    :param shut: what `closing.closed` said in the transaction that acts on the list.
    """
    moment = int(time.monotonic()) // _REMEMBER_SECONDS
    own = _institutions(town, moment)
    named = {item.institution for item in items}
    if not named <= own:
        return MessageRefused(
            Refusal.NOT_ALLOWED, "an item names an institution the sender does not speak for", sender=town
        )
    stopped = sorted(named & shut.keys())
    if not stopped:
        return None
    why = shut[stopped[0]]
    return MessageRefused(_REFUSALS[why.cause], why.detail, sender=town, retry_after=_OPEN_AGAIN_SECONDS[why.cause])


def check_institutions(incoming: Incoming[Any]) -> None:
    """Check every item of a list.

    :raises MessageRefused: when one is not the sender's.
    """
    refusal = not_allowed(incoming.sender.name, incoming.items, closed())
    if refusal is not None:
        raise refusal
