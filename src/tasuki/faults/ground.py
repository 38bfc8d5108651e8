"""Where faults are tried: running nodes, and a town that asks through them as a client would."""

import datetime as dt
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasuki.conformance.seats import new_id
from tasuki.demo.deployment import TOWN_NODES
from tasuki.demo.steps import Commands
from tasuki.faults.wire import Wire
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.paths import Home
from tasuki.nodes.supervisor import Supervisor
from tasuki.nodes.types import NodeConfig, read_node, write_node
from tasuki.protocol.client import PeerClient
from tasuki.protocol.connections import Patience
from tasuki.protocol.messages import Inquiry

#: The town that asks, its gateway, and the gateway of the town that is asked.
ASKING, ASKED = "town-b", "town-a"
INQUIRER, PROVIDER = TOWN_NODES[ASKING][1], TOWN_NODES[ASKED][1]
DATA_SET = "TM00000000000098"
#: A client that waits for a dead or frozen node gives up sooner than nodes do among each other.
PATIENCE = Patience(write=5.0, read=15.0)


def clock() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass
class Ground:
    """Running nodes, and whom to ask about; `disk` is a small file system that holds PostgreSQL, if there is one."""

    home: Home
    nodes: dict[str, NodeConfig]
    supervisor: Supervisor
    cluster: Cluster
    people: Sequence[str]
    wire: Wire | None = None
    disk: Path | None = None

    def __post_init__(self) -> None:
        own = self.nodes[ASKING]
        town = own.own_town()
        self.client = PeerClient(own, NodeKeys(own.folder), clock, new_id, patience=PATIENCE)
        self.link = GatewayLink(self.client, own.peer(town.gateway), own.peer(town.jlis))

    @property
    def commands(self) -> Commands:
        return Commands(self.home)

    def inquiry(self, place: int) -> Inquiry:
        """Make an inquiry about one of the people."""
        at = clock()
        own = self.nodes[ASKING].own_town()
        return Inquiry(
            transaction_number=new_id(at),
            institution=own.institution,
            unified_person_number=self.people[place % len(self.people)],
            provider=self.nodes[ASKED].own_town().institution,
            data_sets=[DATA_SET],
            procedure=own.procedure,
            department=own.department,
            requested_at=at,
        )

    def rows(self, node: str, query: str, params: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Look into a node's database as whoever runs the machine can."""
        with psycopg.connect(self.nodes[node].databases.owner, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), params).fetchall()

    def signal(self, program: str, sign: signal.Signals) -> None:
        """Send a signal to every process of a program, such as `gateway-east web`."""
        process = self.supervisor.program(program).process
        if process is not None and process.pid is not None:
            os.killpg(process.pid, sign)


def with_wire(ground: Ground) -> None:
    """Lead the inquirer's gateway to the provider's through a wire that can be cut, and start it again so.

    :raises TimeoutError: when it does not start again.
    """
    config = read_node(ground.nodes[INQUIRER].folder / "node.toml")
    listen = ground.nodes[PROVIDER].listen
    ground.wire = Wire(listen.host, listen.port)
    led = {"url": f"https://{ground.wire.host}:{ground.wire.port}"}
    peers = tuple(peer.model_copy(update=led) if peer.name == PROVIDER else peer for peer in config.peers)
    write_node(config.model_copy(update={"peers": peers}), config.folder / "node.toml")
    starts = {name: ground.supervisor.program(name).starts for name in (f"{INQUIRER} web", f"{INQUIRER} worker")}
    for name in starts:
        ground.signal(name, signal.SIGTERM)
    until(
        lambda: all(ground.supervisor.program(name).starts > started for name, started in starts.items()),
        f"the restart of {INQUIRER}",
        60,
    )
    ground.supervisor.wait_until_ready()


def until(true: Callable[[], Any], what: str, seconds: float) -> Any:
    """Return what `true` returns once it is true.

    :raises TimeoutError: saying what did not happen.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = true()
        if found:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
