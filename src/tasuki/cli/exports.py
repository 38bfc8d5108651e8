"""Commands that take many results out (持出し): asked for by one, approved by another on the screens, made once."""

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, show

app = typer.Typer()
exports = typer.Typer(cls=CommandGroup, help="Taking many results out: asked here, approved on the screens, made here.")
app.add_typer(exports, name="exports")


@exports.command()
def ask(
    node: NodeName,
    fiscal_year: Annotated[int, typer.Option(min=1990, max=2100, help="All own results of a fiscal year.")],
    about: Annotated[str, typer.Option(help="What list, of how many. Name no resident.")],
    purpose: Annotated[str, typer.Option(help="What for. Name no resident.")],
    recipient: Annotated[str, typer.Option(help="Who is given it: an organisation or department.")],
    medium: Annotated[str, typer.Option(help="NONE, USB, DISC or PAPER.")],
    return_by: Annotated[str, typer.Option(help="When copies are back or destroyed: 2026-12-31.")],
    serial: Annotated[str, typer.Option(help="The medium's number in the register of media.")] = "",
    days: Annotated[int, typer.Option(help="For how many days it may be taken.")] = 3,
    programme: Annotated[str, typer.Option(help="51 to 58; all of them unless said.")] = "",
    include_protected: Annotated[
        bool, typer.Option("--include-protected", help="Also those under 支援措置, otherwise left out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask to take the town's own results of a year out as FHIR documents; somebody else decides on the screens."""
    become(node)
    from tasuki.cli.exporting import Chosen, request_documents

    typed = {
        "about": about,
        "purpose": purpose,
        "recipient": recipient,
        "medium": medium,
        "serial": serial,
        "days": str(days),
        "return_by": return_by,
    }
    chosen = Chosen(fiscal_year=fiscal_year, programme=programme, includes_protected=include_protected)
    show({"request": str(request_documents(chosen, typed))}, as_json)


@exports.command()
def make(
    request: Annotated[UUID, typer.Argument(help="The number that `exports ask` printed.")],
    node: NodeName,
    to: Annotated[Path, typer.Option("--to", dir_okay=False, help="A new file: the encrypted archive (ZIP).")],
    as_json: AsJson = False,
) -> None:
    """Make the archive of one's own approved export and take it; its password is printed this once."""
    become(node)
    from tasuki.cli.exporting import give_documents

    values: dict[str, Any] = give_documents(request, to)
    show(values, as_json)
