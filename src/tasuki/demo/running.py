"""The demonstration's nodes, running."""

import contextlib
import datetime as dt
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tasuki.demo.deployment import make_demo, seat_specs
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.embedded_postgres import Cluster, Server
from tasuki.nodes.migrate import migrate_node
from tasuki.nodes.paths import Home
from tasuki.nodes.supervisor import Supervisor, only_supervisor
from tasuki.nodes.types import NodeConfig

Say = Callable[[str], None]
#: Set for demonstrations side by side on one machine, as tests are: ports of their own instead of the familiar ones.
ANY_PORTS = "TASUKI_ANY_PORTS"


@dataclass(frozen=True, slots=True)
class Running:
    """A running demonstration."""

    home: Home
    nodes: dict[str, NodeConfig]
    supervisor: Supervisor
    cluster: Cluster


def running_demo(
    home: Home, say: Say, *, seats: bool = False, consoles: bool = False
) -> contextlib.AbstractContextManager[Running]:
    """Start PostgreSQL and every node, for the length of the block.

    With `seats` for a party from outside; with `consoles` for the operators of gateways and network.
    """

    def make(server: Server) -> list[NodeConfig]:
        at = dt.datetime.now(dt.UTC)
        outside = seat_specs() if seats else ()
        return make_demo(home, server, at, any_ports=ANY_PORTS in os.environ, outside=outside, consoles=consoles)

    return running_nodes(home, say, make)


@contextlib.contextmanager
def running_nodes(home: Home, say: Say, make: Callable[[Server], list[NodeConfig]]) -> Iterator[Running]:
    """Start PostgreSQL and the nodes that `make` creates there, for the length of the block."""
    with only_supervisor(home):
        cluster = Cluster(home.postgres)
        say("PostgreSQL を起動しています / starting PostgreSQL")
        server = cluster.start()
        try:
            nodes = make(server)
            say("表を整えています / migrating the databases")
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda node: migrate_node(node, append_only_of(node)), nodes))
            supervisor = Supervisor(home, nodes, cluster)
            say("ノードを起動しています / starting the nodes")
            try:
                supervisor.start()
                yield Running(home, {node.name: node for node in nodes}, supervisor, cluster)
            finally:
                supervisor.stop()
        finally:
            cluster.stop()
