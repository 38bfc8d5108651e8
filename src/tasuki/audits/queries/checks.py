"""Reads of checks, their lines and findings."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from tasuki.audits.types import Answer, Check, CheckLine, Fact, Finding
from tasuki.nodes.sql import Row, rows

_CHECKS: Final = """
SELECT c.fiscal_year, c.opened_at, c.opened_by, c.gathered_at, c.first_signed_at, c.first_signed_by,
  c.second_signed_at, c.second_signed_by, c.sha256, l.lines, l.answered, l.not_kept
FROM audits_check c JOIN (SELECT fiscal_year, count(*) AS lines, count(answer) AS answered,
    count(*) FILTER (WHERE answer = 'NOT_KEPT') AS not_kept FROM audits_line GROUP BY fiscal_year) l USING (fiscal_year)
"""
_LINE: Final = "clause, words, facts, answer, remark, answered_at, answered_by"
_FINDING: Final = (
    "finding_id, fiscal_year, clause, says, remedy, who, due, raised_at, raised_by, mended_at, mended_by, mended_note"
)


def checks() -> list[Check]:
    """Return the check of every year, the newest first."""
    return [Check(**row) for row in rows(_CHECKS + " ORDER BY c.fiscal_year DESC")]


def check(fiscal_year: int) -> Check | None:
    """Return the check of one year, if it was begun."""
    found = rows(_CHECKS + " WHERE c.fiscal_year = %s", [fiscal_year])
    return Check(**found[0]) if found else None


def check_lines(fiscal_year: int) -> list[CheckLine]:
    """Return the lines of one year, in the order of the report."""
    found = rows(f"SELECT {_LINE} FROM audits_line WHERE fiscal_year = %s ORDER BY place", [fiscal_year])  # noqa: S608 — columns of ours
    return [_line(row) for row in found]


def findings(*, fiscal_year: int | None = None, words: str = "", is_open: bool = False) -> list[Finding]:
    """Return findings, those that are due first at the top; of one year, holding some words, or open ones only."""
    found = rows(
        f"SELECT {_FINDING} FROM audits_finding WHERE (%(year)s::int IS NULL OR fiscal_year = %(year)s)"  # noqa: S608 — columns of ours
        " AND (NOT %(open)s OR mended_at IS NULL)"
        " AND (%(words)s = '' OR strpos(lower(concat_ws(' ', clause, says, remedy, who)), lower(%(words)s)) > 0)"
        " ORDER BY mended_at IS NOT NULL, due, raised_at, finding_id",
        {"year": fiscal_year, "open": is_open, "words": words.strip()},
    )
    return [Finding(**row) for row in found]


def finding(finding_id: UUID) -> Finding | None:
    """Return one finding, if it is there."""
    found = rows(f"SELECT {_FINDING} FROM audits_finding WHERE finding_id = %s", [finding_id])  # noqa: S608 — as above
    return Finding(**found[0]) if found else None


def overdue_findings(on: dt.date) -> int:
    """Count the findings whose day is over and which nobody mended."""
    (found,) = rows("SELECT count(*) AS n FROM audits_finding WHERE mended_at IS NULL AND due < %s", [on])
    return int(found["n"])


def signed_document(fiscal_year: int) -> tuple[bytes, str] | None:
    """Return the document of a signed check, and the digest that stands in the evidence."""
    found = rows("SELECT pdf, sha256 FROM audits_check WHERE fiscal_year = %s AND pdf IS NOT NULL", [fiscal_year])
    return (bytes(found[0]["pdf"]), found[0]["sha256"]) if found else None


def _line(row: Row) -> CheckLine:
    words = orjson.loads(row["words"])
    return CheckLine(
        clause=row["clause"],
        part=_pair(words["part"]),
        number=words["number"],
        heading=_pair(words["heading"]),
        does=_pair(words["does"]),
        missing=_pair(words["missing"]) if words["missing"] else None,
        register=_pair(words["register"]) if words["register"] else None,
        facts=tuple(_fact(one) for one in orjson.loads(row["facts"])),
        answer=None if row["answer"] is None else Answer(row["answer"]),
        remark=row["remark"],
        answered_at=row["answered_at"],
        answered_by=row["answered_by"],
    )


def _pair(words: Sequence[str]) -> tuple[str, str]:
    ja, en = words
    return ja, en


def _fact(stored: dict[str, Any]) -> Fact:
    last = stored["last_at"]
    return Fact(stored["key"], stored["count"], None if last is None else dt.datetime.fromisoformat(last))
