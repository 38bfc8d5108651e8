"""Checks a whole result file and enters it in the list of imports.

Parts of operations: each runs in the transaction of whoever asks.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import chain
from uuid import UUID

from tasuki.layouts.types import Severity
from tasuki.nodes.sql import rows
from tasuki.operating.queries import marked_environment
from tasuki.screening.batch_keeping import FileToImport, discard_earlier, store_batch
from tasuki.screening.checking import Checker
from tasuki.screening.errors import OtherEnvironment
from tasuki.screening.lookups import PeopleMet, known_facilities
from tasuki.screening.mapping import ImportMapping
from tasuki.screening.objecting import Objecting
from tasuki.screening.reading import Rows, SourceFile, read_rows
from tasuki.screening.staging import Progress, Put, keep_problem_rows, keep_problems, stage
from tasuki.screening.types import ImportProblem, UnreadableFile
from tasuki.screening.wording import REFUSED, import_problem
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.shared.environments import Environment, may_hold_facility
from tasuki.shared.identifiers import is_facility_number


def preview(
    source: SourceFile,
    file: FileToImport,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None,
    objecting: Objecting,
    put: Put | None = None,
    met: PeopleMet | None = None,
) -> UUID | UnreadableFile:
    """Check a file and put its good rows where they go, with every problem noted; give its number in the list.

    :param put: takes the good rows, chunk by chunk; without it they are staged.
    :param met: residents whom the files before this one named.
    """
    (fresh,) = rows("SELECT screening_new_uuid() AS batch_id")
    batch_id: UUID = fresh["batch_id"]
    notes: list[ImportProblem] = []
    chunks = read_rows(source, file.mapping.shape, notes)
    header, rest = split_header(chunks, file.mapping)
    if not header:
        return UnreadableFile((import_problem("file_empty"),))
    of_header, is_usable = _problems_with_header(source, header, file.mapping)
    if not is_usable:
        return UnreadableFile(tuple(of_header))
    checker = Checker(
        file.mapping,
        header,
        on=civil_date(at),
        fiscal_year=file.fiscal_year,
        facilities=known_facilities(),
        encoding=source.encoding,
        objecting=objecting,
        met=met,
    )
    digest = stage(batch_id, checker, rest, progress, source.lines, put)
    _check_environment(checker)
    keep_problems(batch_id, [*of_header, *notes, *_last_line_cut(source, checker)])
    keep_problem_rows(batch_id, checker.problem_rows)
    discard_earlier(source.sha256, by, at)
    store_batch(batch_id, file, header, checker, digest, by, at, sha256=source.sha256, encoding=source.encoding)
    return batch_id


def _check_environment(checker: Checker) -> None:
    """Refuse a file of the other environment, by the institutions its rows name.

    Where only fictitious results may be, a file must be recognisable: by an institution, or by a resident, who is
    fictitious there.

    :raises OtherEnvironment: which undoes what was staged.
    """
    environment = marked_environment().environment
    named = [one for one in checker.facilities_named if one is not None and is_facility_number(one)]
    foreign = not all(may_hold_facility(environment, one) for one in named)
    must_be_known = environment is Environment.DUMMY and checker.total and not named and not checker.good
    if foreign or (must_be_known and not checker.names_residents()):
        raise OtherEnvironment(import_problem(REFUSED[environment]))


def split_header(chunks: Iterator[Rows], mapping: ImportMapping) -> tuple[list[str], Iterator[Rows]]:
    """Give the names of a file's columns and the rows below them; no names where the file has no row at all."""
    shape = mapping.shape
    lines, first = next(chunks, ([], []))
    if not first:
        return [], chunks
    if not shape.has_header:
        return list(shape.names), chain([(lines, first)], chunks)
    header = list(shape.names) if shape.is_fixed else [cell.strip() for cell in first[0]]
    return header, chain([(lines[1:], first[1:])], chunks)


def _problems_with_header(
    source: SourceFile, header: Sequence[str], mapping: ImportMapping
) -> tuple[list[ImportProblem], bool]:
    """Return what is to be said of the file as a whole, and whether its columns can be told apart."""
    problems: list[ImportProblem] = []
    # UTF-16 is told by its mark, so it belongs there.
    if source.has_mark and mapping.encoding != "utf-16":
        problems.append(import_problem("byte_order_mark"))
    if not source.encoding.startswith(mapping.encoding):
        problems.append(import_problem("other_encoding", likely=source.encoding_name))
    mapped = [column.header for column in mapping.columns]
    for name in mapped:
        if name not in header:
            problems.append(import_problem("no_header", line=1, field=name))
        elif header.count(name) > 1:
            problems.append(import_problem("header_repeated", line=1, field=name))
    is_usable = all(problem.severity is not Severity.ERROR for problem in problems)
    known = set(mapped)
    problems += [import_problem("header_not_mapped", line=1, field=name) for name in header if name not in known]
    return problems, is_usable


def _last_line_cut(source: SourceFile, checker: Checker) -> list[ImportProblem]:
    """Return the problems of the rows, the last one worded anew where the file breaks off in the middle of it."""
    problems = checker.problems
    last = max(problems, key=lambda problem: problem.line, default=None)
    if source.ends_with_newline or last is None or last.rule != "wrong_column_count" or last.line != checker.last_line:
        return problems
    return [import_problem("last_line_cut", line=last.line) if one is last else one for one in problems]
