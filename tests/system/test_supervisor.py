"""What runs stays running, what is stopped leaves nothing behind, and two never share a data folder."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tasuki.demo.commands import carry_out
from tasuki.nodes.deployment import node_file
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.paths import Home
from tasuki.nodes.types import read_node
from tasuki.protocol.client import tls_context
from tests.system.demo_home import COMMAND, DemoHome, environment, serving
from tests.system.town_client import wait_until

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
STOPPED_WITHIN = 20.0
NODE = "gateway-west"


@dataclass
class Deployment:
    """A data folder with a supervisor on it, started anew when a test has ended the one before."""

    home: Home
    supervisor: "subprocess.Popen[str]"
    cleanup: ExitStack = field(default_factory=ExitStack)

    def running(self) -> "Deployment":
        if self.supervisor.poll() is not None:
            self.supervisor = self.cleanup.enter_context(serving(self.home))
        return self

    def children(self, name: str) -> set[int]:
        """Return the supervisor's own processes that are called so."""
        return {pid for pid in pids() if belongs_to(pid, self.supervisor.pid) and name.encode() in read(pid, "cmdline")}

    def able(self) -> bool:
        """Say whether the node answers that it can work, its database included."""
        config = read_node(node_file(self.home, NODE))
        url = f"https://{config.listen.host}:{config.listen.port}/health"
        with httpx.Client(verify=tls_context(NodeKeys(config.folder)), trust_env=False, timeout=5) as client:
            try:
                return bool(client.get(url).json()["able"])
            except httpx.TransportError:
                return False


def pids() -> list[int]:
    return [int(folder.name) for folder in Path("/proc").iterdir() if folder.name.isdigit()]


def read(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return b""


def parent(pid: int) -> int:
    fields = read(pid, "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def belongs_to(pid: int, supervisor: int) -> bool:
    """Say whether a process is a supervisor's: its child, or forked by the child that does so for it."""
    return supervisor in (above := parent(pid), parent(above))


def left(home: Home) -> dict[int, str]:
    """Return every process of the folder's: of its nodes by their environment, PostgreSQL's by where they work."""
    mark, data = f"TASUKI_HOME={home.path}".encode(), str(home.postgres / "data")
    found = {}
    for pid in pids():
        works_in = ""
        with contextlib.suppress(OSError):
            works_in = str(Path(f"/proc/{pid}/cwd").readlink())
        if mark in read(pid, "environ").split(b"\0") or works_in == data:
            found[pid] = read(pid, "cmdline").replace(b"\0", b" ").decode()
    return found


@pytest.fixture(scope="module")
def left_by_a_kill(demo: DemoHome) -> dict[int, str]:
    """Kill a supervisor and return what still runs some seconds later."""
    with serving(demo.home) as supervisor:
        assert len(left(demo.home)) > 12
        supervisor.kill()
        supervisor.wait()
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not left(demo.home), "the end of every process")
        return left(demo.home)


@pytest.fixture(scope="module")
def kept(demo: DemoHome, left_by_a_kill: dict[int, str]) -> Iterator[Deployment]:
    """Return the next start after a killed one."""
    with serving(demo.home) as supervisor:
        deployment = Deployment(demo.home, supervisor)
        with deployment.cleanup:
            yield deployment


@pytest.fixture
def deployment(kept: Deployment) -> Deployment:
    return kept.running()


def test_nothing_outlives_a_killed_supervisor(left_by_a_kill: dict[int, str]) -> None:
    assert left_by_a_kill == {}


def test_the_start_after_a_killed_one_works(deployment: Deployment) -> None:
    wait_until(deployment.able, "a node that can work")


def test_the_doctor_finds_a_running_node_well(deployment: Deployment) -> None:
    wait_until(deployment.able, "a node that can work")

    done = carry_out(["doctor", "--node", "town-b"], deployment.home)

    assert done.status == 0, done.output + done.errors
    # What it sees of the machine is advice on a demonstration.
    assert {line.split()[0] for line in done.output.splitlines()} <= {"ok", "advice"}


@pytest.mark.parametrize("program", [f"tasuki {NODE} worker", f"tasuki {NODE} web"], ids=["worker", "web"])
def test_a_killed_process_is_started_again(deployment: Deployment, program: str) -> None:
    (killed,) = wait_until(lambda: deployment.children(program), "the process to kill")

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: deployment.children(program) - {killed}, "a process in its place")
    wait_until(deployment.able, "a node that can work")
    assert deployment.supervisor.poll() is None


def test_a_killed_postgresql_is_started_again_and_nodes_take_it_up(deployment: Deployment) -> None:
    (killed,) = deployment.children("/bin/postgres")

    os.kill(killed, signal.SIGKILL)

    wait_until(lambda: deployment.children("/bin/postgres") - {killed}, "a server in its place", seconds=40)
    wait_until(deployment.able, "a node that can work", seconds=40)
    assert deployment.supervisor.poll() is None


def test_when_what_forks_is_killed_every_program_is_started_again(deployment: Deployment) -> None:
    (killed,) = wait_until(lambda: deployment.children("multiprocessing.forkserver"), "what forks")
    before = deployment.children("tasuki ")
    assert len(before) > 10

    os.kill(killed, signal.SIGKILL)

    wait_until(
        lambda: len(now := deployment.children("tasuki ")) == len(before) and not now & before, "others", seconds=40
    )
    wait_until(deployment.able, "a node that can work", seconds=40)
    assert deployment.supervisor.poll() is None


def test_a_second_supervisor_is_refused_in_one_line(deployment: Deployment) -> None:
    second = subprocess.run(
        [*COMMAND, "serve"], env=environment(deployment.home), capture_output=True, text=True, check=False, timeout=60
    )

    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        "tasuki: Tasuki already runs on this data folder; stop it first (Ctrl-C there)."
    ]
    assert deployment.supervisor.poll() is None


def test_ctrl_c_stops_everything(deployment: Deployment) -> None:
    started = time.monotonic()

    deployment.supervisor.send_signal(signal.SIGINT)

    assert deployment.supervisor.wait(STOPPED_WITHIN * 2) == 0
    assert time.monotonic() - started < STOPPED_WITHIN
    # What forks ends a moment after the supervisor.
    wait_until(lambda: not left(deployment.home), "the end of every process", seconds=3)
    assert not Cluster(deployment.home.postgres).alive()
