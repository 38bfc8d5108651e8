"""Commands of whoever looks after the person index: keys of individual numbers, numbers that are no longer needed."""

from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, progress_bar, show

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
