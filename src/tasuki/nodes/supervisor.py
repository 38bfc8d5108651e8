"""Starts a deployment's processes, watches them, restarts what dies, and stops everything."""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import IO

from tasuki.nodes.embedded_postgres import Cluster, EmbeddedPostgresError
from tasuki.nodes.errors import DeploymentError
from tasuki.nodes.forking import is_alive, start_program, title_of, wait_for_end
from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.migrate import node_environment
from tasuki.nodes.paths import Home
from tasuki.nodes.types import Console, Listen, NodeConfig, NodeKind

_APPLICATION = "tasuki.config.wsgi:application"
_PORTAL = "tasuki.config.portal_wsgi:application"
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.2
#: So often a server's certificate is looked at.
CERTIFICATES_LOOKED_AT = 3.0
START_SECONDS = 60.0
#: How long the processes of a supervisor that was killed may take to end.
FREE_SECONDS = 10.0
#: Pause before a dead process is started again; doubled each time it dies young, up to the longest.
FIRST_PAUSE, LONGEST_PAUSE, YOUNG = 0.3, 10.0, 20.0


class SupervisorError(DeploymentError):
    """The deployment's processes could not be started."""


@dataclass
class Program:
    """One process to keep running."""

    name: str
    #: Of `python -m`.
    arguments: list[str]
    environment: dict[str, str]
    #: None lets it write where the supervisor does, as a service manager wants that keeps logs itself.
    log: Path | None
    process: BaseProcess | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    due: float = 0.0
    starts: int = 0
    #: Of a server that ends TLS: the keys it was started with, and what their files were then.
    keys: NodeKeys | None = None
    certificates: tuple[int, ...] = ()
    looked_at: float = 0.0

    def start(self) -> None:
        if self.keys is not None:
            # Before it reads them: an exchange in between is then seen as one.
            self.certificates = self.keys.certificate_state()
        self.process = start_program(self.name, self.arguments, self.environment, self.log)
        self.started = self.looked_at = time.monotonic()
        self.starts += 1

    def watch(self) -> None:
        """Start the process again when it has died, after a pause that grows while it keeps dying."""
        now = time.monotonic()
        if self.process is not None and is_alive(self.process):
            self._renew(now)
            return
        if self.process is not None:
            # What it left behind would hold its port.
            _kill_group(self.process, signal.SIGKILL)
            self.pause = FIRST_PAUSE if now - self.started > YOUNG else min(self.pause * 2, LONGEST_PAUSE)
            self.process, self.due = None, now + self.pause
        if now >= self.due:
            self.start()

    def _renew(self, now: float) -> None:
        """Have a server take a certificate that was exchanged: it starts a new worker, then ends the old one."""
        pid = None if self.process is None else self.process.pid
        if self.keys is None or pid is None or now - self.looked_at < CERTIFICATES_LOOKED_AT:
            return
        self.looked_at = now
        state = self.keys.certificate_state()
        if state != self.certificates and self.keys.certificate_fits():
            self.certificates = state
            # To the server itself, which leads its group: its worker would not know what to do with it.
            os.kill(pid, signal.SIGHUP)

    def stop(self, sign: signal.Signals) -> None:
        if self.process is not None and is_alive(self.process):
            _kill_group(self.process, sign)


def _kill_group(leader: BaseProcess, sign: signal.Signals) -> None:
    if leader.pid is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        try:
            os.killpg(leader.pid, sign)
        except ProcessLookupError:
            if is_alive(leader):
                # Just forked, it does not lead its group yet.
                os.kill(leader.pid, sign)


def web_arguments(node: NodeConfig) -> list[str]:
    """Return the server of a node: screens for a town and a portal, mutual TLS for every other."""
    web = f"{node.name} web"
    if node.kind == NodeKind.PORTAL:
        # Who signed in is in the memory of this one process.
        return [*_granian(node.listen, web), "--blocking-threads", "4", _PORTAL]
    if node.kind == NodeKind.TOWN:
        return [*_granian(node.listen, web), "--blocking-threads", "8", _APPLICATION]
    return [
        *_granian(node.listen, web),
        # Many threads that mostly wait: callers of the same moment share one list (see protocol.coalesce).
        *("--blocking-threads", "72", *_tls(node)),
        *("--ssl-ca", str(node.folder / "ca.crt"), "--ssl-client-verify"),
        _APPLICATION,
    ]


def console_arguments(node: NodeConfig, console: Console) -> list[str]:
    """Return the server of a node's console: TLS with the node's certificate, and people who log in."""
    return [*_granian(console, f"{node.name} console"), "--blocking-threads", "4", *_tls(node), _APPLICATION]


def _granian(listen: Listen | Console, name: str) -> list[str]:
    return [
        *("granian", "--interface", "wsgi", "--no-ws", "--http", "1", "--no-access-log"),
        *("--host", listen.host, "--port", str(listen.port), "--workers", "1", "--respawn-failed-workers"),
        *("--log-level", "warning", "--workers-kill-timeout", "5s", "--process-name", title_of(name)),
    ]


def _tls(node: NodeConfig) -> tuple[str, ...]:
    keys = NodeKeys(node.folder)
    return (
        *("--ssl-protocol-min", "tls1.3"),
        *("--ssl-certificate", str(keys.certificate), "--ssl-keyfile", str(keys.private_key)),
    )


def programs_of(node: NodeConfig, logs: Path | None) -> list[Program]:
    """Return what belongs to a node: web, worker, and its console where it has one."""

    def log(program: str) -> Path | None:
        return None if logs is None else logs / f"{node.name}-{program}.log"

    environment = node_environment(node)
    worker = ["tasuki.cli", "worker", "--node", node.name]
    # A town's and a portal's pages leave TLS to what stands before them.
    keys = None if node.kind in (NodeKind.TOWN, NodeKind.PORTAL) else NodeKeys(node.folder)
    programs = [Program(f"{node.name} web", web_arguments(node), environment, log("web"), keys=keys)]
    if node.kind != NodeKind.PORTAL:
        programs.append(Program(f"{node.name} worker", worker, environment, log("worker")))
    if node.console is not None:
        own = environment | {"DJANGO_SETTINGS_MODULE": node.console_settings_module}
        arguments = console_arguments(node, node.console)
        programs.append(Program(f"{node.name} console", arguments, own, log("console"), keys=keys))
    return programs


@dataclass
class Supervisor:
    """Keeps a deployment running. `cluster` is watched too when PostgreSQL is ours.

    `keeps_logs`: programs write into files of their own; otherwise where this process does.
    """

    home: Home
    nodes: Sequence[NodeConfig]
    cluster: Cluster | None
    keeps_logs: bool = True
    programs: list[Program] = field(default_factory=list)
    _watching: bool = True
    #: Held for one look at everything, so that nothing is started again once stopping has begun.
    _round: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, told: threading.Event | None = None) -> None:
        """Start every process and return once every node answers, or it was told to stop.

        :raises SupervisorError: naming the port that another program keeps, or the node that does not answer, with the
            end of its log.
        """
        self._wait_for_ports()
        logs = self.home.logs if self.keeps_logs else None
        self.programs = [program for node in self.nodes for program in programs_of(node, logs)]
        # The kernel ties children to the thread that started them, so one thread starts all of them and lives on.
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()
        self.wait_until_ready(told)

    def _wait_for_ports(self) -> None:
        """Wait until whatever served here before has let go: a server would share a stranger's port unasked."""
        deadline = time.monotonic() + FREE_SECONDS
        for node in self.nodes:
            for listen in (node.listen, node.console):
                while listen is not None and _answers(listen):
                    if time.monotonic() > deadline:
                        raise SupervisorError(
                            f"{listen.host}:{listen.port} ({node.name}): ほかのプログラムが使っています。"
                            "それを止めて、もう一度始めてください / in use by another program: stop it and start again"
                        )
                    time.sleep(0.1)

    def wait_until_ready(self, told: threading.Event | None = None) -> None:
        """Return once every node answers, or it was told to stop."""
        deadline = time.monotonic() + START_SECONDS
        for node in self.nodes:
            while not _answers(node.listen) and not (told and told.is_set()):
                if time.monotonic() > deadline:
                    raise SupervisorError(f"{node.name} does not answer: {self._last_words(node.name)}")
                time.sleep(0.05)

    def _watch(self) -> None:
        # This thread must live until the end: the kernel ends its children with it.
        while not self._stop.is_set():
            with self._round:
                pause = self._look() if self._watching else LOOK_SECONDS
            self._stop.wait(pause)

    def _look(self) -> float:
        """Start what has died, and return when to look again."""
        try:
            if self.cluster is not None and not self.cluster.alive():
                self.cluster.start()
            for program in self.programs:
                program.watch()
        except (EmbeddedPostgresError, OSError) as error:
            print(f"tasuki: {error}", file=sys.stderr)  # noqa: T201 — said to whoever runs the supervisor
            return FIRST_PAUSE * 10
        return LOOK_SECONDS

    def stop(self) -> None:
        """Stop every process, politely first."""
        # The thread ends last: its end would end its children at once, unpolitely.
        with self._round:
            self._watching = False
        for program in self.programs:
            program.stop(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for program in self.programs:
            if program.process is None:
                continue
            wait_for_end(program.process, max(0.1, deadline - time.monotonic()))
            program.stop(signal.SIGKILL)
            wait_for_end(program.process)
            _kill_group(program.process, signal.SIGKILL)
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def program(self, name: str) -> Program:
        """Return the program of that name, such as `gateway-east web`."""
        return next(program for program in self.programs if program.name == name)

    def _last_words(self, name: str) -> str:
        log = self.home.logs / f"{name}-web.log"
        if not self.keeps_logs:
            return "its reason stands above"
        return log.read_text(errors="replace")[-800:] if log.exists() else "it wrote no log"


def _answers(listen: Listen | Console) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((listen.host, listen.port)) == 0


@contextlib.contextmanager
def only_supervisor(home: Home, node: str = "") -> Iterator[None]:
    """Hold the home for the length of the block, or one node of it; several may each hold one.

    :raises SupervisorError: when another supervisor holds it.
    """
    home.make()
    whole: IO[str] = (home.run / "supervisor.lock").open("a")
    with whole, (home.run / f"supervisor-{node}.lock").open("a") if node else contextlib.nullcontext(whole) as lock:
        try:
            fcntl.flock(whole, (fcntl.LOCK_SH if node else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SupervisorError("Tasuki already runs on this data folder; stop it first (Ctrl-C there).") from error
        yield


def serve_node(home: Home, node: NodeConfig) -> None:
    """Run one node on its operator's own PostgreSQL until told to stop (SIGTERM or Ctrl-C); what dies is started again.

    :raises SupervisorError: when it runs already, or does not answer.
    """
    with only_supervisor(home, node.name):
        supervisor = Supervisor(home, [node], None, keeps_logs=False)
        try:
            told = told_to_stop()
            supervisor.start(told)
            told.wait()
        finally:
            supervisor.stop()


def told_to_stop() -> threading.Event:
    """Return what is set once the process is told to stop (Ctrl-C or SIGTERM)."""
    told = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: told.set())
    return told


def wait_for_signal(stopped: Callable[[], bool] = lambda: False) -> None:
    """Return when the process is told to stop."""
    told = told_to_stop()
    while not told.wait(0.5) and not stopped():
        pass
