"""Gateways, network and J-LIS stand-in as real processes; the test speaks as the towns."""

import contextlib
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tasuki.demo.commands import carry_out
from tasuki.demo.deployment import make_demo, portal_spec
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.migrate import migrate_node
from tasuki.nodes.paths import Home
from tasuki.nodes.supervisor import Supervisor
from tasuki.nodes.types import NodeConfig, NodeKind
from tasuki.shared.identifiers import individual_number_check_digit, resident_record_code_check_digit
from tests.keeper import THROWN_AWAY
from tests.system.prepared import copy_databases
from tests.system.town_client import TownClient

MEMBERS = Path(__file__).resolve().parents[2] / "src/tasuki/demo/members.toml"
DATA_SET = "TM00000000000098"
#: People of both towns, by their place in this list; the last hundred are unknown to town B.
PEOPLE = 400


def individual_number(place: int) -> str:
    first = f"99{place:09d}"
    return first + individual_number_check_digit(first)


def resident_record_code(place: int) -> str:
    first = f"9{place:09d}"
    return first + resident_record_code_check_digit(first)


def person_of_a(place: int) -> str:
    return f"1{place:014d}"


def person_of_b(place: int) -> str:
    return f"2{place:014d}"


def payload(person: str) -> str:
    return f"<TM00000000000098>{person}</TM00000000000098>"


@dataclass
class Relay:
    """Running nodes, and two towns that can speak to them."""

    home: Home
    nodes: dict[str, NodeConfig]
    supervisor: Supervisor
    cluster: Cluster
    town_a: TownClient
    town_b: TownClient

    def rows(self, node: str, query: str, params: list[Any] | None = None) -> list[dict[str, Any]]:
        """Look into a node's database as its owner."""
        with psycopg.connect(self.nodes[node].databases.owner, row_factory=dict_row) as connection:
            return connection.execute(query.encode(), params or []).fetchall()

    def count(self, node: str, query: str, params: list[Any] | None = None) -> int:
        [row] = self.rows(node, f"SELECT count(*) AS number FROM {query}", params)  # noqa: S608 — the test's own text
        return int(row["number"])

    def command(self, *arguments: str, status: int = 0, given: str = "") -> str:
        """Run a `tasuki` command on this deployment, `given` on its standard input, and return what it printed."""
        done = carry_out(arguments, self.home, given)
        assert done.status == status, done.output + done.errors
        return done.output


@contextlib.contextmanager
def running_relay(*, durable: bool = False, people: int = PEOPLE, with_town_a: bool = True) -> Iterator[Relay]:
    """Start the nodes in a folder of their own and prepare people, codes and replicas of town A.

    Without town A, its people are whom the test makes them, and town B knows everybody.

    Tests throw their data away, so PostgreSQL need not wait for the disk, unless `durable`.
    """
    home = Home(Path(tempfile.mkdtemp(prefix="tasuki-relay-")))
    home.make()
    if not durable:
        copy_databases(home)
    cluster = Cluster(home.postgres, {} if durable else THROWN_AWAY)
    server = cluster.start()
    try:
        made = make_demo(home, server, dt.datetime.now(dt.UTC), any_ports=True, outside=[portal_spec()])
        nodes = {node.name: node for node in made}
        serving = [node for node in nodes.values() if node.kind != NodeKind.TOWN]
        if durable:
            for node in serving:
                migrate_node(node, append_only_of(node))
        supervisor = Supervisor(home, serving, cluster)
        try:
            supervisor.start()
            relay = Relay(home, nodes, supervisor, cluster, TownClient(nodes["town-a"]), TownClient(nodes["town-b"]))
            _prepare(relay, people, with_town_a)
            yield relay
            relay.town_a.client.close()
            relay.town_b.client.close()
        finally:
            supervisor.stop()
    finally:
        cluster.destroy()
        shutil.rmtree(home.path)


def _prepare(relay: Relay, people: int, with_town_a: bool) -> None:
    for node in ("network", "gateway-east", "gateway-west"):
        relay.command("members", str(MEMBERS), "--node", node)
    register = relay.home.path / "register.csv"
    everyone = range(people)
    lines = [f"{individual_number(place)},{resident_record_code(place)}\n" for place in everyone]
    register.write_text("個人番号,住民票コード\n" + "".join(lines), encoding="utf-8")
    relay.command("import-jlis", str(register))
    known_to_b = everyone[:-100] if with_town_a else everyone
    relay.town_b.acquire([(person_of_b(place), individual_number(place)) for place in known_to_b])
    if with_town_a:
        relay.town_a.acquire([(person_of_a(place), individual_number(place)) for place in everyone])
        relay.town_a.release([person_of_a(place) for place in everyone])
        relay.town_a.register([person_of_a(place) for place in everyone], DATA_SET, payload)
