"""What runs stays running, what is stopped leaves nothing behind, and two never share a data folder."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasuki.nodes.deployment import read_deployment
from tasuki.nodes.embedded_postgres import Cluster
from tests.system.demo_home import COMMAND, DemoHome, environment, serving
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
STOPPED_WITHIN = 20.0
#: Six nodes with a web and a worker process each.
PROGRAMS = 12


@pytest.fixture(scope="module")
def left_by_a_kill(demo: DemoHome) -> dict[int, str]:
    """Kill a supervisor as the kernel would, short of memory; return what still ran some seconds later."""
    with serving(demo.home) as supervisor:
        wait_until(lambda: len(leaders(demo)) == PROGRAMS, "every process of the deployment", seconds=60)
        supervisor.kill()
        supervisor.wait()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not processes(demo), "the end of every process")
        return processes(demo)


@pytest.fixture(scope="module")
def supervisor(demo: DemoHome, left_by_a_kill: dict[int, str]) -> Iterator["subprocess.Popen[str]"]:
    """Return the next start after a kill, running."""
    with serving(demo.home) as process:
        yield process


def test_nothing_outlives_a_killed_supervisor(left_by_a_kill: dict[int, str]) -> None:
    assert left_by_a_kill == {}


@pytest.mark.parametrize("program", ["worker", "web"])
def test_a_killed_process_is_started_again(
    demo: DemoHome, supervisor: "subprocess.Popen[str]", program: str
) -> None:
    def running() -> set[int]:
        return {pid for pid, command in leaders(demo).items() if is_program(demo, command, "gateway-west", program)}

    (killed,) = wait_until(running, f"the {program} process", seconds=60)

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: running() - {killed}, f"a {program} process in its place")
    wait_until(lambda: listening(demo, "gateway-west"), "an answer at the node's port")
    assert supervisor.poll() is None


def test_postgresql_is_started_again(demo: DemoHome, supervisor: "subprocess.Popen[str]") -> None:
    (killed,) = (pid for pid, command in leaders(demo, postgres=True).items() if "/bin/postgres" in command)

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: Cluster(demo.home.postgres).alive(), "a server in its place")
    assert supervisor.poll() is None


def test_a_second_supervisor_is_refused_in_one_line(demo: DemoHome, supervisor: "subprocess.Popen[str]") -> None:
    second = subprocess.run(
        [*COMMAND, "serve"], env=environment(demo.home), capture_output=True, text=True, check=False, timeout=60
    )

    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        "tasuki: Tasuki already runs on this data folder; stop it first (Ctrl-C there)."
    ]
    assert supervisor.poll() is None


def test_ctrl_c_stops_everything(demo: DemoHome, supervisor: "subprocess.Popen[str]") -> None:
    wait_until(lambda: len(leaders(demo)) == PROGRAMS, "every process of the deployment", seconds=60)
    started = time.monotonic()

    supervisor.send_signal(signal.SIGINT)

    assert supervisor.wait(STOPPED_WITHIN * 2) == 0
    assert time.monotonic() - started < STOPPED_WITHIN
    assert processes(demo) == {}
    assert not Cluster(demo.home.postgres).alive()
