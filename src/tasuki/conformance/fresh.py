"""A gateway, the network and the J-LIS stand-in, started for a run of the scenarios and gone afterwards."""

import contextlib
import datetime as dt
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from tasuki.conformance.people import register
from tasuki.conformance.planted import FAULT, SETTINGS
from tasuki.demo.deployment import GATEWAYS, JLIS, NETWORK, make_demo, seat_specs
from tasuki.demo.steps import Commands
from tasuki.jobs.tables import append_only_of
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.errors import DeploymentError
from tasuki.nodes.migrate import migrate_node
from tasuki.nodes.paths import Home
from tasuki.nodes.supervisor import Supervisor

UNDER_TEST = GATEWAYS[0]
RESTART_SECONDS = 40.0
#: With what a gateway runs that has no fault.
OWN_SETTINGS = "tasuki.config.settings.gateway"


@dataclass(frozen=True)
class Network:
    """A running network with the seats of the party from outside in `home.seats`."""

    home: Home
    supervisor: Supervisor

    def plant(self, fault: str | None) -> None:
        """Start the gateway under test again with a planted fault, or without any.

        :raises DeploymentError: when it does not start.
        """
        program = self.supervisor.program(f"{UNDER_TEST} web")
        own = {name: value for name, value in program.environment.items() if name != FAULT}
        planted = {FAULT: fault} if fault else {}
        program.environment = own | planted | {"DJANGO_SETTINGS_MODULE": SETTINGS if fault else OWN_SETTINGS}
        starts = program.starts
        program.stop(signal.SIGKILL)
        deadline = time.monotonic() + RESTART_SECONDS
        while program.starts == starts:
            if time.monotonic() > deadline:
                raise DeploymentError(f"{UNDER_TEST} was not started again")
            time.sleep(0.05)
        self.supervisor.wait_until_ready()


def prepare(home: Home) -> None:
    """Make the scenarios' institutions and people known to the running nodes of a data folder; safe to repeat."""
    commands = Commands(home)
    with as_file(files("tasuki.conformance").joinpath("members.toml")) as members:
        commands.run_all([("members", str(members), "--node", node) for node in (NETWORK, UNDER_TEST)])
    people = home.seats / "register.csv"
    people.write_text(register(), encoding="utf-8")
    commands.run("import-jlis", str(people), "--node", JLIS)


@contextlib.contextmanager
def fresh_network() -> Iterator[Network]:
    """Start the nodes the scenarios need in a folder of their own, and delete it at the end of the block."""
    home = Home(Path(tempfile.mkdtemp(prefix="tasuki-conformance-")))
    home.make()
    # What happens here is thrown away, so PostgreSQL need not wait for the disk.
    cluster = Cluster(home.postgres, {"fsync": "off"})
    server = cluster.start()
    try:
        made = make_demo(home, server, dt.datetime.now(dt.UTC), any_ports=True, outside=seat_specs())
        nodes = [node for node in made if node.name in (UNDER_TEST, NETWORK, JLIS)]
        for node in nodes:
            migrate_node(node, append_only_of(node))
        supervisor = Supervisor(home, nodes, cluster)
        try:
            supervisor.start()
            prepare(home)
            yield Network(home, supervisor)
        finally:
            supervisor.stop()
    finally:
        cluster.destroy()
        shutil.rmtree(home.path)


def data_folder_seats(home: Home) -> Path | None:
    """Return the folder of the seats that `tasuki serve --seats` made, if it did."""
    return home.seats if home.seats.is_dir() and os.listdir(home.seats) else None
