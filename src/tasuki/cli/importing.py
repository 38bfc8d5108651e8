"""What the import commands do once they are a town."""

import csv
import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from tasuki.cli.output import staff_by
from tasuki.runtime import now
from tasuki.screening.mapping import ImportMapping, load_mapping
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import FileToImport, commit_import, preview_import
from tasuki.screening.types import AlreadyImported, Batch, FacilityRow, Origin, UnreadableFile

#: A header line is never longer; the import itself refuses longer lines.
HEADER_BYTES = 64 * 1024
FACILITY_HEADER = ["保険医療機関番号", "名称", "所在団体コード", "点数表", "有効開始日", "有効終了日"]


def import_files(files: Sequence[Path], mapping_place: Path, *, preview_only: bool) -> dict[str, Any]:
    """Import files of one sender; return how many rows were imported, rejected and warned about, and the seconds."""
    started = time.perf_counter()
    mappings = _mappings(mapping_place)
    totals: Counter[str] = Counter(imported=0, rejected=0, warned=0, files=0, already_imported=0, unreadable=0)
    by = staff_by("import")
    for file in files:
        mapping = _mapping_for(file, mappings)
        outcome = preview_import(file=FileToImport(file, file.name, mapping, origin=Origin.COMMAND), by=by, at=now())
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
                    committed = commit_import(batch_id=outcome.batch_id, by=by, at=now(), accepts_warnings=True)
                    totals["imported"] += committed.stored_rows if isinstance(committed, Batch) else 0
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

    Ends the command with status 2 when the file is of another form, naming the line.
    """
    with file.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened)
        if next(reader, None) != FACILITY_HEADER:
            typer.echo(f"{file.name} 1行目 / line 1: {','.join(FACILITY_HEADER)}", err=True)
            raise typer.Exit(2)
        return register_facilities(rows=list(_facilities(file.name, reader)), by=staff_by("import"), at=now())


def _facilities(name: str, reader: Iterator[list[str]]) -> Iterator[FacilityRow]:
    for line, row in enumerate(reader, 2):
        try:
            number, title, _, _, since, until = row
            yield FacilityRow(
                number, title, dt.date.fromisoformat(since), dt.date.fromisoformat(until) if until else None
            )
        except ValueError as error:
            typer.echo(f"{name} {line}行目 / line {line}: {type(error).__name__}", err=True)
            raise typer.Exit(2) from error
