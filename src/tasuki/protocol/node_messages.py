"""The items by which nodes tell each other about themselves: how their logs stand, and whether the way is open."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tasuki.protocol.envelope import Item
from tasuki.protocol.messages import Base64, Institution


class CheckpointOffer(Item):
    """A node's newest signed checkpoint, with the proof that it extends the one the peer holds (RFC 9162 2.1.4).

    `previous_size` is the size the proof starts from, `held_of_yours` the largest checkpoint of the receiver's own log
    that the sender keeps. A node without records yet offers an empty note.
    """

    note: Annotated[str, Field(max_length=2000)]
    previous_size: Annotated[int, Field(ge=0)]
    proof: Annotated[list[Base64], Field(max_length=128)]
    held_of_yours: Annotated[int, Field(ge=0)]


class CheckpointReply(Item):
    """Whether the offer was kept, the largest size now held, and the peer's own newest checkpoint in return."""

    kept: bool
    reason: str = ""
    held_size: Annotated[int, Field(ge=0)]
    note: Annotated[str, Field(max_length=2000)] = ""
    proof: Annotated[list[Base64], Field(max_length=128)] = []


class Leg(StrEnum):
    """The parts of the way an inquiry takes, in their order."""

    GATEWAY = "gateway"
    NETWORK = "network"
    ROUTE = "route"
    PROVIDER_GATEWAY = "provider_gateway"
    PROVIDER_TOWN = "provider_town"


class ConnectionProbe(Item):
    """A message that only tests the way: from an institution to another, about nobody."""

    institution: Institution
    provider: Institution


class LegReport(Item):
    """How one part of the way went: whom it led to, where it broke off and why, and how long it took there and back."""

    leg: Leg
    peer: Annotated[str, Field(max_length=40)]
    passed: bool
    phase: Annotated[str, Field(max_length=20)] = ""
    reason: Annotated[str, Field(max_length=2000)] = ""
    milliseconds: Annotated[int, Field(ge=0)] = 0


class ConnectionReport(Item):
    """How far a probe came, part by part; the first that failed is the last."""

    legs: Annotated[list[LegReport], Field(max_length=10)]
    provider_gateway: Annotated[str, Field(max_length=40)] = ""
