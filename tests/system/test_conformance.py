"""Every scenario passes against running nodes; a planted fault makes the article it breaks be named."""

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from tasuki.conformance.fresh import UNDER_TEST, Network, fresh_network
from tasuki.conformance.people import Person
from tasuki.conformance.planted import FAULT, FAULTS, SETTINGS
from tasuki.conformance.play import DATA_SET
from tasuki.conformance.reading import scenarios
from tasuki.conformance.report import as_json, as_page
from tasuki.conformance.running import Report, run_scenarios
from tasuki.conformance.seats import new_id, read_seats
from tasuki.nodes.types import read_node, write_node
from tasuki.protocol.messages import Inquiry, State
from tasuki.shared.environments import Environment
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("conformance")]

#: What each planted fault breaks: the article, and scenarios by which it shows, the first of which must fail.
BREAKS = {
    "permit-unchecked": ("番号法21条2項・施行令26条（許可の真正）", ["permit-altered", "permit-forged"]),
    "hold-ignored": ("番号法22条（自動応答不可・支援措置）", ["protected"]),
    "validity-ignored": ("番号法施行令26条", ["stale-permit"]),
    "nothing-recorded": ("番号法23条2項（証跡）", ["answer-sealed"]),
    "replays-accepted": ("番号法24条（再送の拒否）", ["replayed", "permit-message-replayed"]),
    "removal-ignored": ("番号法22条", ["withdrawn"]),
    "town-unchecked": ("番号法19条8号（照会者）", ["anothers-institution"]),
}
#: Holds whatever fault is planted: otherwise a gateway that answers nothing would look like a fault that was found.
SOUND = "code-issued"


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    with fresh_network() as running:
        yield running


def _run(network: Network, *names: str) -> Report:
    seats = read_seats(network.home.seats, lambda: dt.datetime.now(dt.UTC))
    try:
        chosen = [one for one in scenarios() if not names or one.name in names]
        return run_scenarios(seats, chosen, lambda: dt.datetime.now(dt.UTC))
    finally:
        seats.close()


def test_every_scenario_passes_against_running_nodes(network: Network) -> None:
    # Another test may have planted a fault before.
    network.plant(None)
    report = _run(network)

    assert [(result.name, result.saw) for result in report.results if not result.passed] == []
    assert len(report.results) == len(scenarios())
    assert as_json(report)["ok"]
    assert as_page(report).count("| ○ |") == len(report.results)


def test_every_fault_that_can_be_planted_is_tried() -> None:
    assert set(BREAKS) == set(FAULTS)


#: Tried in each run of the tests; `tasuki conformance --fresh --planted-fault …` tries any.
TRIED = ("permit-unchecked", "nothing-recorded")
#: Runs until a fault shows: a node records its own checkpoints too, and a log that grew by one looks like an answer.
RUNS = 3


@pytest.mark.parametrize("fault", TRIED)
def test_a_planted_fault_names_the_article_it_breaks(network: Network, fault: str) -> None:
    article, names = BREAKS[fault]
    network.plant(fault)

    for _ in range(RUNS):
        report = _run(network, SOUND, *names)
        passed = {result.name: result.passed for result in report.results}
        if not passed[names[0]]:
            break

    assert passed[SOUND]
    assert not passed[names[0]]
    assert report.broken == [article]
    assert f"| {article} |" in as_page(report)


def test_no_fault_is_planted_into_a_node_that_is_no_demonstration(network: Network) -> None:
    own = network.supervisor.nodes[0]
    folder = network.home.path / "serious"
    folder.mkdir()
    for file in own.folder.iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    write_node(
        read_node(own.folder / "node.toml").model_copy(update={"environment": Environment.REAL}), folder / "node.toml"
    )

    started = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "TASUKI_NODE_FILE": str(folder / "node.toml"),
            FAULT: "hold-ignored",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode != 0
    assert "is no demonstration: no fault is planted into it" in started.stderr


def test_a_peer_that_is_away_does_not_keep_other_receipts_waiting(network: Network) -> None:
    _run(network, "answered")
    seats = read_seats(network.home.seats, lambda: dt.datetime.now(dt.UTC))
    link, own = seats.town.link(), seats.town.institution
    person = next(one.person for one in scenarios() if one.name == "answered")

    def ask(provider: str) -> Inquiry:
        at = dt.datetime.now(dt.UTC)
        return Inquiry(
            transaction_number=new_id(at), institution=own, unified_person_number=Person(person).at_town,
            provider=provider, data_sets=[DATA_SET], procedure=seats.town.config.own_town().procedure,
            department="適合確認", requested_at=at,
        )  # fmt: skip

    try:
        # The peer serves during a run only, so nobody takes this receipt; the other one has no way to go.
        for_away, for_us = ask(seats.abroad.institution), ask(own)
        link.inquire([for_away])
        [called_off] = link.cancel([for_away])
        [answered] = link.inquire([for_us])
        assert (called_off.state, answered.state) == (State.CANCELLED, State.RECEIVED)
        wait_until(lambda: _receipts_due(network) == {for_away.transaction_number}, "the receipt of the other", 60)
    finally:
        seats.close()


def _receipts_due(network: Network) -> set[str]:
    gateway = next(node for node in network.supervisor.nodes if node.name == UNDER_TEST)
    with psycopg.connect(gateway.databases.owner) as connection:
        found = connection.execute("SELECT transaction_number::text FROM gateway_receipt_due").fetchall()
    return {number for (number,) in found}
