"""The provider's gateway is killed while a thousand inquiries are under way (R1, R2)."""

import json
import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from tasuki.protocol.messages import OPEN_STATES, Inquiry, State
from tests.system.relay import Relay, person_of_b
from tests.system.town_client import TownClient, wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
INQUIRIES, LIST, CLIENTS = 1_000, 20, 5


def test_every_inquiry_ends_once_although_the_provider_is_killed(relay: Relay, tmp_path: Path) -> None:
    town = relay.town_b
    provider = relay.town_a.institution
    inquiries = [town.inquiry(person_of_b(20 + place % 250), provider) for place in range(INQUIRIES)]
    parts = [inquiries[start : start + LIST] for start in range(0, INQUIRIES, LIST)]

    threads = [
        threading.Thread(target=_ask, args=(TownClient(town.config), parts[number::CLIENTS]))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    time.sleep(0.15)
    program = relay.supervisor.program("gateway-east web")
    assert program.process is not None
    starts = program.starts
    os.killpg(program.process.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    wait_until(lambda: program.starts > starts, "the restart of the gateway")

    states = wait_until(lambda: _ended(town, inquiries), "the end of every inquiry", seconds=120)

    assert set(states) <= {State.RECEIVED, State.LAPSED}
    assert states[State.RECEIVED] > 0
    numbers = [inquiry.transaction_number for inquiry in inquiries]
    _recorded_once(relay, numbers, states[State.RECEIVED])
    _evidence_verifies(relay, tmp_path)


def _ask(town: TownClient, parts: list[list[Inquiry]]) -> None:
    for part in parts:
        town.link.inquire(part)
    town.client.close()


def _ended(town: TownClient, inquiries: list[Inquiry]) -> Counter[State] | None:
    progress = town.link.inquiry_status(town.asked(inquiries))
    if any(one.state in OPEN_STATES for one in progress):
        return None
    return Counter(one.state for one in progress)


def _recorded_once(relay: Relay, numbers: list[str], received: int) -> None:
    for node, kind in (("gateway-east", "answer_sent"), ("gateway-west", "answer_received")):
        rows = relay.rows(
            node,
            "SELECT transaction_number, count(*) AS times FROM evidence_entry"
            " WHERE kind = %s AND transaction_number = ANY(%s) GROUP BY 1",
            [kind, numbers],
        )
        assert all(row["times"] == 1 for row in rows), node
        assert len(rows) >= received, node


def _evidence_verifies(relay: Relay, folder: Path) -> None:
    for node in ("network", "gateway-east", "gateway-west"):
        relay.command("seal", "--node", node)
    for part in ("witnessed", "own"):
        for node in ("network", "gateway-east", "gateway-west"):
            relay.command("export-evidence", str(folder), "--part", part, "--node", node)
    for node in ("network", "gateway-east", "gateway-west"):
        kept = sorted(folder.glob(f"{node}.kept-by.*.jsonl"))
        assert kept
        witnesses = [part for file in kept for part in ("--witness", str(file))]
        report = json.loads(relay.command("verify", str(folder / f"{node}.jsonl"), *witnesses, "--json"))
        assert report["ok"]
        assert report["vouched"]
