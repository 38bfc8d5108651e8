"""Processes and PostgreSQL killed under load: every answer seen is recorded by all three, once (R1–R3).

`tasuki bench faults` tries thirteen faults on whole towns; these three need gateways and network alone.
"""

import contextlib
import socket
import threading
from pathlib import Path

import pytest

from tasuki.faults.disturbing import FAULTS
from tasuki.faults.ground import Ground
from tasuki.faults.rounds import run_faults
from tasuki.faults.wire import Wire
from tests.system.relay import Relay, person_of_b

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("relay")]
KILLED = ("gateway-west web", "gateway-east web")
TRIED = [f"{program.replace(' ', '-')}-killed" for program in KILLED] + ["postgres-killed"]


def test_every_answer_a_client_saw_is_in_the_verified_records_of_all_three(relay: Relay, tmp_path: Path) -> None:
    people = [person_of_b(place) for place in range(20, 270)]
    ground = Ground(relay.home, relay.nodes, relay.supervisor, relay.cluster, people)
    chosen = [fault for fault in FAULTS if fault.name in TRIED]

    starts = {name: relay.supervisor.program(name).starts for name in KILLED}

    with contextlib.closing(ground.client):
        outcomes = run_faults(ground, chosen, tmp_path / "after", lambda _text: None)

    assert sorted(one.fault for one in outcomes) == sorted(TRIED)
    assert [one.as_json() for one in outcomes if not one.held] == []
    # A fault that never struck would prove nothing.
    assert all(relay.supervisor.program(name).starts > started for name, started in starts.items())
    [inquirer] = [one for one in outcomes if one.fault == "gateway-west-web-killed"]
    assert inquirer.broken_calls > 0


def test_a_cut_wire_breaks_what_it_carries_and_carries_again_once_mended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        wire = Wire("127.0.0.1", server.getsockname()[1])
        try:
            with socket.create_connection((wire.host, wire.port)) as caller:
                caller.sendall(b"whole")
                assert caller.recv(10) == b"whole"
                wire.cut()
                assert caller.recv(10) == b""
            with socket.create_connection((wire.host, wire.port)) as caller:
                assert caller.recv(10) == b""
            wire.mend()
            with socket.create_connection((wire.host, wire.port)) as caller:
                caller.sendall(b"again")
                assert caller.recv(10) == b"again"
        finally:
            wire.close()


def _echo(server: socket.socket) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            while block := connection.recv(100):
                connection.sendall(block)
