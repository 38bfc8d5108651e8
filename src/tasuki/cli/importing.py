"""What the import commands do once they are a town."""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from tasuki.cli.output import staff_by
from tasuki.runtime import now
from tasuki.screening.facility_files import HEADER, FileProblem, read_facility_file
from tasuki.screening.mapping import ImportMapping, load_mapping
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import commit_import, preview_import
from tasuki.screening.types import AlreadyImported, Batch, FacilityRow, UnreadableFile

#: A header line is never longer; the import itself refuses longer lines.
HEADER_BYTES = 64 * 1024


def import_files(files: Sequence[Path], mapping_place: Path, *, preview_only: bool) -> dict[str, Any]:
    """Import files of one sender; return how many rows were imported, rejected and warned about, and the seconds."""
    started = time.perf_counter()
    mappings = _mappings(mapping_place)
    totals: Counter[str] = Counter(imported=0, rejected=0, warned=0, files=0, already_imported=0, unreadable=0)
    by = staff_by("import")
    for file in files:
        mapping = _mapping_for(file, mappings)
        outcome = preview_import(file=file, file_name=file.name, mapping=mapping, fiscal_year=None, by=by, at=now())
        totals["files"] += 1
        match outcome:
            case AlreadyImported():
                totals["already_imported"] += 1
            case UnreadableFile(problems):
                totals["unreadable"] += 1
                for problem in problems:
                    typer.echo(f"{file.name}: {problem.message_ja} / {problem.message_en}", err=True)
            case Batch():
                totals.update(rejected=outcome.bad_rows, warned=outcome.warned_rows)
                if not preview_only:
                    committed = commit_import(batch_id=outcome.batch_id, by=by, at=now())
                    totals["imported"] += committed.good_rows if isinstance(committed, Batch) else 0
    return dict(totals) | {"seconds": round(time.perf_counter() - started, 2)}


def _mappings(place: Path) -> list[ImportMapping]:
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    if not files:
        typer.echo(f"{place}: 対応表(TOML)がありません / no mapping file", err=True)
        raise typer.Exit(2)
    return [load_mapping(file) for file in files]


def _mapping_for(file: Path, mappings: Sequence[ImportMapping]) -> ImportMapping:
    """Return the mapping with the file's own header; the first one when none has it, whose preview then says why."""
    with file.open("rb") as opened:
        first = opened.readline(HEADER_BYTES)
    for mapping in mappings:
        header = first.decode(mapping.encoding, errors="replace").lstrip("\ufeff").strip().split(",")
        if set(header) == {column.header for column in mapping.columns}:
            return mapping
    return mappings[0]


def import_facility_file(file: Path) -> int:
    """Import the register of medical institutions.

    Ends the command with status 2 when the file is of another form, naming every line that is wrong.
    """
    with file.open(encoding="utf-8-sig", newline="") as opened:
        read = read_facility_file(opened)
    wrong = [one for one in read if isinstance(one, FileProblem)]
    for one in wrong:
        reason = ",".join(HEADER) if one.line == 1 else one.problem.value if one.problem is not None else "UNREADABLE"
        typer.echo(f"{file.name} {one.line}行目 / line {one.line}: {reason}", err=True)
    if wrong:
        raise typer.Exit(2)
    rows = [one for one in read if isinstance(one, FacilityRow)]
    return register_facilities(rows=rows, by=staff_by("import"), at=now())
