"""The nodes of a prefecture: two gateways, the network and the J-LIS stand-in run; the towns' systems are seats."""

import datetime as dt

from tasuki.demo.deployment import JLIS, NETWORK
from tasuki.nodes.database import create_databases
from tasuki.nodes.deployment import NodeSpec, make_deployment
from tasuki.nodes.embedded_postgres import Server
from tasuki.nodes.paths import Home
from tasuki.nodes.types import NodeConfig, NodeKind, Town, read_node
from tasuki.prefecture.plan import GATEWAYS, SEATS, Place
from tasuki.shared.environments import Environment

_RUNNING = (*((name, NodeKind.GATEWAY) for name in GATEWAYS), (NETWORK, NodeKind.NETWORK), (JLIS, NodeKind.JLIS))


def make_prefecture(home: Home, server: Server, at: dt.datetime) -> list[NodeConfig]:
    """Create databases, keys and node files, on whatever ports are free; return the nodes that run here."""
    own = [NodeSpec(name, kind, 0) for name, kind in _RUNNING]
    seats = [NodeSpec(name, NodeKind.TOWN, 0, _town(side), outside=True) for side, name in enumerate(SEATS)]
    databases = {spec.name: create_databases(server, spec.name, spec.kind) for spec in own}
    return make_deployment(home, [*own, *seats], databases, at, environment=Environment.DUMMY)[: len(own)]


def _town(side: int) -> Town:
    """Return what a seat says of itself; it speaks for every institution of its side."""
    place = Place(side)
    return Town(
        institution=place.institution,
        municipality_code=place.municipality_code,
        name=place.name,
        name_en=f"Mogi {place.number + 1:03d}",
        gateway=GATEWAYS[side],
        jlis=JLIS,
    )


def seat_of(home: Home, side: int) -> NodeConfig:
    """Return the seat of a side."""
    return read_node(home.seats / SEATS[side] / "node.toml")
