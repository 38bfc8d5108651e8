"""The link as an operator sees it: planted differences, killed loads and lag, on running nodes through the commands."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from tasuki.linkage.queries import link_state
from tasuki.linkage.types import LinkMood
from tasuki.nodes.embedded_postgres import binaries
from tasuki.nodes.types import NodeConfig
from tests.system.town_client import now, wait_until
from tests.system.whole_town import WholeTown, running_town

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("whole-town-link")]
SCREENED = range(1, 31)


@pytest.fixture(scope="module")
def town(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[WholeTown]:
    """Thirty people with a result each and a code each, all told."""
    with running_town(django_db_blocker) as running:
        for place in SCREENED:
            running.moves_in(f"{place:04}", place)
            running.is_screened(f"{place:04}", 2025)
        running.acquires_codes()
        wait_until(running.is_all_told, "telling the gateway", seconds=60)
        yield running


def told(town: WholeTown, *arguments: str, status: int = 0) -> dict[str, Any]:
    """Run a command of town A and return what it printed."""
    values: dict[str, Any] = json.loads(town.relay.command(*arguments, "--node", "town-a", "--json", status=status))
    return values


def change(node: NodeConfig, *statements: tuple[str, list[Any]]) -> None:
    """Change a node's database behind everybody's back; OF PERSON stands for the rows of one number."""
    with psycopg.connect(node.databases.owner) as connection:
        for statement, params in statements:
            connection.execute(statement.replace("OF PERSON", "WHERE unified_person_number = %s").encode(), params)


def test_every_planted_difference_on_running_nodes_is_found_and_mended(town: WholeTown) -> None:
    assert told(town, "reconcile")["found"] == {}
    person = {place: town.unified(f"{place:04}") for place in SCREENED}
    at_gateway = "gateway_replica WHERE unified_person_number = %s"
    plant(town, person)

    found = told(town, "reconcile", status=1)
    assert found["found"] == {
        "CODE_LOST": 1, "CODE_UNNOTED": 1, "CONTENT": 1, "HOLD": 1, "LAYOUT": 2, "MISSING": 1, "NEWER": 1, "OLDER": 1,
        "SURPLUS": 1, "UNKNOWN_PERSON": 1, "UNLINKED": 1,
    }  # fmt: skip
    mended = told(town, "reconcile", "--repair")
    assert (mended["found"], mended["remaining"]) == (found["found"], 0)
    again = told(town, "reconcile")
    assert (again["found"], again["on_their_way"]) == ({}, 0)
    assert town.relay.count("gateway-east", at_gateway, [person[1]]) == 1
    assert told(town, "link")["is_reconciled"] is True


def plant(town: WholeTown, person: dict[int, str]) -> None:
    """Plant one difference of each kind but for an alias, which takes a merge (tests/integration/linkage)."""
    gateway, own = town.relay.nodes["gateway-east"], town.relay.nodes["town-a"]
    copy = (
        "INSERT INTO gateway_replica (institution, unified_person_number, data_set, record_key, revision, ordinal,"
        " layout_version, taken, published_from, payload, registered_at) SELECT institution, %s, data_set, '2019-01',"
        " revision, ordinal, layout_version, taken, published_from, payload, registered_at FROM gateway_replica"
        " OF PERSON"
    )
    stranger, nobody = "000000000900001", "000000000900002"
    change(
        gateway,
        ("DELETE FROM gateway_replica OF PERSON", [person[1]]),
        ("UPDATE gateway_replica SET layout_version = '0' OF PERSON", [person[2]]),
        ("UPDATE gateway_replica SET payload = substr(payload, 2) OF PERSON", [person[3]]),
        ("UPDATE gateway_replica SET revision = 0 OF PERSON", [person[4]]),
        ("UPDATE gateway_replica SET revision = 9, ordinal = ordinal + 100000 OF PERSON", [person[5]]),
        (copy, [person[6], person[6]]),
        ("UPDATE gateway_person SET hold = true OF PERSON", [person[7]]),
        ("UPDATE gateway_person SET linkage_code = NULL OF PERSON", [person[8]]),
        (copy, [stranger, person[9]]),
        (copy, [nobody, person[9]]),
    )
    with psycopg.connect(own.databases.index_owner, options="-c search_path=person_index") as index:
        index.execute("UPDATE persons_person SET code_bound_at = NULL WHERE unified_person_number = %s", [person[10]])
        index.execute("INSERT INTO persons_person (unified_person_number, numbered_at) VALUES (%s, now())", [nobody])


def test_a_load_that_is_killed_goes_on_and_ends_verified(town: WholeTown) -> None:
    arguments = [sys.executable, "-m", "tasuki.cli", "load-replicas", "--again", "--json", "--node", "town-a"]
    environment = {**os.environ, "TASUKI_HOME": str(town.relay.home.path)}
    # The gateway is away, so that the first run is killed in the middle of sending.
    town.relay.supervisor.program("gateway-east web").stop(signal.SIGSTOP)
    begun = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    begun_load = "linkage_replica_load WHERE ended_at IS NULL AND done > 0"
    wait_until(lambda: town.relay.count("town-a", begun_load) > 0, "the load's first part", seconds=30)
    begun.send_signal(signal.SIGKILL)
    begun.communicate()
    town.relay.supervisor.program("gateway-east web").stop(signal.SIGCONT)
    assert town.relay.count("town-a", "linkage_replica_load WHERE ended_at IS NULL") == 1

    people = town.relay.count("town-a", "screening_resident")
    ended = told(town, "load-replicas", "--again")
    assert (ended["done"], ended["found"], ended["kind"]) == (people, {}, "AGAIN")
    assert town.relay.count("town-a", "linkage_replica_load") == 1
    kinds = town.relay.rows(
        "town-a",
        "SELECT convert_from(body, 'UTF8')::jsonb ->> 'step' AS step FROM evidence_entry"
        " WHERE kind = 'replicas_loaded' ORDER BY entry_id",
    )
    assert [row["step"] for row in kinds] == ["begin", "end"]


def test_lag_is_shown_with_the_phase_that_failed_and_ends_by_itself(town: WholeTown) -> None:
    assert link_state(now()).mood in (LinkMood.QUIET, LinkMood.SENDING)
    program = town.relay.supervisor.program("gateway-east web")
    with town.relay.supervisor._round:
        town.relay.supervisor._watching = False
    program.stop(signal.SIGKILL)
    try:
        town.moves_in("0041", None)
        town.is_screened("0041", 2025)
        wait_until(lambda: link_state(now()).mood is LinkMood.FAILING, "the failure", seconds=60)
        state = told(town, "link", status=1)
        assert (state["failed_peer"], state["failed_phase"]) == ("gateway-east", "connect")
        # The move concerns nobody else yet: it may be settled before the gateway is missed.
        assert state["waiting_by_kind"]["RESULT"] == 1
    finally:
        town.relay.supervisor._watching = True
    wait_until(town.is_all_told, "sending again by itself", seconds=240)
    assert town.replicas(town.unified("0041")) == ["2025-01"]


def test_a_restored_backup_agrees_with_the_gateway_until_work_goes_on(town: WholeTown, tmp_path: Path) -> None:
    told(town, "reconcile", "--repair")
    backup = tmp_path / "town-a.dump"
    source = town.relay.cluster.start().url("town_a")
    dump = [str(binaries() / "pg_dump"), "--format=custom", "--file", str(backup), "--dbname", source]
    subprocess.run(dump, check=True)

    def rehearsed() -> dict[str, str]:
        done = town.relay.command("rehearse-restore", str(backup), "--node", "town-a", "--json")
        return {check["name"]: f"{check['state']} {check['said']}" for check in json.loads(done)["checks"]}

    before = rehearsed()
    assert before["gateway"].startswith("ok "), before

    # Nobody in whom a difference is planted: these tests may come in any order.
    town.is_screened("0030", 2024)
    wait_until(town.is_all_told, "telling the gateway", seconds=60)
    after = rehearsed()
    assert after["gateway"].startswith("advice "), after
    assert after["gateway"].endswith(" SURPLUS 1"), after
    assert town.relay.count("town-a", "linkage_reconciliation") > 0
