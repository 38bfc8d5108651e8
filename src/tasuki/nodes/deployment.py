"""Several nodes on one machine: their names, ports, keys, databases, and who knows whom."""

import datetime as dt
import secrets
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasuki.nodes.keys import Authority, NodeKeys, make_keys
from tasuki.nodes.paths import Home
from tasuki.nodes.types import Console, Databases, Listen, NodeConfig, NodeKind, Peer, Town, read_node, write_node
from tasuki.shared.environments import Environment

HOST = "127.0.0.1"
#: Below the ports the kernel lends to clients, so that a port is still free when its node starts again.
ANY_PORT = range(20_000, 32_000)
ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """What a deployment says of a node; `town` is for towns.

    `outside` is a seat for another party: it gets keys and a file to take with it, and runs on its own. `console` is
    the port of its operators' console, 0 for any; without one it has no console.
    """

    name: str
    kind: NodeKind
    port: int
    town: Town | None = None
    outside: bool = False
    console: int | None = None


def node_file(home: Home, name: str) -> Path:
    return home.nodes / name / "node.toml"


def _folder(home: Home, spec: NodeSpec) -> Path:
    return (home.seats if spec.outside else home.nodes) / spec.name


def read_deployment(home: Home) -> list[NodeConfig]:
    """Return every node kept in this home, in the order of their names."""
    return [read_node(file) for file in sorted(home.nodes.glob("*/node.toml"))]


def make_deployment(
    home: Home,
    specs: Sequence[NodeSpec],
    databases: Mapping[str, Databases],
    at: dt.datetime,
    *,
    environment: Environment,
) -> list[NodeConfig]:
    """Write every node's file and the keys it lacks; ports and keys of an earlier start are kept.

    Each node learns only of the nodes it speaks with, and of their public keys only. Seats of other parties come last.
    """
    home.make()
    authority = Authority.load_or_create(home.path / "ca", at)
    keys = {spec.name: make_keys(_folder(home, spec), spec.name, HOST, authority, at) for spec in specs}
    ports = _ports(home, specs)
    consoles = _console_ports(home, specs, ports.values())
    made = []
    for spec in specs:
        config = NodeConfig(
            name=spec.name,
            kind=spec.kind,
            listen=Listen(host=HOST, port=ports[spec.name]),
            # A seat brings its own databases, and a portal has none.
            databases=databases.get(spec.name, Databases(runtime="", owner="")),
            peers=tuple(_peer(other, ports, keys) for other in specs if _speak(spec, other)),
            town=spec.town,
            console=Console(host=HOST, port=consoles[spec.name]) if spec.name in consoles else None,
            environment=environment,
            folder=_folder(home, spec),
        )
        write_node(config, config.folder / "node.toml")
        made.append(config)
    return made


def _ports(home: Home, specs: Sequence[NodeSpec]) -> dict[str, int]:
    """Return each node's port: the one it had before, else one that is free and no other node's."""
    files = {spec.name: _folder(home, spec) / "node.toml" for spec in specs}
    ports = {name: read_node(file).listen.port for name, file in files.items() if file.exists()}
    for spec in specs:
        if spec.name not in ports:
            ports[spec.name] = free_port(spec.port, ports.values())
    return ports


def _console_ports(home: Home, specs: Sequence[NodeSpec], taken: Collection[int]) -> dict[str, int]:
    """Return the port of each console that is wanted: the one it had before, else one that is free."""
    ports: dict[str, int] = {}
    for spec in specs:
        if spec.console is None:
            continue
        file = _folder(home, spec) / "node.toml"
        before = read_node(file).console if file.exists() else None
        port = free_port(spec.console, [*taken, *ports.values()]) if before is None else before.port
        ports[spec.name] = port
    return ports


def free_port(wanted: int, taken: Collection[int] = ()) -> int:
    """Return the wanted port when nobody listens on it, else any free one; 0 wants any.

    :raises OSError: when none is free.
    """
    others = (secrets.choice(ANY_PORT) for _ in range(ATTEMPTS))
    for port in (wanted, *others):
        if port == 0 or port in taken:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError("no free port on the loopback address")


def _speak(one: NodeSpec, other: NodeSpec) -> bool:
    """Say whether two nodes exchange messages: towns with their own gateway and J-LIS, gateways with each other."""
    if one.name == other.name:
        return False
    kinds = {one.kind, other.kind}
    if kinds == {NodeKind.TOWN, NodeKind.GATEWAY}:
        town, gateway = (one, other) if one.kind == NodeKind.TOWN else (other, one)
        return town.town is not None and town.town.gateway == gateway.name
    return kinds in (
        {NodeKind.TOWN, NodeKind.JLIS},
        {NodeKind.GATEWAY},
        {NodeKind.GATEWAY, NodeKind.NETWORK},
        {NodeKind.JLIS, NodeKind.NETWORK},
        {NodeKind.PORTAL, NodeKind.NETWORK},
    )


def _peer(spec: NodeSpec, ports: Mapping[str, int], keys: Mapping[str, NodeKeys]) -> Peer:
    serves = spec.kind not in (NodeKind.TOWN, NodeKind.PORTAL)
    return Peer(
        name=spec.name,
        kind=spec.kind,
        # A town is asked by nobody: it only asks, from inside the office network. So does the portal, for people.
        url=f"https://{HOST}:{ports[spec.name]}" if serves else "",
        signing_key=keys[spec.name].public_signing,
        log_key=keys[spec.name].public_log,
        sealing_key=keys[spec.name].public_sealing if spec.kind == NodeKind.GATEWAY else "",
        institutions=(spec.town.institution,) if spec.town else (),
    )
