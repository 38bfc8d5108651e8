"""The demonstration's nodes: two towns, two gateways, one network, and the J-LIS stand-in."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from tasuki.demo.generator.towns import Town as FictitiousTown
from tasuki.demo.generator.towns import load_towns
from tasuki.nodes.database import create_databases
from tasuki.nodes.deployment import NodeSpec, make_deployment
from tasuki.nodes.embedded_postgres import Server
from tasuki.nodes.paths import Home
from tasuki.nodes.types import NodeConfig, NodeKind, Town

GATEWAYS = ("gateway-east", "gateway-west")
NETWORK = "network"
JLIS = "jlis"
#: Which node is which fictitious town, and which gateway serves it.
TOWN_NODES = {"town-a": ("kaku", "gateway-east"), "town-b": ("mogi", "gateway-west")}


def demo_specs() -> list[NodeSpec]:
    """Return the nodes of the demonstration, each with the port it would like."""
    towns = {town.key: town for town in load_towns().towns}
    nodes = [
        NodeSpec(name, NodeKind.TOWN, 8101 + number, _town(towns[key], gateway))
        for number, (name, (key, gateway)) in enumerate(TOWN_NODES.items())
    ]
    nodes += [NodeSpec(name, NodeKind.GATEWAY, 8201 + number) for number, name in enumerate(GATEWAYS)]
    return [*nodes, NodeSpec(NETWORK, NodeKind.NETWORK, 8301), NodeSpec(JLIS, NodeKind.JLIS, 8302)]


def _town(town: FictitiousTown, gateway: str) -> Town:
    return Town(
        institution=town.institution_code,
        municipality_code=town.code,
        name=town.name,
        name_en=town.name_en,
        gateway=gateway,
        jlis=JLIS,
    )


def make_demo(home: Home, server: Server, at: dt.datetime, *, any_ports: bool = False) -> list[NodeConfig]:
    """Create or refresh the demonstration's databases, keys and node files.

    `any_ports` takes whatever ports are free instead of the familiar ones, for several demonstrations at once.
    """
    specs: Sequence[NodeSpec] = demo_specs()
    if any_ports:
        specs = [replace(spec, port=0) for spec in specs]
    databases = {spec.name: create_databases(server, spec.name, spec.kind) for spec in specs}
    return make_deployment(home, specs, databases, at, demonstration=True)
