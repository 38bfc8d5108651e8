"""What the command that writes results as FHIR documents does once it is a town."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import typer

from tasuki.cli.output import staff_by
from tasuki.layouts.fhir import Writer
from tasuki.layouts.types import Programme
from tasuki.runtime import node, now
from tasuki.screening import attachment_queries
from tasuki.screening.operations.exports import export_documents
from tasuki.shared.dates import civil_date

_AT_ONCE: Final = 500
_BY_LINE: Final = "documents.ndjson"


def export_fhir(
    folder: Path,
    *,
    person: str | None,
    fiscal_year: int | None,
    programme: str | None,
    by_line: bool,
    includes_protected: bool,
) -> dict[str, Any]:
    """Write the town's own results into an empty folder that only this account may read, and say how many.

    Ends the command with status 2 where the folder holds anything, or nothing says whose results are meant.
    """
    town = node().town
    if town is None or (person is None and fiscal_year is None):
        typer.echo("--person か --fiscal-year を指定してください / say whose results, or of which year", err=True)
        raise typer.Exit(2)
    if programme is not None and programme not in set(Programme):
        typer.echo(f"--programme: {', '.join(Programme)}", err=True)
        raise typer.Exit(2)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        typer.echo(f"{folder}: 空のフォルダーを指定してください / the folder is not empty", err=True)
        raise typer.Exit(2)
    folder.chmod(0o700)
    found = attachment_queries.own_results(
        on=civil_date(now()),
        person=person,
        fiscal_year=fiscal_year,
        programme=None if programme is None else Programme(programme),
    )
    wanted = [result_id for result_id, is_protected in found if includes_protected or not is_protected]
    for name, content in _files(wanted, Writer(town.municipality_code, town.name), by_line):
        file = folder / name
        file.touch(mode=0o600)
        with file.open("ab") as opened:
            opened.write(content)
    return {"written": len(wanted), "protected_left_out": len(found) - len(wanted)}


def _files(wanted: Sequence[UUID], writer: Writer, by_line: bool) -> Iterator[tuple[str, bytes]]:
    """Give names and contents, some hundred results at a time: each lot is recorded before any of it is written."""
    by = staff_by("export-fhir")
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for taken in export_documents(result_ids=some, writer=writer, by=by, at=now()):
            yield (_BY_LINE, taken.content + b"\n") if by_line else (f"{taken.result_id}.json", taken.content)
