"""The items by which two gateways tell the network that an institution is moving, and learn where the move stands."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tasuki.protocol.envelope import Item
from tasuki.protocol.messages import Institution, Transaction, Word


class MovePart(StrEnum):
    """Which gateway speaks: the one that gives the institution away, or the one that takes it in."""

    GIVEN = "given"
    TAKEN = "taken"


class MoveState(StrEnum):
    """Where a move stands at the network, which alone decides who is in charge."""

    OPEN = "open"
    SWITCHED = "switched"
    CALLED_OFF = "called_off"
    REFUSED = "refused"


class MoveTold(Item):
    """Gateway to network: so much was given, or taken in, and this is its digest. Told again and again, it asks."""

    move: Transaction
    institution: Institution
    giver: Annotated[Word, Field(min_length=1)]
    taker: Annotated[Word, Field(min_length=1)]
    part: MovePart
    rows: Annotated[int, Field(ge=0, le=9_000_000_000_000_000)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class MoveStanding(Item):
    """Network to gateway: where the move stands."""

    move: Transaction
    state: MoveState
    reason: str = ""
