"""Commands about wrong links: inspecting all of them, and what came of one person's records."""

import datetime as dt
from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, progress_bar, show

app = typer.Typer()
PROBLEMS, AWAY = 1, 3


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


@app.command()
def impact(
    node: NodeName,
    since: Annotated[dt.datetime, typer.Option(formats=["%Y-%m-%d"], help="The first day to look into.")],
    as_json: AsJson = False,
) -> None:
    """List every exchange, look and letter about a person since a day; recorded.

    The person's 統合宛名番号 is read from standard input, so that it stands in no history of commands. Status 1: nobody
    has it. Status 3: the gateway could not be had, and the list is the town's own records alone.
    """
    become(node)
    from tasuki.cli.inspecting_work import draw
    from tasuki.persons.queries.people import NoSuchPerson

    try:
        values = draw(typer.get_text_stream("stdin").readline().strip(), since.date())
    except NoSuchPerson as error:
        typer.echo("その統合宛名番号の人はいません / nobody has that number", err=True)
        raise typer.Exit(PROBLEMS) from error
    show(values, as_json)
    if values["exchanges"] is None:
        raise typer.Exit(AWAY)
