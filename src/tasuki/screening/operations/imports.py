"""Imports of result files: previewed, committed, undone, discarded. Nothing is half imported."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.operating.queries import marked_environment
from tasuki.screening import import_queries
from tasuki.screening.batch_keeping import FileToImport as FileToImport
from tasuki.screening.batch_keeping import (
    batch_of,
    remove_rows,
    remove_staged,
    standing_import,
)
from tasuki.screening.errors import OtherEnvironment, StagedRowsLost, WrongBatchState
from tasuki.screening.import_types import RowAct, RowState
from tasuki.screening.lookups import PeopleMet
from tasuki.screening.objecting import Objecting, no_objections
from tasuki.screening.previewing import preview
from tasuki.screening.reading import SourceFile, UnreadableSource, inspect
from tasuki.screening.staging import DirectStore, Progress, check_again, keep_problems, replace_problems, stage_again
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
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.shared.garbage import collection_paused


# Durable: never inside a transaction of more, which would not wait for the disk either.
@transaction.atomic(durable=True)
def preview_import(
    *,
    file: FileToImport,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None = None,
    objecting: Objecting = no_objections,
) -> PreviewOutcome:
    """Check a result file and stage its good rows, with every problem noted; no result is stored yet.

    An earlier preview of the same file gives way to this one. Whatever `progress` raises undoes the preview.

    :param objecting: what the programmes' own rules say against rows: age, sex, interval.
    """
    # A preview that a crash undoes is only made again, so it need not wait for the disk.
    run("SET LOCAL synchronous_commit TO off")
    try:
        source = inspect(file.path, file.mapping.encoding)
        standing = standing_import(source.sha256)
        if standing is not None:
            return AlreadyImported(standing)
        with transaction.atomic(), collection_paused():
            outcome = preview(source, file, by, at, progress, objecting)
        return outcome if isinstance(outcome, UnreadableFile) else batch_of(outcome)
    except OtherEnvironment as other:
        return _refused(other, source, by, at)
    except UnreadableSource as unreadable:
        return UnreadableFile((unreadable.problem,))


def _refused(other: OtherEnvironment, source: SourceFile, by: Actor, at: dt.datetime) -> UnreadableFile:
    """Record that a file was refused because it is not of this environment; what was staged of it is undone."""
    body = {"what": "results", "environment": marked_environment().environment.value, "file_sha256": source.sha256}
    append(kind=EntryKind.WRONG_ENVIRONMENT_REFUSED, body=body | {"by": str(by)}, at=at)
    return UnreadableFile((other.problem,))


@transaction.atomic
def note_unreadable(
    *,
    file: FileToImport,
    problems: Sequence[ImportProblem],
    sha256: str,
    by: Actor,
    at: dt.datetime,
    knows_programme: bool = True,
) -> Batch:
    """Keep in the list of imports that a file could not be read at all, and why: nobody was there to be told.

    :param knows_programme: whether the file is of its mapping's programme, whatever else is wrong with it.
    """
    (fresh,) = rows("SELECT screening_new_uuid() AS batch_id")
    batch_id: UUID = fresh["batch_id"]
    programme = file.mapping.programme.value if knows_programme else ""
    run(
        "INSERT INTO screening_import_batch (batch_id, file_name, sha256, programme, mapping_name, mapping_id,"
        " mapping_version, mapping, origin, fiscal_year, encoding, state, total_rows, good_rows, warned_rows, bad_rows,"
        " stored_rows, rows_sha256, previewed_at, previewed_by, closed_reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'UNREADABLE', 0, 0, 0, 0, 0, '', %s, %s, '')",
        [
            batch_id, file.name, sha256, programme, file.mapping.name, file.mapping_id, file.mapping_version,
            file.mapping.text, file.origin.value, file.fiscal_year, file.mapping.encoding, at, str(by),
        ],
    )  # fmt: skip
    keep_problems(batch_id, problems)
    return batch_of(batch_id)


_COMMIT = """
WITH stored AS (
  INSERT INTO screening_result (system_person_number, programme, stage, fiscal_year, sequence, examined_date, age,
    encounter_type, facility_number, facility_name, fee_class, items, absent, warnings, source, source_institution,
    batch_id, revision, recorded_at, recorded_by)
  SELECT system_person_number, %s, stage, fiscal_year, sequence, examined_date, age, encounter_type,
    facility_number, facility_name, fee_class, items, absent, warnings, 'OWN', '', batch_id, 1, %s, %s
  FROM screening_import_row WHERE batch_id = %s AND NOT is_held
  RETURNING result_id, system_person_number
)
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT 'RESULT', system_person_number, result_id, 1, %s FROM stored
"""
# A row and the result it became are told together by what a result is unique by.
_BIND_ATTACHMENTS: Final = """
UPDATE screening_attachment a SET result_id = r.result_id
FROM screening_import_row s JOIN screening_result r USING (batch_id, system_person_number, stage, fiscal_year, sequence)
WHERE a.batch_id = %s AND s.batch_id = a.batch_id AND s.line = a.line AND a.result_id IS NULL
  AND r.source = 'OWN' AND r.withdrawn_at IS NULL
"""
_CARRY: Final = """
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT 'RESULT', system_person_number, result_id, 1, %s FROM screening_result WHERE batch_id = %s
"""
_FILE_STANDS_ONCE: Final = "screening_import_file_stands_once"


# Durable: whoever hears that a file is stored may delete it.
@transaction.atomic(durable=True)
def import_at_once(
    *, file: FileToImport, by: Actor, at: dt.datetime, objecting: Objecting, met: PeopleMet | None = None
) -> PreviewOutcome | OutOfDate:
    """Check a result file and store what may go in, every warning accepted by name; all of it or nothing.

    What `preview_import` and `commit_import` do one after the other, for whoever decides before they look: rows without
    a warning go straight to where results are kept.

    :param objecting: what the programmes' own rules say against rows: age, sex, interval.
    :param met: residents whom the files before this one named.
    """
    try:
        source = inspect(file.path, file.mapping.encoding)
        with transaction.atomic(), collection_paused():
            standing = standing_import(source.sha256)
            if standing is not None:
                return AlreadyImported(standing)
            store = DirectStore(file.mapping.programme, by, at)
            outcome = preview(source, file, by, at, None, objecting, store, met)
            if isinstance(outcome, UnreadableFile):
                return outcome
            return _settle(outcome, store.stored, by, at, objecting)
    except OtherEnvironment as other:
        return _refused(other, source, by, at)
    except UnreadableSource as unreadable:
        return UnreadableFile((unreadable.problem,))
    except (IntegrityError, UniqueViolation):
        # A COPY reports the driver's own fault, which Django does not translate.
        return OutOfDate(None)


def _settle(batch_id: UUID, stored: int, by: Actor, at: dt.datetime, objecting: Objecting) -> Batch:
    """Enter as committed what was stored at once, and store the rows whose warnings are accepted with it."""
    _mark_committed(batch_id, by, at, stored)
    run(_CARRY, [at, batch_id])
    batch = batch_of(batch_id)
    append(kind=EntryKind.RESULT_RECORDED, body=_body(batch, stored, by), at=at)
    if not batch.warned_rows:
        return batch
    commit_import(batch_id=batch_id, by=by, at=at, accepts_warnings=True, objecting=objecting)
    return batch_of(batch_id)


@transaction.atomic
def commit_import(
    *,
    batch_id: UUID,
    by: Actor,
    at: dt.datetime,
    accepts_warnings: bool = False,
    objecting: Objecting = no_objections,
) -> CommitOutcome:
    """Store what may go in of a previewed file, all of it or nothing; once, however often it is asked for.

    Rows with warnings nobody accepted stay out, and so do rows with errors. Of an import committed before, rows that
    were mended or accepted since are stored as its supplement.

    :param accepts_warnings: accept every warning, by name, in the name of whoever commits.
    :param objecting: what the programmes' own rules say against the rows that are checked once more.
    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when it was discarded or undone.
    :raises StagedRowsLost: when other rows are staged than were previewed.
    """
    batch = _locked(batch_id)
    is_supplement = batch.state is BatchState.COMMITTED
    if not is_supplement:
        _require(batch, BatchState.PREVIEWED)
        _check_staged(batch)
    if accepts_warnings:
        _accept_all(batch, by, at)
    again = import_queries.rows_to_store(batch_id)
    if is_supplement and not again and not _has_staged(batch_id):
        return AlreadyImported(batch_id)
    try:
        with transaction.atomic():
            _stage_ready(batch, by, at, objecting)
            if not is_supplement:
                _mark_committed(batch_id, by, at)
            stored = run(_COMMIT, [batch.programme, at, str(by), batch_id, at])
            run(_BIND_ATTACHMENTS, [batch_id])
    except IntegrityError as error:
        standing = standing_import(batch.sha256)
        if standing is not None and standing != batch_id and _FILE_STANDS_ONCE in str(error):
            return AlreadyImported(standing)
        return OutOfDate(batch_id)
    _close_rows(batch, stored, by, at)
    append(kind=EntryKind.RESULT_RECORDED, body=_body(batch, stored, by), at=at)
    return batch_of(batch_id)


def _has_staged(batch_id: UUID) -> bool:
    return bool(rows("SELECT FROM screening_import_row WHERE batch_id = %s AND NOT is_held LIMIT 1", [batch_id]))


def _check_staged(batch: Batch) -> None:
    (staged,) = rows("SELECT count(*) AS n FROM screening_import_row WHERE batch_id = %s", [batch.batch_id])
    if staged["n"] != batch.good_rows:
        raise StagedRowsLost(StagedRowsLost.__doc__)


def _mark_committed(batch_id: UUID, by: Actor, at: dt.datetime, stored: int = 0) -> None:
    run(
        "UPDATE screening_import_batch SET state = 'COMMITTED', committed_at = %s, committed_by = %s, stored_rows = %s"
        " WHERE batch_id = %s",
        [at, str(by), stored, batch_id],
    )


_ACCEPT_ALL: Final = """
WITH accepted AS (
  UPDATE screening_import_problem_row r SET state = 'READY', decided_at = %s, decided_by = %s,
    accepted = (SELECT coalesce(jsonb_agg(DISTINCT p.rule), '[]') FROM screening_import_problem p
      WHERE p.batch_id = r.batch_id AND p.line = r.line)
  WHERE batch_id = %s AND state = 'OPEN' AND NOT has_errors
  RETURNING batch_id, line, accepted, cells = sent AS untouched
), history AS (
  INSERT INTO screening_import_row_change (batch_id, line, act, changed_at, changed_by, reason, after)
  SELECT batch_id, line, 'ACCEPTED', %s, %s, '', accepted FROM accepted
)
UPDATE screening_import_row s SET is_held = FALSE FROM accepted a
WHERE a.untouched AND s.batch_id = a.batch_id AND s.line = a.line
"""


def _accept_all(batch: Batch, by: Actor, at: dt.datetime) -> None:
    if batch.warned_rows or batch.state is BatchState.COMMITTED:
        run(_ACCEPT_ALL, [at, str(by), batch.batch_id, at, str(by)])


def _stage_ready(batch: Batch, by: Actor, at: dt.datetime, objecting: Objecting) -> None:
    """Check rows that were mended or decided about once more, and stage those that still may go in."""
    again = import_queries.rows_to_store(batch.batch_id)
    checked = check_again(batch, again, civil_date(at), objecting)
    accepted = {row.line: row.accepted for row in again}
    refused = sorted(line for line, one in checked.items() if not one.may_go_in(accepted[line]))
    if refused:
        replace_problems(batch.batch_id, {line: checked[line] for line in refused})
        run(
            "UPDATE screening_import_problem_row SET state = 'OPEN', has_errors = line = ANY(%s)"
            " WHERE batch_id = %s AND line = ANY(%s)",
            [[line for line in refused if checked[line].has_errors], batch.batch_id, refused],
        )
        _note(batch.batch_id, refused, RowAct.REFUSED, by, at)
    stage_again(batch.batch_id, {line: one for line, one in checked.items() if line not in refused})


def _close_rows(batch: Batch, stored: int, by: Actor, at: dt.datetime) -> None:
    """Note which rows are stored now, and take away what was staged."""
    done = rows(
        "UPDATE screening_import_problem_row SET state = %s WHERE batch_id = %s AND state = %s RETURNING line",
        [RowState.STORED.value, batch.batch_id, RowState.READY.value],
    )
    _note(batch.batch_id, [row["line"] for row in done], RowAct.STORED, by, at)
    run(
        "UPDATE screening_import_batch SET stored_rows = stored_rows + %s WHERE batch_id = %s",
        [stored, batch.batch_id],
    )
    remove_staged([batch.batch_id])


def _note(batch_id: UUID, lines: Sequence[int], act: RowAct, by: Actor, at: dt.datetime) -> None:
    if lines:
        run(
            "INSERT INTO screening_import_row_change (batch_id, line, act, changed_at, changed_by, reason)"
            " SELECT %s, line, %s, %s, %s, '' FROM unnest(%s::int[]) AS l(line)",
            [batch_id, act.value, at, str(by), list(lines)],
        )


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
    return batch_of(batch_id)


@transaction.atomic
def discard_import(*, batch_id: UUID, reason: str, by: Actor, at: dt.datetime) -> Batch:
    """Throw the staged rows of a preview away; what was wrong in the file stays readable.

    No record of evidence: nothing was stored of anybody.

    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when it is no preview.
    """
    _require(_locked(batch_id), BatchState.PREVIEWED)
    remove_staged([batch_id])
    remove_rows([batch_id])
    _close(batch_id, BatchState.DISCARDED, reason, by, at)
    return batch_of(batch_id)


def _locked(batch_id: UUID) -> Batch:
    run("SELECT FROM screening_import_batch WHERE batch_id = %s FOR UPDATE", [batch_id])
    return batch_of(batch_id)


def _require(batch: Batch, state: BatchState) -> None:
    if batch.state is not state:
        raise WrongBatchState(WrongBatchState.__doc__)


def _close(batch_id: UUID, state: BatchState, reason: str, by: Actor, at: dt.datetime) -> None:
    run(
        "UPDATE screening_import_batch SET state = %s, closed_at = %s, closed_by = %s, closed_reason = %s"
        " WHERE batch_id = %s",
        [state.value, at, str(by), reason, batch_id],
    )


def _body(batch: Batch, count: int, by: Actor) -> dict[str, object]:
    return {
        "batch_id": str(batch.batch_id),
        "programme": batch.programme,
        "count": count,
        "file_sha256": batch.sha256,
        "rows_sha256": batch.rows_sha256,
        "by": str(by),
    }
