"""The demonstration's nodes: two towns, two gateways, one network, the stand-in for J-LIS and the portal."""

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
from tasuki.shared.environments import Environment

GATEWAYS = ("gateway-east", "gateway-west")
NETWORK = "network"
JLIS = "jlis"
PORTAL = "portal"
#: Which node is which fictitious town, and which gateway serves it.
TOWN_NODES = {"town-a": ("kaku", "gateway-east"), "town-b": ("mogi", "gateway-west")}


def demo_specs() -> list[NodeSpec]:
    """Return the nodes of the demonstration, each with the port it would like."""
    towns = {town.key: town for town in load_towns().towns}
    nodes = [
        NodeSpec(name, NodeKind.TOWN, 8101 + number, _town(towns[key], gateway))
        for number, (name, (key, gateway)) in enumerate(TOWN_NODES.items())
    ]
    nodes += [
        NodeSpec(name, NodeKind.GATEWAY, 8201 + number, console=8211 + number) for number, name in enumerate(GATEWAYS)
    ]
    return [
        *nodes,
        NodeSpec(NETWORK, NodeKind.NETWORK, 8301, console=8311),
        NodeSpec(JLIS, NodeKind.JLIS, 8302),
        NodeSpec(PORTAL, NodeKind.PORTAL, 8303),
    ]


def _town(town: FictitiousTown, gateway: str) -> Town:
    return Town(
        institution=town.institution_code,
        municipality_code=town.code,
        name=town.name,
        name_en=town.name_en,
        gateway=gateway,
        jlis=JLIS,
    )


def seat_specs() -> list[NodeSpec]:
    """Return the seats of a party from outside that tries the network.

    A town of gateway-east, a gateway of its own with another town behind it, and the portal.
    """
    return [
        NodeSpec("town-guest", NodeKind.TOWN, 8401, _guest("134911", "客演町", "Kyakuen-machi", GATEWAYS[0]), True),
        NodeSpec("town-abroad", NodeKind.TOWN, 8402, _guest("134929", "相手町", "Aite-machi", "gateway-guest"), True),
        NodeSpec("gateway-guest", NodeKind.GATEWAY, 8403, None, True),
        portal_spec(),
    ]


def portal_spec() -> NodeSpec:
    """Return the seat of the portal, which only the state runs."""
    return NodeSpec("portal-guest", NodeKind.PORTAL, 8404, None, True)


def _guest(code: str, name: str, name_en: str, gateway: str) -> Town:
    return Town(
        institution=f"02{code}00000000",
        municipality_code=code,
        name=name,
        name_en=name_en,
        gateway=gateway,
        jlis=JLIS,
    )


def make_demo(
    home: Home,
    server: Server,
    at: dt.datetime,
    *,
    any_ports: bool = False,
    outside: Sequence[NodeSpec] = (),
    consoles: bool = False,
) -> list[NodeConfig]:
    """Create or refresh the demonstration's databases, keys and node files; return the nodes that run here.

    `any_ports` takes whatever ports are free instead of the familiar ones, for several demonstrations at once;
    `outside` are seats, to whom the network is made known and the other way round; `consoles` gives gateways and
    network their operators' screens, which take a process each.
    """
    own: Sequence[NodeSpec] = demo_specs()
    databases = {
        spec.name: create_databases(server, spec.name, spec.kind) for spec in own if spec.kind != NodeKind.PORTAL
    }
    specs = [*own, *outside]
    if any_ports:
        specs = [replace(spec, port=0, console=spec.console and 0) for spec in specs]
    if not consoles:
        specs = [replace(spec, console=None) for spec in specs]
    return make_deployment(home, specs, databases, at, environment=Environment.DUMMY)[: len(own)]
