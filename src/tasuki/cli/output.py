"""How commands print, and what they share."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from tasuki.cli.operator import operator
from tasuki.shared.actor import Actor, system_actor

NodeName = Annotated[str, typer.Option("--node", help="Which node of this data folder, such as town-a.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]
ExistingFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


class EvidencePart(StrEnum):
    """What of a node's evidence is exported."""

    OWN = "own"
    WITNESSED = "witnessed"
    BOTH = "both"


def show(values: dict[str, Any], as_json: bool) -> None:
    """Print a result: JSON, or one line for each value."""
    if as_json:
        typer.echo(json.dumps(values, ensure_ascii=False, default=str))
        return
    width = max((len(key) for key in values), default=0)
    for key, value in values.items():
        typer.echo(f"{key:<{width}}  {value}")


def staff_by(command: str) -> Actor:
    """Return who acts when a command is run: whoever signed in at this terminal, else the machine itself."""
    return operator() or system_actor(f"command-{command}")


@contextlib.contextmanager
def progress_bar(title: str, shown: bool) -> Iterator[Callable[[str, int], None] | None]:
    """Give a callback of step and count that shows progress on standard error; none when nobody looks."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(title, total=None)
        yield lambda step, count: progress.update(task, completed=count, description=f"{title}: {step} {count:,}")
