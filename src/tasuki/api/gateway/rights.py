"""A town may speak for its own institutions only, and for those not while they are suspended."""

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from tasuki.gateway import queries
from tasuki.protocol.envelope import Incoming
from tasuki.protocol.errors import MessageRefused, Refusal

_REMEMBER_SECONDS = 5
#: How soon it is worth asking whether an institution was resumed.
_RESUMED_SECONDS = 60


@lru_cache(maxsize=4096)
def _institutions(town: str, _moment: int) -> frozenset[str]:
    return queries.institutions_of(town)


@lru_cache(maxsize=1)
def _suspended(_moment: int) -> dict[str, str]:
    return queries.suspended()


def not_allowed(town: str, items: Iterable[Any]) -> MessageRefused | None:
    """Return the refusal of a list that names an institution the town does not speak for."""
    moment = int(time.monotonic()) // _REMEMBER_SECONDS
    own = _institutions(town, moment)
    suspended = _suspended(moment)
    named = {item.institution for item in items}
    if not named <= own:
        return MessageRefused(
            Refusal.NOT_ALLOWED, "an item names an institution the sender does not speak for", sender=town
        )
    stopped = sorted(named & suspended.keys())
    if not stopped:
        return None
    return MessageRefused(Refusal.SUSPENDED, suspended[stopped[0]], sender=town, retry_after=_RESUMED_SECONDS)


def check_institutions(incoming: Incoming[Any]) -> None:
    """Check every item of a list.

    :raises MessageRefused: when one is not the sender's.
    """
    refusal = not_allowed(incoming.sender.name, incoming.items)
    if refusal is not None:
        raise refusal
