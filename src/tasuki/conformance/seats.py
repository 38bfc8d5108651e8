"""The seats of the party from outside: two towns, a gateway and the portal, each with its own certificate and keys."""

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import NodeConfig, NodeKind, Peer, read_node
from tasuki.protocol.client import PeerClient
from tasuki.shared.identifiers import new_transaction_number


class SeatsMissing(Exception):
    """The folder does not hold the seats of two towns, a gateway and the portal."""


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
    """The town at the gateway under test, the party's own gateway, the town behind that, and the portal."""

    town: Seat
    abroad: Seat
    gateway: Seat
    portal: Seat

    @property
    def under_test(self) -> Peer:
        """The gateway the scenarios try."""
        return self.town.config.peer(self.town.config.own_town().gateway)

    @property
    def network(self) -> Peer:
        return self.gateway.config.peers_of_kind(NodeKind.NETWORK)[0]

    def close(self) -> None:
        for seat in (self.town, self.abroad, self.gateway, self.portal):
            seat.client.close()


def read_seats(folder: Path, clock: Callable[[], dt.datetime]) -> Seats:
    """Read the seats in a folder, each in a folder of its own with `node.toml`, keys and certificates.

    :raises SeatsMissing: saying which is not there.
    """
    found = [read_node(file) for file in sorted(folder.glob("*/node.toml"))]
    gateway, portal = (_only(found, kind, folder) for kind in (NodeKind.GATEWAY, NodeKind.PORTAL))
    own = gateway.name
    abroad = [one for one in found if one.town is not None and one.town.gateway == own]
    towns = [one for one in found if one.town is not None and one.town.gateway != own]
    if len(abroad) != 1 or len(towns) != 1:
        raise SeatsMissing(f"{folder}: a town of the gateway under test and one of {own} are expected")
    return Seats(*(Seat(one, clock) for one in (towns[0], abroad[0], gateway, portal)))


def _only(found: Sequence[NodeConfig], kind: NodeKind, folder: Path) -> NodeConfig:
    of_kind = [one for one in found if one.kind == kind]
    if len(of_kind) != 1:
        raise SeatsMissing(f"{folder}: one {kind} is expected, {len(of_kind)} found")
    return of_kind[0]
