"""Of whom nothing may be changed or answered here now: who is suspended, is moving, or has moved away.

Whoever is about to write asks first, in the transaction that writes. The answer then holds until that transaction ends:
an institution is closed only once nobody writes of it any more, so what is given away is all there is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import Accepted

#: The two numbers of the lock in `gateway_closed()`.
_LOCK: Final = (7411, 1)
#: What whoever tells us about an institution that is moving hears.
MOVED: Final = Accepted(accepted=False, reason="the institution is moving to another gateway", again=True)


class Cause(StrEnum):
    """Why an institution is closed. Who moves is under another gateway's care, or about to be."""

    SUSPENDED = "suspended"
    MOVING = "moving"


@dataclass(frozen=True, slots=True)
class Closed:
    """Why, and what its town is told: the operator's reason, or the other gateway."""

    cause: Cause
    detail: str


def closed() -> dict[str, Closed]:
    """Return whoever is closed, and let nobody become closed before the transaction ends."""
    found = rows("SELECT institution, cause, detail FROM gateway_closed()")
    return {row["institution"]: Closed(Cause(row["cause"]), row["detail"]) for row in found}


def moving() -> frozenset[str]:
    """Return who is moving or has moved away, and let nobody begin to before the transaction ends."""
    return frozenset(code for code, why in closed().items() if why.cause is Cause.MOVING)


def still_here(institutions: Iterable[str]) -> list[str]:
    """Return those of the institutions that are not moving and have not moved away."""
    gone = moving()
    return [one for one in institutions if one not in gone]


def moved_away() -> list[str]:
    """Return who was served here and is served by another gateway now; what is kept of them are the records."""
    found = rows(
        "SELECT institution FROM (SELECT DISTINCT ON (institution) institution, direction, state FROM gateway_move"
        " ORDER BY institution, ended_at DESC NULLS FIRST, began_at DESC, move DESC) AS last"
        " WHERE direction = 'out' AND state = 'switched'"
    )
    return [row["institution"] for row in found]


def wait_for_writers() -> None:
    """Return once nobody writes of any institution who asked before; others wait until this transaction ends."""
    run("SELECT pg_advisory_xact_lock(%s, %s)", list(_LOCK))
