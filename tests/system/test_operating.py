"""Commands of whoever operates a node: what they find wrong, and what they put right."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tasuki.demo.commands import Ended, carry_out
from tasuki.nodes.deployment import node_file
from tasuki.nodes.embedded_postgres import Server, running
from tasuki.nodes.keys import Authority
from tests.system.demo_home import DemoHome

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
OK, PROBLEM, UNREACHABLE = 0, 1, 3


@pytest.fixture
def server(demo: DemoHome) -> Iterator[Server]:
    """Return the databases, running without the nodes."""
    with running(demo.home.postgres) as started:
        yield started


def run(demo: DemoHome, *arguments: str) -> Ended:
    return carry_out(arguments, demo.home, longest=120)


#: How the checks of the machine begin, which depend on where the tests run.
MACHINE = (
    "clock", "core dumps", "database: data_", "database: f", "database: sync", "disk", "files", "scanner", "screens",
    "swap", "updates",
)  # fmt: skip


def doctor(demo: DemoHome, node: str) -> tuple[int, dict[str, Any]]:
    """Return the status, and each check's state by its name."""
    done = run(demo, "doctor", "--node", node, "--json")
    assert done.output, done.errors
    report = json.loads(done.output)
    assert report["ok"] == (done.status == OK)
    return done.status, {check["name"]: check["state"] for check in report["checks"]}


def test_a_peer_that_is_away_is_no_problem_of_the_nodes_own(demo: DemoHome, server: Server) -> None:
    status, found = doctor(demo, "town-a")

    assert status == UNREACHABLE
    of_the_machine = {name: found.pop(name) for name in list(found) if name.startswith(MACHINE)}
    assert set(of_the_machine.values()) <= {"ok", "advice"}
    assert {"files", "screens: address", "database: fsync", "database: data_checksums"} <= {
        name for name, state in of_the_machine.items() if state == "ok"
    }
    assert of_the_machine["scanner"] == "advice"
    assert found == {
        "settings": "ok",
        "database": "ok",
        "database: tables": "ok",
        "database: role": "ok",
        "person index": "ok",
        "person index: tables": "ok",
        # Nobody has rehearsed a restore in a demonstration.
        "restore rehearsal": "advice",
        "tls.crt": "ok",
        "ca.crt": "ok",
        "peer gateway-east": "unreachable",
        "peer jlis": "unreachable",
    }


def test_a_database_that_is_away_is_a_problem(demo: DemoHome) -> None:
    status, found = doctor(demo, "network")

    assert status == PROBLEM
    assert found["database"] == "problem"


def test_a_role_that_may_change_records_is_found_and_migrating_takes_the_right_away(
    demo: DemoHome, server: Server
) -> None:
    with psycopg.connect(server.url("network"), autocommit=True) as admin:
        admin.execute("GRANT UPDATE ON evidence_entry TO network")

    _, before = doctor(demo, "network")
    migrated = run(demo, "migrate", "--node", "network")
    status, after = doctor(demo, "network")

    assert before["database: role"] == "problem"
    assert migrated.status == OK, migrated.errors
    assert after["database: role"] == "ok"
    assert status == UNREACHABLE


@pytest.mark.parametrize(("days", "state"), [(31, "ok"), (29, "problem"), (-1, "problem")])
def test_a_certificate_near_its_end_is_a_problem(demo: DemoHome, server: Server, days: int, state: str) -> None:
    at = dt.datetime.now(dt.UTC)
    folder = node_file(demo.home, "jlis").parent
    kept = {name: (folder / name).read_bytes() for name in ("tls.crt", "tls.key", "ca.crt")}
    try:
        Authority.load_or_create(demo.home.path / "ca", at).issue(
            folder,
            "jlis",
            "127.0.0.1",
            not_before=at - dt.timedelta(days=60),
            not_after=at + dt.timedelta(days=days, hours=1),
        )
        status, found = doctor(demo, "jlis")
    finally:
        for name, content in kept.items():
            (folder / name).write_bytes(content)

    assert found["tls.crt"] == state
    assert status == (UNREACHABLE if state == "ok" else PROBLEM)


def test_a_node_file_with_a_wrong_value_is_named_without_the_value(demo: DemoHome) -> None:
    file = node_file(demo.home, "network")
    kept = file.read_text(encoding="utf-8")
    try:
        file.write_text(kept.replace('kind = "network"', 'kind = "secret-word"', 1), encoding="utf-8")
        done = run(demo, "doctor", "--node", "network")
    finally:
        file.write_text(kept, encoding="utf-8")

    assert done.status == PROBLEM
    assert str(Path(file)) in done.errors
    assert "kind" in done.errors
    assert "secret-word" not in done.errors
    assert "Traceback" not in done.errors


def test_without_a_database_migrating_fails_in_one_line(demo: DemoHome) -> None:
    done = run(demo, "migrate", "--node", "network")

    assert done.status == PROBLEM
    assert len(done.errors.splitlines()) == 1
    assert done.errors.startswith("tasuki: network: ")
