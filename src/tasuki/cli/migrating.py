"""The command of the change over from a predecessor's system."""

from pathlib import Path
from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName

app = typer.Typer()
USAGE = 2
Export = Annotated[
    Path | None, typer.Argument(exists=True, readable=True, help="The export: a folder or a ZIP with migration.toml.")
]


@app.command("migrate-from")
def migrate_from(
    node: NodeName,
    export: Export = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Load it into a sealed copy, compare, take it back, drop the copy.")
    ] = False,
    plan: Annotated[int, typer.Option(help="Load it by this approved plan, within its window.")] = 0,
    roll_back: Annotated[int, typer.Option(help="Take back what was loaded by this plan.")] = 0,
    reason: Annotated[str, typer.Option(help="Why it is taken back; kept with the record.")] = "",
    as_json: AsJson = False,
) -> None:
    """Change over from a predecessor's system: rehearse an export, load it by a plan, or take it back.

    Ends with status 1 when something differs or stands in the way, 2 when the export cannot be used.
    """
    if sum((rehearse, plan > 0, roll_back > 0)) != 1:
        _stop("--rehearse, --plan N, --roll-back N: どれか一つを選んでください / choose one of them")
    if (export is None) is not (roll_back > 0):
        _stop("書き出しのフォルダかZIPは、--rehearse と --plan にだけ付けます / name the export with these two only")
    if roll_back and not reason.strip():
        _stop("--reason: 取り消す理由を書いてください / say why it is taken back")
    become(node)
    from tasuki.cli import migrating_work as work

    if export is None:
        raise typer.Exit(work.take_back_plan(roll_back, reason.strip(), as_json=as_json))
    if plan:
        raise typer.Exit(work.load_by_plan(export, plan, as_json=as_json))
    raise typer.Exit(work.rehearse_export(export, as_json=as_json))


def _stop(said: str) -> None:
    typer.echo(said, err=True)
    raise typer.Exit(USAGE)
