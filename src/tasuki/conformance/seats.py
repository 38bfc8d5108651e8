"""The seats of the party from outside: two towns and a gateway, each with its own certificate and keys."""

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import NodeConfig, NodeKind, Peer, read_node
from tasuki.protocol.client import PeerClient
from tasuki.shared.identifiers import new_transaction_number


class SeatsMissing(Exception):
    """The folder does not hold the seats of two towns and a gateway."""


def new_id(at: dt.datetime) -> str:
    return new_transaction_number(at, os.urandom(10))


@dataclass
class Seat:
    """One of the party's identities, and its way to others."""

    config: NodeConfig
    clock: Callable[[], dt.datetime]
    keys: NodeKeys = field(init=False)
    client: PeerClient = field(init=False)

    def __post_init__(self) -> None:
        self.keys = NodeKeys(self.config.folder)
        self.client = PeerClient(self.config, self.keys, self.clock, new_id)

    @property
    def institution(self) -> str:
        return self.config.own_town().institution

    def link(self) -> GatewayLink:
        """Return a town's way to its gateway and to J-LIS."""
        town = self.config.own_town()
        return GatewayLink(self.client, self.config.peer(town.gateway), self.config.peer(town.jlis))


@dataclass(frozen=True)
class Seats:
    """The town at the gateway under test, the party's own gateway, and the town behind that."""

    town: Seat
    abroad: Seat
    gateway: Seat

    @property
    def under_test(self) -> Peer:
        """The gateway the scenarios try."""
        return self.town.config.peer(self.town.config.own_town().gateway)

    @property
    def network(self) -> Peer:
        return self.gateway.config.peers_of_kind(NodeKind.NETWORK)[0]

    def close(self) -> None:
        for seat in (self.town, self.abroad, self.gateway):
            seat.client.close()


def read_seats(folder: Path, clock: Callable[[], dt.datetime]) -> Seats:
    """Read the seats in a folder, each in a folder of its own with `node.toml`, keys and certificates.

    :raises SeatsMissing: saying which is not there.
    """
    found = [read_node(file) for file in sorted(folder.glob("*/node.toml"))]
    gateways = [one for one in found if one.kind == NodeKind.GATEWAY]
    if len(gateways) != 1:
        raise SeatsMissing(f"{folder}: one gateway is expected, {len(gateways)} found")
    own = gateways[0].name
    abroad = [one for one in found if one.town is not None and one.town.gateway == own]
    towns = [one for one in found if one.town is not None and one.town.gateway != own]
    if len(abroad) != 1 or len(towns) != 1:
        raise SeatsMissing(f"{folder}: a town of the gateway under test and one of {own} are expected")
    return Seats(Seat(towns[0], clock), Seat(abroad[0], clock), Seat(gateways[0], clock))
