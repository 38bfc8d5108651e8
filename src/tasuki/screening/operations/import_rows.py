"""Rows of an import somebody has to look at: mended, accepted, matched, left out, sent back. Every act is kept."""

import datetime as dt
from collections.abc import Collection, Sequence
from uuid import UUID

import orjson
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.screening import import_queries, queries
from tasuki.screening.errors import NoSuchBatch, NoSuchRow, WrongBatchState
from tasuki.screening.import_types import (
    ProblemRow,
    RowAct,
    RowChanged,
    RowClosed,
    RowOutcome,
    RowState,
)
from tasuki.screening.objecting import Objecting, no_objections
from tasuki.screening.staging import Checked, check_again, replace_problems
from tasuki.screening.types import Batch, BatchState
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

# A record of evidence names lines up to here; beyond, their number says enough, and each row has its own history.
_MOST_LISTED = 1000


@transaction.atomic
def mend_row(
    *,
    batch_id: UUID,
    line: int,
    cells: Sequence[str],
    accepted: Collection[str],
    reason: str,
    by: Actor,
    at: dt.datetime,
    objecting: Objecting = no_objections,
) -> RowOutcome:
    """Put other cells in the place of a row's, check them at once, and keep what they said before.

    :param accepted: ids of the rules whose warnings staff have seen and stand by.
    :raises NoSuchBatch: when there is no such import.
    :raises NoSuchRow: when the line has nothing to look at.
    :raises WrongBatchState: when the import is neither previewed nor committed.
    """
    batch, row = _opened(batch_id, line)
    if row.state is RowState.STORED:
        return RowClosed(line)
    mended = ProblemRow(
        line, row.sent, tuple(cells), row.state, row.has_errors, row.matched_person, row.accepted | set(accepted), ()
    )
    acts = [(RowAct.FIXED, list(row.cells), list(cells))] if tuple(cells) != row.cells else []
    outcome = _check_and_keep(batch, mended, by, at, objecting)
    newly = mended.accepted & {problem.rule for problem in outcome.problems} - row.accepted
    if newly:
        acts.append((RowAct.ACCEPTED, [], sorted(newly)))
    for act, before, after in acts:
        _note(batch_id, [line], act, reason, by, at, before=before, after=after)
    if acts:
        _record(batch_id, RowAct.FIXED, [line], by, at)
    return outcome


@transaction.atomic
def match_row(
    *,
    batch_id: UUID,
    line: int,
    person: str,
    agreeing: Sequence[str],
    by: Actor,
    at: dt.datetime,
    objecting: Objecting = no_objections,
) -> RowOutcome:
    """Decide whom a row is about, on what grounds, and check it at once as that resident's.

    :param agreeing: the items of the row that agree with the register, as the clerk saw them.
    :raises NoSuchBatch: when there is no such import.
    :raises NoSuchRow: when the line has nothing to look at.
    :raises WrongBatchState: when the import is neither previewed nor committed.
    """
    batch, row = _opened(batch_id, line)
    if row.state is RowState.STORED:
        return RowClosed(line)
    matched = ProblemRow(line, row.sent, row.cells, row.state, row.has_errors, person, row.accepted, ())
    outcome = _check_and_keep(batch, matched, by, at, objecting)
    after = {"person": person, "agreeing": list(agreeing)}
    _note(batch_id, [line], RowAct.MATCHED, "", by, at, before=row.matched_person, after=after)
    _record(batch_id, RowAct.MATCHED, [line], by, at)
    return outcome


@transaction.atomic
def match_rows(
    *,
    batch_id: UUID,
    people: Sequence[tuple[int, str]],
    by: Actor,
    at: dt.datetime,
    objecting: Objecting = no_objections,
) -> int:
    """Confirm the certain matches of several rows, whose four items all agree, and give how many rows may go in now.

    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when the import is neither previewed nor committed.
    """
    batch = _locked(batch_id)
    found = {row.line: row for row in import_queries.rows_of_lines(batch_id, [line for line, _ in people])}
    wanted = [
        ProblemRow(row.line, row.sent, row.cells, row.state, row.has_errors, person, row.accepted, row.problems)
        for line, person in people
        if (row := found.get(line)) is not None and row.state is RowState.OPEN
    ]
    ready = _keep_all(batch, wanted, by, at, objecting)
    for row in wanted:
        after = {"person": row.matched_person, "agreeing": ["kana", "birth_date", "sex", "name"]}
        _note(batch_id, [row.line], RowAct.MATCHED, "", by, at, before=found[row.line].matched_person, after=after)
    if wanted:
        _record(batch_id, RowAct.MATCHED, [row.line for row in wanted], by, at)
    return ready


_ACCEPT = """
UPDATE screening_import_problem_row r SET decided_at = %(at)s, decided_by = %(by)s,
  accepted = r.accepted || to_jsonb(%(rule)s::text),
  state = CASE WHEN EXISTS (
    SELECT FROM screening_import_problem p WHERE p.batch_id = r.batch_id AND p.line = r.line
      AND p.rule <> %(rule)s AND NOT r.accepted @> to_jsonb(p.rule)
  ) THEN 'OPEN' ELSE 'READY' END
WHERE r.batch_id = %(batch)s AND r.state = 'OPEN' AND NOT r.has_errors
  AND (%(lines)s::int[] IS NULL OR r.line = ANY(%(lines)s))
  AND NOT r.accepted @> to_jsonb(%(rule)s::text)
  AND EXISTS (SELECT FROM screening_import_problem p
    WHERE p.batch_id = r.batch_id AND p.line = r.line AND p.rule = %(rule)s)
RETURNING r.line, r.state = 'READY' AND r.cells = r.sent AND r.matched_person IS NULL AS is_staged
"""


@transaction.atomic
def accept_rows(*, batch_id: UUID, rule: str, lines: Sequence[int] | None, by: Actor, at: dt.datetime) -> int:
    """Accept the warning of one rule, for some lines or (None) for all that have it, and give for how many.

    Rows that also have an error stay as they are: their warnings are accepted when they are mended.

    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when the import is neither previewed nor committed.
    """
    batch = _locked(batch_id)
    wanted = None if lines is None else list(lines)
    found = rows(_ACCEPT, {"at": at, "by": str(by), "rule": rule, "batch": batch_id, "lines": wanted})
    accepted = [row["line"] for row in found]
    if batch.state is BatchState.PREVIEWED:
        run(
            "UPDATE screening_import_row SET is_held = FALSE WHERE batch_id = %s AND line = ANY(%s)",
            [batch_id, [row["line"] for row in found if row["is_staged"]]],
        )
    if accepted:
        _note(batch_id, accepted, RowAct.ACCEPTED, "", by, at, after=[rule])
        _record(batch_id, RowAct.ACCEPTED, accepted, by, at)
    return len(accepted)


_SET_ASIDE = """
UPDATE screening_import_problem_row r SET state = %(state)s, decided_at = %(at)s, decided_by = %(by)s
WHERE r.batch_id = %(batch)s AND r.state = ANY(%(from)s) AND (%(lines)s::int[] IS NULL OR r.line = ANY(%(lines)s))
  AND (%(rule)s::text IS NULL OR EXISTS (SELECT FROM screening_import_problem p
    WHERE p.batch_id = r.batch_id AND p.line = r.line AND p.rule = %(rule)s))
RETURNING r.line
"""


@transaction.atomic
def set_rows_aside(
    *,
    batch_id: UUID,
    act: RowAct,
    rule: str | None,
    lines: Sequence[int] | None,
    reason: str,
    by: Actor,
    at: dt.datetime,
) -> list[int]:
    """Leave rows out (`IGNORED`), send them back (`SENT_BACK`) or look at them again (`REOPENED`); give their lines.

    :param rule: only rows that break this rule; None for any.
    :param lines: only these lines; None for all.
    :raises NoSuchBatch: when there is no such import.
    :raises WrongBatchState: when the import is neither previewed nor committed.
    """
    _locked(batch_id)
    state = {RowAct.IGNORED: RowState.IGNORED, RowAct.SENT_BACK: RowState.SENT_BACK, RowAct.REOPENED: RowState.OPEN}[
        act
    ]
    set_aside = [RowState.IGNORED.value, RowState.SENT_BACK.value]
    wanted = {
        "state": state.value,
        "from": set_aside if act is RowAct.REOPENED else [RowState.OPEN.value, RowState.READY.value],
        "batch": batch_id,
        "lines": None if lines is None else list(lines),
        "rule": rule,
        "at": at,
        "by": str(by),
    }
    found = sorted(row["line"] for row in rows(_SET_ASIDE, wanted))
    _hold(batch_id, found)
    if found:
        _note(batch_id, found, act, reason, by, at)
        _record(batch_id, act, found, by, at)
    return found


def _check_and_keep(batch: Batch, row: ProblemRow, by: Actor, at: dt.datetime, objecting: Objecting) -> RowChanged:
    """Check one row as it reads now, and keep it with what is wrong with it."""
    _keep_all(batch, [row], by, at, objecting)
    kept = import_queries.problem_row(batch.batch_id, row.line)
    if kept is None:
        raise NoSuchRow(NoSuchRow.__doc__)
    return RowChanged(kept.state, kept.problems)


_KEEP = """
UPDATE screening_import_problem_row r SET cells = k.cells, state = k.state, has_errors = k.has_errors,
  matched_person = k.matched_person, accepted = k.accepted, decided_at = %s, decided_by = %s
FROM jsonb_to_recordset(%s::jsonb) AS k(line int, cells jsonb, state text, has_errors boolean, matched_person text,
  accepted jsonb)
WHERE r.batch_id = %s AND r.line = k.line
"""


def _keep_all(batch: Batch, wanted: Sequence[ProblemRow], by: Actor, at: dt.datetime, objecting: Objecting) -> int:
    """Check rows as they read now, keep them with what is wrong with them, and give how many may go in."""
    checked = check_again(batch, wanted, civil_date(at), objecting)
    kept = [_kept(row, checked[row.line]) for row in wanted]
    run(_KEEP, [at, str(by), orjson.dumps(kept).decode(), batch.batch_id])
    replace_problems(batch.batch_id, checked)
    _hold(batch.batch_id, [row.line for row in wanted])
    return sum(one["state"] == RowState.READY for one in kept)


def _kept(row: ProblemRow, checked: Checked) -> dict[str, object]:
    accepted = row.accepted & checked.warned_rules
    return {
        "line": row.line,
        "cells": row.cells,
        "state": (RowState.READY if checked.may_go_in(accepted) else RowState.OPEN).value,
        "has_errors": checked.has_errors,
        "matched_person": row.matched_person,
        "accepted": sorted(accepted),
    }


def _hold(batch_id: UUID, lines: Sequence[int]) -> None:
    """Keep back what was staged of rows before they were changed; a commit stages them anew."""
    run(
        "UPDATE screening_import_row SET is_held = TRUE WHERE batch_id = %s AND line = ANY(%s)", [batch_id, list(lines)]
    )


def _locked(batch_id: UUID) -> Batch:
    run("SELECT FROM screening_import_batch WHERE batch_id = %s FOR UPDATE", [batch_id])
    batch = queries.batch(batch_id)
    if batch is None:
        raise NoSuchBatch(NoSuchBatch.__doc__)
    if batch.state not in (BatchState.PREVIEWED, BatchState.COMMITTED):
        raise WrongBatchState(WrongBatchState.__doc__)
    return batch


def _opened(batch_id: UUID, line: int) -> tuple[Batch, ProblemRow]:
    batch = _locked(batch_id)
    row = import_queries.problem_row(batch_id, line)
    if row is None:
        raise NoSuchRow(NoSuchRow.__doc__)
    return batch, row


def _note(
    batch_id: UUID,
    lines: Sequence[int],
    act: RowAct,
    reason: str,
    by: Actor,
    at: dt.datetime,
    *,
    before: object = None,
    after: object = None,
) -> None:
    run(
        "INSERT INTO screening_import_row_change (batch_id, line, act, changed_at, changed_by, reason, before, after)"
        " SELECT %s, line, %s, %s, %s, %s, %s::jsonb, %s::jsonb FROM unnest(%s::int[]) AS l(line)",
        [batch_id, act.value, at, str(by), reason, _json(before), _json(after), list(lines)],
    )


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _record(batch_id: UUID, act: RowAct, lines: Sequence[int], by: Actor, at: dt.datetime) -> None:
    append(
        kind=EntryKind.IMPORT_ROWS_DECIDED,
        body={
            "batch_id": str(batch_id),
            "act": act.value,
            "lines": list(lines)[:_MOST_LISTED],
            "count": len(lines),
            "by": str(by),
        },
        at=at,
    )


@transaction.atomic
def record_sent_back(*, batch_id: UUID, lines: Sequence[int], by: Actor, at: dt.datetime) -> None:
    """Record that rows were taken out in a file for their sender."""
    append(
        kind=EntryKind.EXPORT_TAKEN,
        body={"batch_id": str(batch_id), "lines": list(lines)[:_MOST_LISTED], "count": len(lines), "by": str(by)},
        at=at,
    )
