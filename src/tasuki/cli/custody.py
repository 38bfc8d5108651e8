"""Commands of whoever looks after the person index: keys of individual numbers, protected persons, missing codes."""

import datetime as dt
from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, ExistingFile, NodeName, progress_bar, show

app = typer.Typer()
PROBLEMS = 1


@app.command("rotate-number-key")
def rotate_number_key(node: NodeName, as_json: AsJson = False) -> None:
    """Exchange the key of individual numbers (個人番号の鍵) while everything goes on; resumes where it was cut short.

    Status 1: some numbers could not be brought under the new key, or another process is at it.
    """
    become(node)
    from tasuki.cli.custody_work import rotate
    from tasuki.persons.errors import RotationUnderWay

    try:
        with progress_bar("個人番号の鍵 / number key", not as_json) as progress:
            values = rotate(progress)
    except RotationUnderWay as refused:
        typer.echo(f"{refused.user_message} / {refused}", err=True)
        raise typer.Exit(PROBLEMS) from refused
    show(values, as_json)
    if values["damaged"] or values["twice"]:
        typer.echo(
            "確かめられない個人番号があります。前の鍵は残しました / some numbers need to be looked at; the former key"
            " stays",
            err=True,
        )
        raise typer.Exit(PROBLEMS)


@app.command("delete-numbers")
def delete_numbers(
    node: NodeName,
    run: Annotated[bool, typer.Option("--run", help="Delete them; without it they are only counted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete individual numbers whose purpose ended (番号法20条): count them first, then `--run`."""
    become(node)
    from tasuki.cli.custody_work import delete

    show(delete(run=run), as_json)


@app.command("import-protected")
def import_protected(
    file: ExistingFile,
    node: NodeName,
    listed_on: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day the list is of; today unless said.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take in the whole list of protected persons (支援措置名簿), as every day.

    Status 1: a line cannot be relied upon, so the list makes nothing fresh; 2: nothing was taken in.
    """
    become(node)
    from tasuki.cli.custody_work import ListNotTaken, take_in_protected

    try:
        values = take_in_protected(file, None if listed_on is None else listed_on.date())
    except ListNotTaken as refused:
        for line in refused.lines:
            typer.echo(line, err=True)
        raise typer.Exit(2) from refused
    show(values, as_json)
    if not values["complete"]:
        raise typer.Exit(PROBLEMS)
