"""Commands about wrong links: inspecting all of them, and what came of one person's records."""

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, progress_bar, show

app = typer.Typer()
PROBLEMS = 1


@app.command("inspect-links")
def inspect_links(node: NodeName, as_json: AsJson = False) -> None:
    """Inspect every link of the person index (総点検): what is wrong or in doubt becomes a case.

    Status 1: cases wait to be decided.
    """
    become(node)
    from tasuki.cli.inspecting_work import inspect

    with progress_bar("総点検 / inspection", not as_json) as progress:
        values = inspect(progress)
    show(values, as_json)
    if values["undecided"]:
        raise typer.Exit(PROBLEMS)
