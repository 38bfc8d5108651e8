"""Commands that take a node out of work for a while, and back."""

import datetime as dt
from typing import Annotated, Final

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, show, staff_by

app = typer.Typer()
maintenance = typer.Typer(
    cls=CommandGroup, help="Maintenance of a node: begin, end, show. Peers wait meanwhile; nothing is lost."
)
app.add_typer(maintenance, name="maintenance")
_LONGEST_REASON: Final = 200


@maintenance.command("begin")
def begin(
    node: NodeName,
    reason: Annotated[str, typer.Option(help="Why; peers and staff see it. Name no resident.")],
    minutes: Annotated[int, typer.Option(min=1, max=7 * 24 * 60, help="When it is planned to end.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Let a node answer nothing, and its worker pause, until `maintenance end`. Again: another end or reason."""
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        typer.echo(f"--reason: 1〜{_LONGEST_REASON}文字で書いてください / 1 to {_LONGEST_REASON} characters", err=True)
        raise typer.Exit(2)
    become(node)
    from tasuki.operating.operations import begin_maintenance
    from tasuki.runtime import now

    at = now()
    until = at + dt.timedelta(minutes=minutes)
    begun = begin_maintenance(until=until, reason=reason.strip(), by=staff_by("maintenance"), at=at)
    show({"node": node, "begun_at": begun.begun_at, "until": begun.until, "reason": begun.reason}, as_json)


@maintenance.command("end")
def end(node: NodeName, as_json: AsJson = False) -> None:
    """Let a node work again."""
    become(node)
    from tasuki.operating.operations import end_maintenance
    from tasuki.runtime import now

    ended = end_maintenance(by=staff_by("maintenance"), at=now())
    if not ended:
        typer.echo(f"{node}: 保守中ではありません / not in maintenance", err=True)
    show({"node": node, "ended": ended}, as_json)


@maintenance.command("show")
def show_maintenance(node: NodeName, as_json: AsJson = False) -> None:
    """Say whether a node is in maintenance. Status 1 while it is."""
    become(node)
    from tasuki.operating.queries import maintenance as current

    found = current()
    until, reason = (found.until, found.reason) if found else (None, None)
    show({"node": node, "in_maintenance": found is not None, "until": until, "reason": reason}, as_json)
    if found is not None:
        raise typer.Exit(1)
