"""What the import commands do once they are a town."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from tasuki.cli.output import staff_by
from tasuki.jobs.imports import uploads
from tasuki.runtime import now
from tasuki.screening import mapping_queries
from tasuki.screening.choosing import mapping_for
from tasuki.screening.facility_files import HEADER, FileProblem, read_facility_file
from tasuki.screening.import_types import NameTaken, SenderKind, SenderMapping
from tasuki.screening.mapping import ImportMapping, load_mapping
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import FileToImport, commit_import, preview_import
from tasuki.screening.operations.mappings import add_sender, save_mapping
from tasuki.screening.reading import Member, UnreadableSource, is_archive, unpack
from tasuki.screening.types import AlreadyImported, Batch, FacilityRow, ImportProblem, Origin, UnreadableFile


def import_files(files: Sequence[Path], mapping_place: Path, *, preview_only: bool) -> dict[str, Any]:
    """Import files of one sender; return how many rows were imported, rejected and warned about, and the seconds."""
    started = time.perf_counter()
    mappings = [(mapping, mapping) for _, mapping in _mappings(mapping_place)]
    totals: Counter[str] = Counter(imported=0, rejected=0, warned=0, files=0, already_imported=0, unreadable=0)
    by = staff_by("import")
    for member in _members(files, totals):
        # None fits: the preview by the first one then says why.
        mapping = mapping_for(member.path, mappings) or mappings[0][0]
        file = FileToImport(member.path, member.name, mapping, origin=Origin.COMMAND)
        outcome = preview_import(file=file, by=by, at=now())
        totals["files"] += 1
        match outcome:
            case AlreadyImported():
                totals["already_imported"] += 1
            case UnreadableFile(problems):
                _say_unreadable(member.name, problems, totals)
            case Batch():
                totals.update(rejected=outcome.bad_rows, warned=outcome.warned_rows)
                if not preview_only:
                    committed = commit_import(batch_id=outcome.batch_id, by=by, at=now(), accepts_warnings=True)
                    totals["imported"] += committed.stored_rows if isinstance(committed, Batch) else 0
    return dict(totals) | {"seconds": round(time.perf_counter() - started, 2)}


def _members(files: Sequence[Path], totals: Counter[str]) -> Iterator[Member]:
    """Give every file, those in archives unpacked while they are looked at."""
    for file in files:
        if not is_archive(file):
            yield Member(file, file.name)
            continue
        uploads().mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="unpacked-", dir=uploads()) as place:
            try:
                unpacked = unpack(file, Path(place))
            except UnreadableSource as unreadable:
                _say_unreadable(file.name, [unreadable.problem], totals)
                continue
            yield from unpacked


def _say_unreadable(name: str, problems: Sequence[ImportProblem], totals: Counter[str]) -> None:
    totals["unreadable"] += 1
    for problem in problems:
        typer.echo(f"{name}: {problem.message_ja} / {problem.message_en}", err=True)


def import_mappings(place: Path, sender_name: str, kind: SenderKind) -> dict[str, Any]:
    """Take mapping files in for a sender, who is entered where there is none of that name; return the versions."""
    by = staff_by("import-mappings")
    found = mapping_queries.sender_named(sender_name)
    sender = found or add_sender(name=sender_name, kind=kind, by=by, at=now())
    if isinstance(sender, NameTaken):
        raise typer.Exit(1)
    known = {one.name: one.mapping_id for one in mapping_queries.mappings(sender.sender_id, retired=True)}
    versions: dict[str, Any] = {}
    for file, mapping in _mappings(place):
        saved = save_mapping(
            sender_id=sender.sender_id,
            mapping_id=known.get(mapping.name),
            text=mapping.text,
            reason=file.name,
            by=by,
            at=now(),
        )
        if isinstance(saved, SenderMapping):
            versions[saved.name] = saved.version
    return versions


def _mappings(place: Path) -> list[tuple[Path, ImportMapping]]:
    files = sorted(place.glob("*.toml")) if place.is_dir() else [place]
    if not files:
        typer.echo(f"{place}: 対応表(TOML)がありません / no mapping file", err=True)
        raise typer.Exit(2)
    return [(file, load_mapping(file)) for file in files]


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
