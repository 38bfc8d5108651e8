"""What `tasuki bench faults` does: a scratch demonstration, faults under load, a table and a file."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from tasuki.demo.generator import TownSize
from tasuki.demo.running import Running
from tasuki.faults.disturbing import FAULTS, Fault
from tasuki.faults.ground import ASKING, INQUIRER, Ground, with_wire
from tasuki.faults.rounds import Outcome, run_faults
from tasuki.nodes.embedded_postgres import Cluster
from tasuki.nodes.paths import Home

#: What is counted, by the head of its column.
_COLUMNS = {
    "照会 / asked": "asked",
    "見た回答 / seen": "seen",
    "失敗 / failed calls": "broken_calls",
    "記録なし / unrecorded": "seen_but_unrecorded",
    "二重 / twice": "recorded_twice",
    "半端 / half-done": "half_done",
}
#: Holds the demonstration's small towns, their logs, and a load of minutes.
DISK_MEGABYTES = 1_500


def measure(chosen: Sequence[Fault], keep: Path | None) -> dict[str, Any]:
    """Tell the demonstration in a folder of its own, let the faults strike, and return what came of each."""
    from tasuki.demo.show import Figures, show_demo

    outcomes: list[Outcome] = []

    with _scratch_home() as (home, disk):
        faults = [fault for fault in chosen if disk is not None or not fault.needs_disk]

        def strike(running: Running, _figures: Figures) -> None:
            ground = Ground(home, running.nodes, running.supervisor, running.cluster, _people(running), disk=disk)
            with contextlib.ExitStack() as stack:
                if any(fault.needs_wire for fault in faults):
                    with_wire(ground)
                    if ground.wire is not None:
                        stack.callback(ground.wire.close)
                outcomes.extend(run_faults(ground, faults, home.path / "after", _say))

        show_demo(home, TownSize.SMALL, then=strike)
    done = {outcome.fault for outcome in outcomes}
    values = {
        "held": all(outcome.held for outcome in outcomes),
        "not_tried": [fault.name for fault in chosen if fault.name not in done],
        "outcomes": [outcome.as_json() for outcome in outcomes],
    }
    if keep is not None:
        keep.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return values


def known(names: Sequence[str]) -> list[Fault]:
    """Return the faults of these names, or all.

    :raises typer.Exit: with status 2, after naming the faults there are.
    """
    if set(names) - {fault.name for fault in FAULTS}:
        typer.echo("--only: " + ", ".join(fault.name for fault in FAULTS), err=True)
        raise typer.Exit(2)
    return [fault for fault in FAULTS if not names or fault.name in names]


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _people(running: Running) -> list[str]:
    """Return whom the demonstration's town has asked about and got an answer."""
    import psycopg

    with psycopg.connect(running.nodes[INQUIRER].databases.owner) as connection:
        found = connection.execute(
            "SELECT DISTINCT unified_person_number FROM gateway_inquiry WHERE institution = %s AND state = 'received'"
            " ORDER BY 1",
            [running.nodes[ASKING].own_town().institution],
        ).fetchall()
    return [person for (person,) in found]


@contextlib.contextmanager
def _scratch_home() -> Iterator[tuple[Home, Path | None]]:
    """Give a data folder whose PostgreSQL lies on a small file system of its own, where one may be mounted."""
    home = Home(Path(tempfile.mkdtemp(prefix="tasuki-faults-")))
    home.make()
    os.environ["TASUKI_ANY_PORTS"] = "1"
    disk = home.postgres
    mounted = _mount(disk)
    try:
        yield home, disk if mounted else None
    finally:
        Cluster(home.postgres).stop()
        if mounted:
            subprocess.run(["umount", str(disk)], check=True)  # noqa: S603, S607 — our own folder
        shutil.rmtree(disk, ignore_errors=True)
        shutil.rmtree(home.path)


def _mount(folder: Path) -> bool:
    """Mount a file system in memory, if this machine lets us."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=0700", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 — our own arguments
    except FileNotFoundError:
        return False
    return done.returncode == 0


def print_table(values: dict[str, Any]) -> None:
    """Print what came of each fault."""
    table = Table(title="tasuki bench faults", title_justify="left")
    for column in ("障害 / fault", *_COLUMNS, "復帰 / again", ""):
        table.add_column(column, justify="left" if column.startswith("障害") else "right")
    for one in values["outcomes"]:
        counts = [f"{one[name]:,}" for name in _COLUMNS.values()]
        again = f"{one['works_again_after']} s"
        table.add_row(f"{one['ja']}\n{one['en']}", *counts, again, "○" if one["held"] else "×")
    Console(width=140).print(table)
    for name in values["not_tried"]:
        typer.echo(f"{name}: 試していません。小さなファイルシステムを作れません / nothing could be mounted")
