"""The connection test as it travels: a message about nobody that goes the way of an inquiry."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from tasuki.protocol.envelope import Item
from tasuki.protocol.messages import Institution


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


@dataclass(frozen=True, slots=True)
class Connection:
    """How each part of the way went, in its order; parts behind the first that failed were not reached."""

    legs: tuple[LegReport, ...]

    @property
    def failed(self) -> LegReport | None:
        """The part that failed, if one did."""
        return next((leg for leg in self.legs if not leg.passed), None)
