"""Commands about exchange records (情報提供等の記録)."""

import datetime as dt
from typing import Annotated

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, show, staff_by

app = typer.Typer()


@app.command("purge-records")
def purge_records(
    node: NodeName,
    before: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Purge only what is older than this day (Japan time)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Delete exchange records whose retention of seven years is over; the evidence log still verifies afterwards."""
    become(node)
    from tasuki.jobs.retention import purge_before
    from tasuki.nodes.types import NodeKind
    from tasuki.protocol.records import TooEarlyError
    from tasuki.runtime import node as own
    from tasuki.shared.dates import JST

    if own().kind == NodeKind.JLIS:
        typer.echo(f"{node}: 情報提供等の記録を持たないノードです / keeps no exchange records", err=True)
        raise typer.Exit(2)
    limit = None if before is None else before.replace(tzinfo=JST)
    try:
        purged = purge_before(limit, by=staff_by("purge-records"))
    except TooEarlyError as error:
        typer.echo(
            f"--before: 保存期間の過ぎていない記録が含まれるため、何も消していません / {error}; nothing was deleted",
            err=True,
        )
        raise typer.Exit(2) from error
    show(purged._asdict(), as_json)
