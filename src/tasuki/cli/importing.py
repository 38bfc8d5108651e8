"""What the import commands do once they are a town."""

import contextlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextvars import ContextVar
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import typer
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from tasuki.cli.output import staff_by
from tasuki.jobs.imports import rules_of_today, uploads
from tasuki.runtime import new_id, now
from tasuki.screening import mapping_queries
from tasuki.screening.choosing import mapping_for
from tasuki.screening.district_files import HEADER as DISTRICT_HEADER
from tasuki.screening.district_files import read_district_file
from tasuki.screening.facility_files import HEADER, FileProblem, read_facility_file
from tasuki.screening.import_types import NameTaken, SenderKind, SenderMapping
from tasuki.screening.lookups import PeopleMet
from tasuki.screening.mapping import ImportMapping, load_mapping, read_mapping
from tasuki.screening.operations.districts import import_districts
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import FileToImport, import_at_once, preview_import
from tasuki.screening.operations.mappings import add_sender, save_mapping
from tasuki.screening.queries import districts as district_queries
from tasuki.screening.reading import Member, UnreadableSource, is_archive, unpack
from tasuki.screening.types import (
    AlreadyImported,
    Batch,
    FacilityRow,
    ImportProblem,
    Origin,
    OutOfDate,
    PreviewOutcome,
    UnreadableFile,
)
from tasuki.shared.garbage import collection_paused

#: Counts, and lines to be said.
Done = tuple[Counter[str], list[str]]
#: The residents the running import has met, whatever the layout; each process it forks goes on with its own.
_MET: ContextVar[PeopleMet] = ContextVar("residents met by the running import")


def import_files(files: Sequence[Path], mapping_place: Path, *, preview_only: bool) -> dict[str, Any]:
    """Import files of one sender; return how many rows were imported, rejected and warned about, and the seconds.

    Files of one layout are imported one after the other, because a later one may correct an earlier one; different
    layouts side by side, one process for each core.
    """
    started = time.perf_counter()
    mappings = [(mapping, mapping) for _, mapping in _mappings(mapping_place)]
    totals: Counter[str] = Counter(imported=0, rejected=0, warned=0, files=0, already_imported=0, unreadable=0)
    _MET.set(PeopleMet())
    with _members(files, totals) as members:
        by_layout: dict[str, tuple[str, list[Member]]] = {}
        for member in members:
            # None fits: the preview by the first one then says why.
            mapping = mapping_for(member.path, mappings) or mappings[0][0]
            by_layout.setdefault(mapping.name, (mapping.text, []))[1].append(member)
        work = [
            partial(_import_layout, members, text, preview_only=preview_only)
            for text, members in sorted(by_layout.values(), key=lambda one: _bytes(one[1]), reverse=True)
        ]
        for counted, said in _side_by_side(work):
            totals.update(counted)
            for line in said:
                typer.echo(line, err=True)
    return dict(totals) | {"seconds": round(time.perf_counter() - started, 2)}


def _bytes(members: Sequence[Member]) -> int:
    return sum(member.path.stat().st_size for member in members)


def _side_by_side(work: Sequence[Callable[[], Done]]) -> Iterator[Done]:
    """Do pieces of work in as many processes as there are cores, the largest first; a single piece in this one."""
    if len(work) < 2:
        yield from (one() for one in work)
        return
    # A child must not inherit a connection: two would talk over it at once, and wait for each other's answers for ever.
    # Closing alone gives it back to the pool, which a child inherits as well.
    for connection in connections.all(initialized_only=True):
        connection.close()
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("fork")) as pool:
        yield from [one.result() for one in [pool.submit(one) for one in work]]


@collection_paused()
def _import_layout(members: Sequence[Member], text: str, *, preview_only: bool) -> Done:
    """Import the files of one layout in their order; return counts, and what is to be said of unreadable ones.

    :param text: the mapping as it is stored, which another process can be given.
    """
    mapping = read_mapping(text, members[0].name)
    counted: Counter[str] = Counter()
    said: list[str] = []
    by, objecting, met = staff_by("import"), rules_of_today(), _MET.get()
    for member in members:
        file = FileToImport(member.path, member.name, mapping, origin=Origin.COMMAND)
        if preview_only:
            outcome: PreviewOutcome | OutOfDate = preview_import(file=file, by=by, at=now(), objecting=objecting)
        else:
            outcome = import_at_once(file=file, by=by, at=now(), objecting=objecting, met=met)
        counted["files"] += 1
        match outcome:
            case AlreadyImported():
                counted["already_imported"] += 1
            case UnreadableFile(problems):
                counted["unreadable"] += 1
                said += _worded(member.name, problems)
            case OutOfDate():
                counted["unreadable"] += 1
                said.append(
                    f"{member.name}: 取り込む間にほかの取込みが同じ結果を入れました。もう一度取り込んでください。"
                    " / another import stored the same results meanwhile: import the file again"
                )
            case Batch():
                counted.update(rejected=outcome.bad_rows, warned=outcome.warned_rows, imported=outcome.stored_rows)
    return counted, said


@contextlib.contextmanager
def _members(files: Sequence[Path], totals: Counter[str]) -> Iterator[list[Member]]:
    """Give every file, archives unpacked for as long as they are looked at."""
    with contextlib.ExitStack() as places:
        members: list[Member] = []
        for file in files:
            if not is_archive(file):
                members.append(Member(file, file.name))
                continue
            uploads().mkdir(mode=0o700, parents=True, exist_ok=True)
            place = places.enter_context(tempfile.TemporaryDirectory(prefix="unpacked-", dir=uploads()))
            try:
                members += unpack(file, Path(place))
            except UnreadableSource as unreadable:
                totals["unreadable"] += 1
                for line in _worded(file.name, [unreadable.problem]):
                    typer.echo(line, err=True)
        yield members


def _worded(name: str, problems: Sequence[ImportProblem]) -> list[str]:
    return [f"{name}: {problem.message_ja} / {problem.message_en}" for problem in problems]


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
    files = sorted(place.rglob("*.toml")) if place.is_dir() else [place]
    if not files:
        typer.echo(f"{place}: 対応表(TOML)がありません / no mapping file", err=True)
        raise typer.Exit(2)
    return [(file, load_mapping(file)) for file in files]


def import_district_file(file: Path) -> int:
    """Import the areas of work of health centres; one of the same name takes the places of the file.

    Ends the command with status 2, and keeps nothing, when the file is of another form or a place is wrong.
    """
    at = now()
    known = {one.name: one.district for one in district_queries.districts()}
    with file.open(encoding="utf-8-sig", newline="") as opened:
        stated = read_district_file(opened, known, lambda: UUID(new_id(at)))
    if isinstance(stated, int):
        typer.echo(f"{file.name} {stated}行目 / line {stated}: {','.join(DISTRICT_HEADER)}", err=True)
        raise typer.Exit(2)
    problem = import_districts(stated=stated, by=staff_by("import"), at=at)
    if problem is not None:
        typer.echo(f"{file.name}: {problem.place} {problem.wrong.value} {problem.other}", err=True)
        raise typer.Exit(2)
    return len(stated)


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
