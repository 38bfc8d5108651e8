"""A log that was cut or rewritten on a running node is noticed by its peers, and by itself."""

import json
from typing import Any

import psycopg
import pytest

from tests.system.relay import Relay, person_of_b, running_relay
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("checkpoint-alarm")]
TABLES = ("evidence_entry", "evidence_leaf", "evidence_tile", "evidence_checkpoint")


@pytest.fixture
def own_relay() -> Any:
    """Return nodes whose evidence a test may spoil."""
    with running_relay(people=20, with_town_a=False) as running:
        yield running


def check(relay: Relay, node: str, status: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(relay.command("check-peers", "--node", node, "--json", status=status))
    return found


def reasons(relay: Relay, node: str) -> dict[str, list[str]]:
    return {
        row["origin"]: row["reasons"]
        for row in relay.rows(
            node,
            "SELECT origin, array_agg(reason ORDER BY reason) AS reasons FROM evidence_alarm"
            " WHERE settled_at IS NULL GROUP BY origin",
        )
    }


def spoil(relay: Relay, node: str, *statements: str) -> None:
    """Do as one could who owns the tables, while the node's own processes are away."""
    with psycopg.connect(relay.nodes[node].databases.owner) as owner:
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            owner.execute(statement)
        for table in TABLES:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def cut_tail(relay: Relay, node: str) -> None:
    """Take away whatever the last checkpoint of a small log added, as if it had never been."""
    [last] = relay.rows(node, "SELECT previous_size FROM evidence_checkpoint ORDER BY tree_size DESC LIMIT 1")
    size = last["previous_size"]
    # One tile holds all hashes, so that it can be cut as well.
    assert 0 < size < 256
    tail = f"leaf_index >= {size}"
    spoil(
        relay,
        node,
        f"DELETE FROM evidence_entry WHERE entry_id IN (SELECT entry_id FROM evidence_leaf WHERE {tail})",  # noqa: S608 — a number of ours
        f"DELETE FROM evidence_leaf WHERE {tail}",  # noqa: S608 — a number of ours
        f"DELETE FROM evidence_checkpoint WHERE tree_size > {size}",  # noqa: S608 — a number of ours
        f"UPDATE evidence_tile SET hashes = substring(hashes FROM 1 FOR {size * 32}), width = {size}",  # noqa: S608 — a number of ours
    )


def newest_is_kept(relay: Relay) -> bool:
    """Say whether the network keeps the newest checkpoint of the gateway, and that is not its only one."""
    [own] = relay.rows("gateway-west", "SELECT max(tree_size) AS size, count(*) AS number FROM evidence_checkpoint")
    [kept] = relay.rows(
        "network", "SELECT max(tree_size) AS size FROM evidence_witnessed WHERE origin = 'tasuki/gateway-west'"
    )
    return own["number"] > 1 and own["size"] == kept["size"]


def alarms_about(relay: Relay, node: str, peer: str) -> set[str]:
    return set(reasons(relay, node).get(f"tasuki/{peer}", []))


def test_a_cut_tail_and_then_a_fork_are_alarms_at_both_ends(own_relay: Relay) -> None:
    relay = own_relay
    wait_until(lambda: newest_is_kept(relay), "the comparison", 40)
    assert all(not log["alarms"] for log in check(relay, "network", status=0).values())
    wait_until(lambda: newest_is_kept(relay), "the comparison", 40)

    cut_tail(relay, "gateway-west")

    wait_until(lambda: "shrunk" in alarms_about(relay, "network", "gateway-west"), "the network's alarm", 40)
    wait_until(lambda: "own_shrunk" in alarms_about(relay, "gateway-west", "network"), "the gateway's alarm", 40)
    [alarm] = check(relay, "network", status=1)["tasuki/gateway-west"]["alarms"]
    relay.command("settle-alarm", str(alarm["alarm"]), "--why", "test", "--node", "network", status=1)

    # It records on past the kept size: another history, signed by its own key.
    for place in [*range(20), *range(20)]:
        relay.town_b.link.inquire([relay.town_b.inquiry(person_of_b(place), relay.town_a.institution)])
    wait_until(
        lambda: {"fork", "not_consistent"} & alarms_about(relay, "network", "gateway-west"), "the fork's alarm", 60
    )
    wait_until(lambda: "disputed" in alarms_about(relay, "gateway-west", "network"), "the gateway's alarm", 40)
    proofs = relay.rows(
        "network", "SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'checkpoint_refused'"
    )
    assert all("tasuki/gateway-west" in json.loads(row["body"])["note"] for row in proofs)

    # It was restored, says who operates it: its log goes on under a new name, and what is lost stays lost.
    begun = json.loads(relay.command("continue-log", "--node", "gateway-west", "--why", "the backup of noon", "--json"))
    assert begun["lost"]["last"] >= begun["lost"]["first"] > 0
    assert alarms_about(relay, "network", "gateway-west") >= {"restored"}
    relay.command("continue-log", "--node", "gateway-west", "--why", "once more", status=1)
    end_alarms(relay, "network", "gateway-west")
    end_alarms(relay, "gateway-west", "network")
    # What it records from now on is kept by the network as well, beside the first of the new name.
    relay.town_b.link.inquire([relay.town_b.inquiry(person_of_b(20), relay.town_a.institution)])
    relay.command("seal", "--node", "gateway-west")
    assert_lost_and_else_whole(relay, begun)


def end_alarms(relay: Relay, node: str, peer: str) -> None:
    """Say why, as soon as the logs agree again."""
    query = (
        "evidence_alarm JOIN evidence_peer USING (origin) WHERE origin = %s AND settled_at IS NULL"
        " AND agreed_at <= last_seen_at"
    )
    wait_until(lambda: relay.count(node, query, [f"tasuki/{peer}"]) == 0, "agreement", 60)
    still = relay.rows(
        node, "SELECT alarm_id FROM evidence_alarm WHERE origin = %s AND settled_at IS NULL", [f"tasuki/{peer}"]
    )
    for alarm in still:
        relay.command("settle-alarm", str(alarm["alarm_id"]), "--why", "a restore", "--node", node)
    assert alarms_about(relay, node, peer) == set()


def assert_lost_and_else_whole(relay: Relay, begun: dict[str, Any]) -> None:
    """Verify the log with what the network keeps of it, under both names."""
    folder = relay.home.path / "evidence"
    relay.command("export-evidence", str(folder), "--node", "network", "--part", "witnessed")
    relay.command("export-evidence", str(folder), "--node", "gateway-west", "--part", "own")
    kept = sorted(folder.glob("gateway-west*.kept-by.network.jsonl"))
    assert len(kept) == 2
    witnesses = [word for file in kept for word in ("--witness", str(file))]
    report = json.loads(relay.command("verify", str(folder / "gateway-west.jsonl"), *witnesses, "--json"))
    assert (report["origin"], report["witnessed"] > 1) == (begun["log"], True)
    [loss] = report["lost"]
    assert {"first": loss["first"], "last": loss["last"]} == begun["lost"]
