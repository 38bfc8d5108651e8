"""The databases of the demonstration's nodes, made and migrated once in a test run and copied for each set of nodes."""

import datetime as dt
import fcntl
import subprocess

from tasuki.demo.deployment import make_demo
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.migrate import migrate_node
from tasuki.nodes.paths import Home
from tasuki.nodes.types import NodeKind
from tests.database import run_folder, server
from tests.keeper import KEPT_NODES, THROWN_AWAY

#: The only town whose own systems tests of the relay ever start.
TOWN = "town-a"


def copy_databases(home: Home) -> None:
    """Put a stopped PostgreSQL with migrated databases where the nodes of a folder look for theirs."""
    # Whoever keeps the test database deletes what is kept here too, at the end of the run.
    server()
    kept = Home(run_folder() / KEPT_NODES)
    with (run_folder() / "nodes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (kept.path / "whole").exists():
            _make(kept)
            (kept.path / "whole").touch()
    home.postgres.mkdir(mode=0o700, parents=True)
    subprocess.run(["cp", "-a", f"{kept.postgres}/.", str(home.postgres)], check=True)
    # Copies that start at once must not all try the port their model had.
    (home.postgres / "port").unlink(missing_ok=True)


def _make(kept: Home) -> None:
    kept.make()
    cluster = Cluster(kept.postgres, THROWN_AWAY)
    running = cluster.start()
    try:
        for node in make_demo(kept, running, dt.datetime.now(dt.UTC), any_ports=True):
            if node.kind != NodeKind.TOWN or node.name == TOWN:
                migrate_node(node, append_only_of(node))
    finally:
        cluster.stop()
