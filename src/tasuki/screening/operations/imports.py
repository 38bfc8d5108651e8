"""Imports of result files: previewed, committed, undone, discarded. Nothing is half imported."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.types import Severity
from tasuki.nodes.sql import rows, run
from tasuki.screening import queries
from tasuki.screening.checking import STAGED, Checker
from tasuki.screening.copying import copy_lines, escaped
from tasuki.screening.errors import NoSuchBatch, StagedRowsLost, WrongBatchState
from tasuki.screening.lookups import known_facilities
from tasuki.screening.mapping import ImportMapping
from tasuki.screening.reading import Rows, SourceFile, UnreadableSource, inspect, read_rows
from tasuki.screening.types import (
    AlreadyImported,
    Batch,
    BatchState,
    CommitOutcome,
    HistoryAct,
    ImportProblem,
    OutOfDate,
    PreviewOutcome,
    UnreadableFile,
)
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.shared.garbage import collection_paused

Progress = Callable[[int], None]
"""Called with how many rows have been checked so far."""

_PROBLEM: Final = (
    "batch_id", "line", "field", "rule", "severity", "message_ja", "message_en", "remedy_ja", "remedy_en", "value",
)  # fmt: skip


# Durable: never inside a transaction of more, which would not wait for the disk either.
@transaction.atomic(durable=True)
def preview_import(
    *,
    file: Path,
    file_name: str,
    mapping: ImportMapping,
    fiscal_year: int | None,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
) -> PreviewOutcome:
    """Check a result file and stage its good rows, with every problem noted; no result is stored yet.

    An earlier preview of the same file gives way to this one.

    :param fiscal_year: the year every row must be of; None where the file itself says it.
    """
    # A preview that a crash undoes is only made again, so it need not wait for the disk.
    run("SET LOCAL synchronous_commit TO off")
    try:
        source = inspect(file, mapping.encoding)
        standing = _standing(source.sha256)
        if standing is not None:
            return AlreadyImported(standing)
        with transaction.atomic(), collection_paused():
            return _preview(source, file_name, mapping, fiscal_year, by, at, progress)
    except UnreadableSource as unreadable:
        return UnreadableFile((unreadable.problem,))


def _preview(
    source: SourceFile,
    file_name: str,
    mapping: ImportMapping,
    fiscal_year: int | None,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None,
) -> PreviewOutcome:
    (fresh,) = rows("SELECT screening_new_uuid() AS batch_id")
    batch_id: UUID = fresh["batch_id"]
    chunks = read_rows(source)
    lines, first = next(chunks)
    if not first:
        return UnreadableFile((import_problem("file_empty"),))
    header = [cell.strip() for cell in first[0]]
    notes, is_usable = _problems_with_header(source, header, mapping)
    if not is_usable:
        return UnreadableFile(tuple(notes))
    checker = Checker(
        mapping,
        header,
        on=civil_date(at),
        fiscal_year=fiscal_year,
        batch_id=batch_id,
        facilities=known_facilities(),
    )
    rest = chain([(lines[1:], first[1:])], chunks)
    digest = _stage(checker, rest, progress)
    problems = [*notes, *_last_line_cut(source, checker)]
    copy_lines("screening_import_problem", _PROBLEM, (_problem_line(batch_id, problem) for problem in problems))
    _discard_earlier(source.sha256, by, at)
    _store_batch(batch_id, source, file_name, mapping, fiscal_year, checker, digest, by, at)
    return _batch(batch_id)


def _problems_with_header(
    source: SourceFile, header: Sequence[str], mapping: ImportMapping
) -> tuple[list[ImportProblem], bool]:
    """Return what is to be said of the file as a whole, and whether its columns can be told apart."""
    problems: list[ImportProblem] = []
    if source.has_mark:
        problems.append(import_problem("byte_order_mark"))
    if source.encoding != mapping.encoding:
        problems.append(import_problem("other_encoding", likely="UTF-8" if source.encoding == "utf-8" else "CP932"))
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


def _stage(checker: Checker, chunks: Iterator[Rows], progress: Progress | None) -> str:
    """Check and stage a file chunk by chunk, and give a digest of what was staged."""
    digest = sha256()
    for lines, cells in chunks:
        staged = copy_lines("screening_import_row", STAGED, checker.check(lines, cells))
        digest.update(staged.encode())
        if progress is not None:
            progress(checker.total)
    return digest.hexdigest()


def _last_line_cut(source: SourceFile, checker: Checker) -> list[ImportProblem]:
    """Return the problems of the rows, the last one worded anew where the file breaks off in the middle of it."""
    problems = checker.problems
    last = max(problems, key=lambda problem: problem.line, default=None)
    if source.ends_with_newline or last is None or last.rule != "wrong_column_count" or last.line != checker.last_line:
        return problems
    return [import_problem("last_line_cut", line=last.line) if one is last else one for one in problems]


def _problem_line(batch_id: UUID, problem: ImportProblem) -> str:
    texts = (
        problem.field, problem.rule, problem.severity.value, problem.message_ja, problem.message_en,
        problem.remedy_ja, problem.remedy_en, problem.value,
    )  # fmt: skip
    return "\t".join((str(batch_id), str(problem.line), *(escaped(text) for text in texts)))


def _standing(file_sha256: str) -> UUID | None:
    """Return the import under which a file was committed and stands."""
    found = rows("SELECT batch_id FROM screening_import_batch WHERE sha256 = %s AND state = 'COMMITTED'", [file_sha256])
    return found[0]["batch_id"] if found else None


def _discard_earlier(file_sha256: str, by: Actor, at: dt.datetime) -> None:
    earlier = rows(
        "UPDATE screening_import_batch SET state = 'DISCARDED', closed_at = %s, closed_by = %s,"
        " closed_reason = 'previewed again' WHERE sha256 = %s AND state = 'PREVIEWED' RETURNING batch_id",
        [at, str(by), file_sha256],
    )
    if earlier:
        _remove_staged([row["batch_id"] for row in earlier])


def _store_batch(
    batch_id: UUID,
    source: SourceFile,
    file_name: str,
    mapping: ImportMapping,
    fiscal_year: int | None,
    checker: Checker,
    digest: str,
    by: Actor,
    at: dt.datetime,
) -> None:
    run(
        "INSERT INTO screening_import_batch (batch_id, file_name, sha256, programme, mapping_name, fiscal_year,"
        " encoding, state, total_rows, good_rows, warned_rows, bad_rows, rows_sha256, previewed_at, previewed_by,"
        " closed_reason) VALUES (%s, %s, %s, %s, %s, %s, %s, 'PREVIEWED', %s, %s, %s, %s, %s, %s, %s, '')",
        [
            batch_id, file_name, source.sha256, mapping.programme.value, mapping.name, fiscal_year, source.encoding,
            checker.total, checker.good, checker.warned, checker.bad, digest, at, str(by),
        ],
    )  # fmt: skip


_COMMIT = """
WITH stored AS (
  INSERT INTO screening_result (system_person_number, programme, stage, fiscal_year, sequence, examined_date, age,
    encounter_type, facility_number, facility_name, fee_class, items, absent, warnings, source, source_institution,
    batch_id, revision, recorded_at, recorded_by)
  SELECT system_person_number, %s, stage, fiscal_year, sequence, examined_date, age, encounter_type,
    facility_number, facility_name, fee_class, items, absent, warnings, 'OWN', '', batch_id, 1, %s, %s
  FROM screening_import_row WHERE batch_id = %s
  RETURNING result_id, system_person_number
)
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT 'RESULT', system_person_number, result_id, 1, %s FROM stored
"""
_FILE_STANDS_ONCE: Final = "screening_import_file_stands_once"


@transaction.atomic
def commit_import(*, batch_id: UUID, by: Actor, at: dt.datetime) -> CommitOutcome:
    """Store the staged rows of a previewed file, all of them or none; once, however often it is asked for.

    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when it was discarded or undone.
    :raises StagedRowsLost: when other rows are staged than were previewed.
    """
    batch = _locked(batch_id)
    if batch.state is BatchState.COMMITTED:
        return AlreadyImported(batch_id)
    _require(batch, BatchState.PREVIEWED)
    try:
        with transaction.atomic():
            run(
                "UPDATE screening_import_batch SET state = 'COMMITTED', committed_at = %s, committed_by = %s"
                " WHERE batch_id = %s",
                [at, str(by), batch_id],
            )
            stored = run(_COMMIT, [batch.programme, at, str(by), batch_id, at])
    except IntegrityError as error:
        standing = _standing(batch.sha256)
        if standing is not None and _FILE_STANDS_ONCE in str(error):
            return AlreadyImported(standing)
        return OutOfDate(batch_id)
    if stored != batch.good_rows:
        raise StagedRowsLost(StagedRowsLost.__doc__)
    _remove_staged([batch_id])
    append(kind=EntryKind.RESULT_RECORDED, body=_body(batch, stored, by), at=at)
    return _batch(batch_id)


_KEEP_FORMER = """
INSERT INTO screening_result_history (result_id, revision, act, ended_at, ended_by, reason, former)
SELECT result_id, revision, %s, %s, %s, %s, to_jsonb(r) FROM screening_result r
WHERE batch_id = %s AND withdrawn_at IS NULL
"""
_WITHDRAW = """
WITH withdrawn AS (
  UPDATE screening_result SET withdrawn_at = %s, revision = revision + 1, recorded_at = %s, recorded_by = %s
  WHERE batch_id = %s AND withdrawn_at IS NULL
  RETURNING result_id, system_person_number, revision
)
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT 'RESULT', system_person_number, result_id, revision, %s FROM withdrawn
"""


@transaction.atomic
def undo_import(*, batch_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Batch:
    """Withdraw every result an import stored that still stands, corrected ones included; the history keeps them.

    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when it was not committed, or was undone before.
    """
    batch = _locked(batch_id)
    _require(batch, BatchState.COMMITTED)
    run(_KEEP_FORMER, [HistoryAct.UNDONE.value, at, str(by), reason, batch_id])
    withdrawn = run(_WITHDRAW, [at, at, str(by), batch_id, at])
    _close(batch_id, BatchState.UNDONE, reason, by, at)
    append(kind=EntryKind.RESULT_WITHDRAWN, body=_body(batch, withdrawn, by), at=at)
    return _batch(batch_id)


@transaction.atomic
def discard_import(*, batch_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Batch:
    """Throw the staged rows of a preview away; what was wrong in the file stays readable.

    No record of evidence: nothing was stored of anybody.

    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when it is no preview.
    """
    _require(_locked(batch_id), BatchState.PREVIEWED)
    _remove_staged([batch_id])
    _close(batch_id, BatchState.DISCARDED, reason, by, at)
    return _batch(batch_id)


def _locked(batch_id: UUID) -> Batch:
    run("SELECT FROM screening_import_batch WHERE batch_id = %s FOR UPDATE", [batch_id])
    return _batch(batch_id)


def _batch(batch_id: UUID) -> Batch:
    found = queries.batch(batch_id)
    if found is None:
        raise NoSuchBatch(NoSuchBatch.__doc__)
    return found


def _require(batch: Batch, state: BatchState) -> None:
    if batch.state is not state:
        raise WrongBatchState(WrongBatchState.__doc__)


def _close(batch_id: UUID, state: BatchState, reason: str, by: Actor, at: dt.datetime) -> None:
    run(
        "UPDATE screening_import_batch SET state = %s, closed_at = %s, closed_by = %s, closed_reason = %s"
        " WHERE batch_id = %s",
        [state.value, at, str(by), reason, batch_id],
    )


def _remove_staged(batch_ids: Sequence[UUID]) -> None:
    run("DELETE FROM screening_import_row WHERE batch_id = ANY(%s)", [list(batch_ids)])


def _body(batch: Batch, count: int, by: Actor) -> dict[str, object]:
    return {
        "batch_id": str(batch.batch_id),
        "programme": batch.programme,
        "count": count,
        "file_sha256": batch.sha256,
        "rows_sha256": batch.rows_sha256,
        "by": str(by),
    }
