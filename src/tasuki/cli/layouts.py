"""The command that compares editions of the national layouts. It needs no node."""

from pathlib import Path
from typing import Annotated, Any

import typer

from tasuki.cli.output import AsJson, show
from tasuki.layouts.catalogue import Catalogue, catalogue, load_catalogue
from tasuki.layouts.differing import Difference, Kind, differences
from tasuki.layouts.errors import LayoutDataError
from tasuki.layouts.usages import usages

app = typer.Typer()
Edition = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="A folder `layouts/data`, as another release ships it.")
]
Former = Annotated[
    Path | None, typer.Option("--from", exists=True, file_okay=False, help="The folder before; else this release's.")
]
_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}


@app.command("layout-diff")
def layout_diff(later: Edition, former: Former = None, as_json: AsJson = False) -> None:
    """Print what an edition of the layouts changes, and every place of the software that names a changed item."""
    before, after = catalogue() if former is None else _read(former), _read(later)
    found = differences(before, after)
    known = [before.items[code] for code in {code for one in found for code in one.items} if code in before.items]
    places = {code: [f"{use.place}:{use.line}" for use in uses] for code, uses in usages(known).items()}
    if as_json:
        show({"differences": [_plain(one, places) for one in found]}, as_json)
        return
    if not found:
        typer.echo("違いはありません / no difference")
    for one in found:
        said = f": {one.what} {one.before or '–'} → {one.after or '–'}" if one.before or one.after else ""
        typer.echo(f"{_SIGNS[one.kind]} {one.subject} {one.key} {one.name_ja} / {one.name_en}{said}")
        for place in _places_of(one, places):
            typer.echo(f"    {place}")


def _places_of(one: Difference, places: dict[str, list[str]]) -> list[str]:
    return sorted({place for code in one.items for place in places.get(code, ())})


def _read(folder: Path) -> Catalogue:
    try:
        return load_catalogue(folder)
    except (LayoutDataError, FileNotFoundError) as error:
        typer.echo(f"{folder}: 様式として読めません / cannot be read as layouts: {error}", err=True)
        raise typer.Exit(2) from error


def _plain(one: Difference, places: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "subject": one.subject,
        "key": one.key,
        "name_ja": one.name_ja,
        "name_en": one.name_en,
        "what": one.what,
        "before": one.before,
        "after": one.after,
        "places": _places_of(one, places),
    }
