"""A node on a PostgreSQL of the operator's own, named by DATABASE_URL; Debian's when the machine has it."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tasuki.demo.generator import TownSize, generate
from tasuki.demo.story import MAPPINGS
from tasuki.nodes.deployment import NodeSpec, make_deployment
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.migrate import node_environment
from tasuki.nodes.paths import Home
from tasuki.nodes.types import Databases, NodeConfig, NodeKind, Town
from tasuki.protocol.client import tls_context
from tasuki.shared.environments import Environment
from tests.system.test_supervisor import belongs_to, pids, read
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("postgres")]
WORKER = b"tasuki gateway-own worker"
DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a database on a server that Tasuki does not manage."""
    with pytest.MonkeyPatch.context() as patch:
        if DEBIAN:
            patch.setenv("TASUKI_POSTGRES_BIN", str(DEBIAN[-1]))
        cluster = Cluster(Home(tmp_path_factory.mktemp("own")).postgres)
        server = cluster.start()
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute("CREATE ROLE operator LOGIN PASSWORD 'operator'")
        admin.execute("GRANT pg_read_all_settings TO operator")
        for database in ("gateway", "town"):
            admin.execute(f"CREATE DATABASE {database} OWNER operator".encode())
    with psycopg.connect(server.url("town"), autocommit=True) as admin:
        admin.execute("CREATE SCHEMA person_index AUTHORIZATION operator")
    yield server.url("", "operator", "operator")
    cluster.destroy()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, NodeConfig]:
    nowhere = Databases(runtime="postgresql://x@127.0.0.1:1/x", owner="postgresql://x@127.0.0.1:1/x")
    town = Town(
        institution="0213191100000000",
        municipality_code="131911",
        name="架空区",
        name_en="Kaku-ku",
        gateway="gateway-own",
        jlis="jlis",
    )
    specs = [NodeSpec("gateway-own", NodeKind.GATEWAY, 8290), NodeSpec("town-own", NodeKind.TOWN, 8190, town)]
    home = Home(tmp_path_factory.mktemp("var"))
    made = make_deployment(
        home, specs, {spec.name: nowhere for spec in specs}, dt.datetime.now(dt.UTC), environment=Environment.DUMMY
    )
    return {node.name: node for node in made}


def migrate(node: NodeConfig, url: str, alias: str = "default") -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--database", alias, "--no-input", "-v", "0"],
        env=node_environment(node, DATABASE_URL=url, INDEX_DATABASE_URL=url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def town_server(own_server: str, nodes: dict[str, NodeConfig]) -> str:
    """Return the URL of a database with a town's tables."""
    url = f"{own_server}town"
    migrate(nodes["town-own"], url)
    migrate(nodes["town-own"], url, "index")
    return url


def test_a_gateway_serves_on_the_operators_server(own_server: str, nodes: dict[str, NodeConfig]) -> None:
    gateway, database = nodes["gateway-own"], f"{own_server}gateway"
    migrate(gateway, database)
    environment = node_environment(gateway, DATABASE_URL=database)
    serve = [sys.executable, "-m", "tasuki.cli", "serve", "--node", gateway.name]
    url = f"https://127.0.0.1:{gateway.listen.port}/health"
    tls = tls_context(NodeKeys(gateway.folder))
    with subprocess.Popen(serve, env=environment, stderr=subprocess.DEVNULL) as service:
        try:
            with httpx.Client(verify=tls, trust_env=False) as client:
                said = wait_until(lambda: _able(client, url), "the gateway's work with its worker", 60)
            # Twice it is not started, and whatever dies is started again.
            again = subprocess.run(serve, env=environment, capture_output=True, text=True, check=False)
            [worker] = children(service, WORKER)
            os.kill(worker, signal.SIGKILL)
            wait_until(lambda: children(service, WORKER) not in ([], [worker]), "the worker's return", 20)
            family = children(service, b"")
        finally:
            service.terminate()
            status = service.wait(30)

    assert (said["node"], said["kind"], said["able"], said["failed"]) == ("gateway-own", "gateway", True, [])
    assert again.returncode == 1
    assert "already runs" in again.stderr
    assert status == 0
    wait_until(lambda: not set(family) & set(pids()), "the end of all it started", 20)


def children(service: "subprocess.Popen[bytes]", word: bytes) -> list[int]:
    return [pid for pid in pids() if belongs_to(pid, service.pid) and word in read(pid, "cmdline")]


def test_a_town_keeps_its_tables_on_the_operators_server(town_server: str) -> None:
    with psycopg.connect(town_server) as connection:
        found = connection.execute(
            "SELECT schemaname FROM pg_tables WHERE tablename IN ('screening_result', 'persons_person') ORDER BY 1"
        ).fetchall()

    assert found == [("person_index",), ("public",)]


def test_a_town_imports_results_into_the_operators_server(
    town_server: str, nodes: dict[str, NodeConfig], tmp_path: Path
) -> None:
    town = nodes["town-own"]
    manifest = generate(tmp_path / "data", seed=1, size=TownSize.SMALL)
    facts = manifest.town("kaku")
    files = sorted(str(file) for file in (tmp_path / "data/kaku/results").glob("51*.csv"))

    command(town, town_server, "import-facilities", str(tmp_path / "data/facilities.csv"))
    people = command(town, town_server, "import-register", str(tmp_path / "data/kaku/register.csv"))
    report = command(town, town_server, "import", *files, "--mappings", str(MAPPINGS))

    assert people["added"] >= facts.residents
    assert report["imported"] == facts.valid_primary["51"] + facts.valid_detailed["51"]
    with psycopg.connect(town_server) as connection:
        numbers = [number for (number,) in connection.execute("SELECT result_id FROM screening_result").fetchall()]
    assert len(numbers) == report["imported"]
    assert {number.version for number in numbers} == {7}


def command(node: NodeConfig, url: str, *arguments: str) -> dict[str, Any]:
    """Run a command of the node on the operator's server; files with mistakes end it with status 1."""
    done = subprocess.run(
        [sys.executable, "-m", "tasuki.cli", *arguments, "--node", node.name, "--json"],
        env=node_environment(node, DATABASE_URL=url, INDEX_DATABASE_URL=url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _able(client: httpx.Client, url: str) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = client.get(url).json()
    except httpx.TransportError:
        return None
    return said if said["able"] else None
