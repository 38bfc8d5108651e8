"""Reads of rows somebody has to look at."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from tasuki.layouts.types import Severity
from tasuki.nodes.sql import Row, rows
from tasuki.screening.import_types import ProblemRow, RowAct, RowChange, RowCounts, RowState, RuleCount
from tasuki.screening.types import Batch, BatchState, ImportProblem

_ROW = "r.line, r.sent, r.cells, r.state, r.has_errors, r.matched_person, r.accepted"
_PROBLEMS = """
coalesce((SELECT jsonb_agg(to_jsonb(p) - '{id,batch_id}'::text[] ORDER BY p.id) FROM screening_import_problem p
  WHERE p.batch_id = r.batch_id AND p.line = r.line), '[]') AS problems
"""
_CHOSEN = """
r.batch_id = %(batch)s AND (%(state)s::text IS NULL OR r.state = %(state)s)
AND (%(errors)s::boolean IS NULL OR r.has_errors = %(errors)s)
AND (%(line)s::int IS NULL OR r.line = %(line)s)
AND (%(rule)s::text IS NULL OR EXISTS (
  SELECT FROM screening_import_problem q
  WHERE q.batch_id = r.batch_id AND q.line = r.line AND q.rule = %(rule)s))
"""


def problem_rows(
    batch_id: UUID,
    *,
    state: RowState | None = None,
    has_errors: bool | None = None,
    rule: str | None = None,
    line: int | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[int, list[ProblemRow]]:
    """Return how many rows of an import there are to look at, and some of them by line."""
    wanted = {"batch": batch_id, "state": state, "errors": has_errors, "rule": rule, "line": line}
    (counted,) = rows(f"SELECT count(*) AS n FROM screening_import_problem_row r WHERE {_CHOSEN}", wanted)  # noqa: S608 — conditions of ours
    found = rows(
        f"SELECT {_ROW}, {_PROBLEMS} FROM screening_import_problem_row r WHERE {_CHOSEN}"  # noqa: S608 — as above
        " ORDER BY r.line LIMIT %(limit)s OFFSET %(offset)s",
        wanted | {"limit": limit, "offset": offset},
    )
    return counted["n"], [_problem_row(row) for row in found]


def problem_row(batch_id: UUID, line: int) -> ProblemRow | None:
    """Return one row."""
    _, found = problem_rows(batch_id, line=line, limit=1)
    return found[0] if found else None


def rows_to_store(batch_id: UUID) -> list[ProblemRow]:
    """Return rows that were mended or decided about, and are to be checked once more before they are stored."""
    found = rows(
        f"SELECT {_ROW}, '[]' AS problems FROM screening_import_problem_row r WHERE r.batch_id = %s"  # noqa: S608 — as above
        " AND r.state = 'READY' AND NOT EXISTS (SELECT FROM screening_import_row s"
        " WHERE s.batch_id = r.batch_id AND s.line = r.line AND NOT s.is_held) ORDER BY r.line",
        [batch_id],
    )
    return [_problem_row(row) for row in found]


def rows_of_lines(batch_id: UUID, lines: Sequence[int]) -> list[ProblemRow]:
    """Return the rows of some lines."""
    found = rows(
        f"SELECT {_ROW}, {_PROBLEMS} FROM screening_import_problem_row r"  # noqa: S608 — as above
        " WHERE r.batch_id = %s AND r.line = ANY(%s) ORDER BY r.line",
        [batch_id, list(lines)],
    )
    return [_problem_row(row) for row in found]


def next_open_line(batch_id: UUID, after: int) -> int | None:
    """Return the next line that waits for somebody, from the beginning again after the last."""
    found = rows(
        "SELECT line FROM screening_import_problem_row WHERE batch_id = %s AND state = 'OPEN' AND line <> %s"
        " ORDER BY line <= %s, line LIMIT 1",
        [batch_id, after, after],
    )
    return found[0]["line"] if found else None


def rule_counts(batch_id: UUID) -> list[RuleCount]:
    """Return how many rows break each rule, those that wait for somebody first."""
    found = rows(
        "SELECT p.rule, bool_or(p.severity = 'error') AS is_error,"
        " count(DISTINCT p.line) FILTER (WHERE r.state = 'OPEN') AS open_rows, count(DISTINCT p.line) AS rows,"
        " min(p.message_ja) AS message_ja, min(p.message_en) AS message_en"
        " FROM screening_import_problem p JOIN screening_import_problem_row r USING (batch_id, line)"
        " WHERE p.batch_id = %s GROUP BY p.rule ORDER BY is_error DESC, open_rows DESC, p.rule",
        [batch_id],
    )
    return [RuleCount(**row) for row in found]


def file_problems(batch_id: UUID) -> list[ImportProblem]:
    """Return what is to be said of the file as a whole, its header included."""
    found = rows(
        "SELECT line, field, rule, severity, message_ja, message_en, remedy_ja, remedy_en, value"
        " FROM screening_import_problem p WHERE batch_id = %s AND NOT EXISTS ("
        "SELECT FROM screening_import_problem_row r WHERE r.batch_id = p.batch_id AND r.line = p.line)"
        " ORDER BY line, id LIMIT 100",
        [batch_id],
    )
    return [_problem(row) for row in found]


def row_counts(batch: Batch) -> RowCounts:
    """Count the rows of an import by what can be done with them."""
    (found,) = rows(
        "SELECT count(*) FILTER (WHERE state = 'READY') AS ready,"
        " count(*) FILTER (WHERE state = 'OPEN' AND NOT has_errors) AS to_accept,"
        " count(*) FILTER (WHERE state = 'OPEN' AND has_errors) AS to_fix,"
        " count(*) FILTER (WHERE state = 'IGNORED') AS ignored,"
        " count(*) FILTER (WHERE state = 'SENT_BACK') AS sent_back"
        " FROM screening_import_problem_row WHERE batch_id = %s",
        [batch.batch_id],
    )
    clean = batch.good_rows - batch.warned_rows if batch.state is BatchState.PREVIEWED else 0
    return RowCounts(clean=clean, stored=batch.stored_rows, **found)


def changes_of_row(batch_id: UUID, line: int) -> list[RowChange]:
    """Return what was done with a row, newest first."""
    found = rows(
        "SELECT act, changed_at, changed_by, reason, before, after FROM screening_import_row_change"
        " WHERE batch_id = %s AND line = %s ORDER BY id DESC",
        [batch_id, line],
    )
    return [
        RowChange(**row | {"act": RowAct(row["act"]), "before": _loaded(row["before"]), "after": _loaded(row["after"])})
        for row in found
    ]


def _problem_row(row: Row) -> ProblemRow:
    return ProblemRow(
        line=row["line"],
        sent=tuple(_loaded(row["sent"])),
        cells=tuple(_loaded(row["cells"])),
        state=RowState(row["state"]),
        has_errors=row["has_errors"],
        matched_person=row["matched_person"],
        accepted=frozenset(_loaded(row["accepted"])),
        problems=tuple(_problem(problem) for problem in _loaded(row["problems"])),
    )


def _problem(row: Row) -> ImportProblem:
    return ImportProblem(**row | {"severity": Severity(row["severity"])})


def _loaded(value: Any) -> Any:
    # Django's cursors leave jsonb as text, so that its own fields can choose a decoder.
    return orjson.loads(value) if isinstance(value, str) else value
