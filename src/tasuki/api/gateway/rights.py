"""A town may speak for its own institutions only."""

import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from tasuki.gateway import queries
from tasuki.protocol.envelope import Incoming
from tasuki.protocol.errors import MessageRefused, Refusal

_REMEMBER_SECONDS = 5


@lru_cache(maxsize=4096)
def _institutions(town: str, _moment: int) -> frozenset[str]:
    return queries.institutions_of(town)


def not_allowed(town: str, items: Iterable[Any]) -> MessageRefused | None:
    """Return the refusal of a list that names an institution the town does not speak for."""
    own = _institutions(town, int(time.monotonic()) // _REMEMBER_SECONDS)
    if all(item.institution in own for item in items):
        return None
    return MessageRefused(
        Refusal.NOT_ALLOWED, "an item names an institution the sender does not speak for", sender=town
    )


def check_institutions(incoming: Incoming[Any]) -> None:
    """Check every item of a list.

    :raises MessageRefused: when one is not the sender's.
    """
    refusal = not_allowed(incoming.sender.name, incoming.items)
    if refusal is not None:
        raise refusal
