"""The exchanges of the node whose console this is."""

import datetime as dt
from typing import Protocol

from tasuki import runtime
from tasuki.gateway import flow as gateway
from tasuki.network import flow as network
from tasuki.nodes.types import NodeKind
from tasuki.protocol.flow import DayCount, FlowAsked, FlowLine, MinuteCount


class Flow(Protocol):
    """What gateways and the network alike tell of their exchanges."""

    def newest_exchanges(self, asked: FlowAsked) -> list[FlowLine]: ...

    def exchange_numbered(self, number: str) -> list[FlowLine]: ...

    def by_minute(self, *, since: dt.datetime, until: dt.datetime) -> list[MinuteCount]: ...

    def by_day(self, *, since: dt.datetime, until: dt.datetime) -> list[DayCount]: ...


def is_network() -> bool:
    """Say whether this is the network's console; else it is a gateway's."""
    return runtime.node().kind == NodeKind.NETWORK


def own_flow() -> Flow:
    """Return the reads of this node's exchanges."""
    return network if is_network() else gateway
