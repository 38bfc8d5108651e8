"""The `tasuki` command."""

from typing import Annotated

import typer

from tasuki.cli.node import become

app = typer.Typer(
    name="tasuki",
    help="Tasuki (襷): screening results that follow residents when they move.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
NodeName = Annotated[str, typer.Option("--node", help="Which node of this data folder, such as town-a.")]


@app.command()
def worker(node: NodeName) -> None:
    """Run a node's background work (the supervisor starts this)."""
    become(node)
    from tasuki.jobs.worker import run_worker

    run_worker()
