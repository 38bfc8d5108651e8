"""Rehearses an export in a sealed copy: loaded, held against its source, and taken back; then the copy is dropped.

Not an operation: what is recorded is recorded in the town's own log, before and after, and the copy keeps nothing.
"""

import datetime as dt
import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from tasuki.cutover.catalogue import difference_words, empty_in_copy, stopped_words
from tasuki.cutover.checking import check_file
from tasuki.cutover.copying import acting_in, database_name
from tasuki.cutover.digests import still_standing, table_digests
from tasuki.cutover.loading import Tools, load_file
from tasuki.cutover.operations.rehearsals import begin_rehearsal, end_rehearsal, note_copy_dropped
from tasuki.cutover.queries import rehearsal, unfinished_rehearsals
from tasuki.cutover.types import Difference, Export, FileKind, Findings, LoadedFile, Rehearsal, TableDigest
from tasuki.nodes.sealed_copy import sealed_copy
from tasuki.operating.queries import check_environment, marked_environment
from tasuki.screening.operations.imports import undo_import
from tasuki.shared.actor import Actor
from tasuki.shared.spreadsheets import csv_file

Clock = Callable[[], dt.datetime]
Told = Callable[[str, int], None]
"""Called with what is being done, and how many files it was done with."""
#: Why a rehearsed import is taken back, in the history of the copy.
_REASON: Final = "rehearsal"
_HEAD: Final = ("ファイル / file", "行 / line", "列 / column", "違い / difference", "元 / source", "移した先 / here")


def rehearse(
    *, export: Export, admin_url: str, tools: Tools, reports: Path, by: Actor, clock: Clock, told: Told | None = None
) -> Rehearsal:
    """Rehearse an export and return what was found; its report file, which holds values, goes into `reports`.

    :raises CopyError: when no copy can be made; that is recorded as a rehearsal broken off.
    """
    number = begin_rehearsal(export=export, by=by, at=clock())
    environment = marked_environment().environment
    try:
        with sealed_copy(admin_url, database_name(), without_rows=_patterns()) as copy:
            # Whatever an earlier one left behind went when this one's copy was made.
            for earlier in unfinished_rehearsals(before=number):
                note_copy_dropped(number=earlier, by=by, at=clock())
            with acting_in(copy.url):
                check_environment(environment)
                findings, differences = _in_the_copy(export, tools, by, clock, told or _silent)
        report = _write_report(reports, number, differences)
        end_rehearsal(
            number=number, findings=findings, differences=differences, report_sha256=report, by=by, at=clock()
        )
    finally:
        note_copy_dropped(number=number, by=by, at=clock())
    return rehearsal(number)


def _silent(_step: str, _count: int) -> None:
    """Say nothing."""


def _patterns() -> list[str]:
    """Return the tables that go along without their rows, in any schema, as pg_dump wants them."""
    return [f"*.{one}" for one in empty_in_copy()]


def _in_the_copy(
    export: Export, tools: Tools, by: Actor, clock: Clock, told: Told
) -> tuple[Findings, list[Difference]]:
    """Load, compare and take back.

    The register is no part of the way back: it is the resident record system's, and loading it again changes nothing.
    """
    loaded: list[LoadedFile] = []
    before: dict[str, TableDigest] = {}
    for place, file in enumerate(export.files):
        if not before and file.kind is FileKind.RESULTS:
            before = table_digests()
        told("load", place)
        one = load_file(export=export, file=file, tools=tools, by=by, at=clock())
        # A file that is in already would leave nothing to take back, and nothing proven.
        is_there = one.is_again and file.kind is FileKind.RESULTS
        loaded.append(LoadedFile(file.name, None, 0, 0, stopped=stopped_words("is_there")) if is_there else one)
    told("compare", len(loaded))
    checked = [check_file(export, *pair, tools) for pair in zip(export.files, loaded, strict=True)]
    told("back", len(loaded))
    batches = [
        one.load
        for file, one in zip(export.files, loaded, strict=True)
        if one.load is not None and file.kind is FileKind.RESULTS
    ]
    for batch_id in reversed(batches):
        undo_import(batch_id=batch_id, reason=_REASON, by=by, at=clock())
    after = table_digests(batches)
    reports = tuple(report for report, _ in checked)
    found = Findings(reports, before or after, after, still_standing(batches))
    return found, [one for _, differences in checked for one in differences]


def report_file(reports: Path, number: int) -> Path:
    """Return where the report of a rehearsal lies, which holds values of residents."""
    return reports / f"rehearsal-{number}.csv"


def _write_report(reports: Path, number: int, differences: Sequence[Difference]) -> str:
    """Write every difference with its values where only the node may read it, and give the digest of the file."""
    lines = [
        _HEAD,
        *(
            (one.file, one.line or "", one.field, " / ".join(difference_words(one.kind)), one.source, one.loaded)
            for one in differences
        ),
    ]
    content = csv_file(lines)
    reports.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = report_file(reports, number)
    with open(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    return sha256(content).hexdigest()
