"""A real PostgreSQL for the tests: one server a run, one migrated template, one copy for each worker."""

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from django.core.management import call_command
from django.db import connections

from tasuki.config.databases import connection_settings
from tasuki.jobs.tables import append_only_tables
from tasuki.nodes.database import INDEX_SCHEMA, create_databases, grant_runtime
from tasuki.nodes.embedded_postgres import Server
from tasuki.nodes.paths import Home
from tasuki.nodes.types import Databases, NodeKind

TEMPLATE = "test-template"
#: The keeper outlives whoever started it; the handle is kept so that it is not reported as forgotten.
_keepers: list[subprocess.Popen[bytes]] = []


def run_folder() -> Path:
    """Return this test run's folder, shared by its workers."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return Path(tempfile.gettempdir()) / f"tasuki-test-{run}"


def run_owner() -> int:
    """Return the process whose end ends the test run."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def server() -> Server:
    """Return the run's server, starting it the first time it is asked for."""
    home = Home(run_folder())
    home.make()
    folder = home.postgres
    ready = folder.with_suffix(".ready")
    with (home.path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            command = [sys.executable, "-m", "tests.keeper", str(folder), str(run_owner()), str(home.path)]
            _keepers.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))
            deadline = time.monotonic() + 120
            while not ready.exists():
                assert time.monotonic() < deadline, "the test database did not start"
                time.sleep(0.02)
    port, password = ready.read_text().split()
    return Server(int(port), password, 0, started_here=False)


def point_django_at(urls: Databases, *, as_owner: bool) -> None:
    """Send both aliases to these URLs."""
    chosen = {
        "default": connection_settings(urls.owner if as_owner else urls.runtime, pool=False),
        "index": connection_settings(urls.index_owner if as_owner else urls.index, schema=INDEX_SCHEMA, pool=False),
    }
    for alias, settings in chosen.items():
        connections[alias].close()
        connections[alias].settings_dict.update(settings)


def worker_databases(use: str = "") -> Databases:
    """Return a database for this worker, copied from the migrated template.

    :param use: what for, where a worker needs more than one.
    """
    running = server()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "single") + use
    home = run_folder()
    with (home / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = home / "template.json"
        if not kept.exists():
            urls = create_databases(running, TEMPLATE, NodeKind.TOWN)
            point_django_at(urls, as_owner=True)
            for alias in ("default", "index"):
                call_command("migrate", database=alias, verbosity=0, interactive=False)
                connections[alias].close()
            append_only = append_only_tables(NodeKind.TOWN)
            grant_runtime(urls.owner, urls.runtime, "public", append_only)
            grant_runtime(urls.index_owner, urls.index, INDEX_SCHEMA, append_only)
            kept.write_text(urls.model_dump_json())
        urls = Databases.model_validate_json(kept.read_text())
    name = f"test_{worker}"
    copy_database(TEMPLATE.replace("-", "_"), name)
    return Databases(**{role: url.rsplit("/", 1)[0] + f"/{name}" for role, url in urls.model_dump().items()})


def copy_database(template: str, name: str) -> None:
    """Make a database anew as a copy of another, to which nobody may be connected."""
    with (run_folder() / "template.lock").open("w") as lock, psycopg.connect(server().url(), autocommit=True) as admin:
        fcntl.flock(lock, fcntl.LOCK_EX)
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER test_template_owner')
