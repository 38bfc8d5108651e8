"""Loads the files of an export by the same code as any other import: one of its own would have faults of its own."""

import datetime as dt
from dataclasses import dataclass, replace
from uuid import UUID

from tasuki.cutover.catalogue import stopped_words
from tasuki.cutover.types import Export, ExportFile, FileKind, LoadedFile
from tasuki.layouts.types import Severity
from tasuki.linkage.register import AlreadyLoaded, UnreadableRegister, import_register
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.sql import rows
from tasuki.persons.cipher import NumberCipher
from tasuki.screening import import_queries
from tasuki.screening.objecting import Objecting
from tasuki.screening.operations.imports import FileToImport, import_at_once
from tasuki.screening.queries import batch as import_of
from tasuki.screening.queries import residents
from tasuki.screening.types import AlreadyImported, Batch, ImportProblem, Origin, OutOfDate
from tasuki.shared.actor import Actor


@dataclass(frozen=True, slots=True)
class Tools:
    """What loading needs from the node: the cipher of individual numbers, and the programmes' own rules as of today."""

    cipher: NumberCipher
    objecting: Objecting


def load_file(*, export: Export, file: ExportFile, tools: Tools, by: Actor, at: dt.datetime) -> LoadedFile:
    """Load one file, all of it or nothing; every warning is accepted by name, and every refused row kept to be read."""
    if file.kind is FileKind.REGISTER:
        return _load_register(export, file, tools, by, at)
    kept, mapping = export.mappings[file.name]
    wanted = FileToImport(
        export.paths[file.name], file.name, mapping, kept.mapping_id, kept.version, file.fiscal_year, Origin.COMMAND
    )
    outcome = import_at_once(file=wanted, by=by, at=at, objecting=tools.objecting)
    match outcome:
        case Batch():
            return loaded_under(file, outcome.batch_id)
        case AlreadyImported():
            return replace(loaded_under(file, outcome.batch_id), is_again=True)
        case OutOfDate():
            return LoadedFile(file.name, None, 0, 0, stopped=stopped_words("out_of_date"))
    return _stopped(file, outcome.problems)


def _stopped(file: ExportFile, problems: tuple[ImportProblem, ...]) -> LoadedFile:
    """Give a file that cannot be read as a whole, with the first reason."""
    first = problems[0]
    said = (f"{first.field}: " if first.field else "") + first.message_ja, first.message_en
    return LoadedFile(file.name, None, 0, 0, stopped=said)


def loaded_under(file: ExportFile, load: UUID) -> LoadedFile:
    """Return what became of a file that is in, by the number it stands under."""
    return _of_register(file, load) if file.kind is FileKind.REGISTER else _of_import(file, load)


def _of_import(file: ExportFile, batch_id: UUID) -> LoadedFile:
    batch = import_of(batch_id)
    if batch is None:
        raise LookupError("an import that was stored must be there")
    broken = import_queries.rule_counts(batch_id)
    return LoadedFile(
        file.name,
        batch_id,
        batch.total_rows,
        batch.stored_rows,
        batch.total_rows - batch.stored_rows,
        {one.rule: one.rows for one in broken if one.is_error},
        {one.rule: one.rows for one in broken if not one.is_error},
    )


def _of_register(file: ExportFile, load_id: UUID) -> LoadedFile:
    load = residents.register_load(load_id)
    if load is None:
        raise LookupError("a load of the register that was stored must be there")
    taken = load.added + load.changed + load.unchanged
    broken = rows(
        "SELECT rule, severity, count(DISTINCT line) AS n FROM screening_register_problem WHERE load_id = %s"
        " GROUP BY rule, severity ORDER BY rule",
        [load_id],
    )
    errors = {row["rule"]: row["n"] for row in broken if row["severity"] == Severity.ERROR}
    return LoadedFile(
        file.name,
        load_id,
        load.total_rows,
        taken,
        load.total_rows - taken,
        errors,
        {row["rule"]: row["n"] for row in broken if row["rule"] not in errors},
    )


def _load_register(export: Export, file: ExportFile, tools: Tools, by: Actor, at: dt.datetime) -> LoadedFile:
    outcome = import_register(
        file=export.paths[file.name], file_name=file.name, system=SYSTEM, cipher=tools.cipher, by=by, at=at
    )
    if isinstance(outcome, UnreadableRegister):
        return _stopped(file, outcome.problems)
    return replace(_of_register(file, outcome.load.load_id), is_again=isinstance(outcome, AlreadyLoaded))
