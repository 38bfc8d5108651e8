"""Reads about files by which many people are asked about at once."""

from collections import Counter
from hashlib import sha256
from uuid import UUID

import orjson

from tasuki.linkage.types.inquiry_files import ASK_AGAIN, Bucket, FileView, LineOutcome, answer_of, bucket_of
from tasuki.nodes.sql import Row, rows
from tasuki.protocol.messages import State

_FILE = "SELECT file_id, file_name, line_count, taken_at, taken_by FROM linkage_inquiry_file"
_COUNTS = """
SELECT f.file_id, f.problem <> '' AS has_problem, i.state, i.purged_at IS NOT NULL AS purged, count(*) AS n
FROM linkage_inquiry_file_line f LEFT JOIN linkage_inquiry i ON i.transaction_number = f.transaction_number
WHERE f.file_id = ANY(%s) GROUP BY 1, 2, 3, 4
"""
_LINES = """
SELECT f.line, f.system_person_number, f.provider, f.data_set, f.problem, f.field, f.transaction_number::text,
  cardinality(f.earlier) AS earlier, i.state, i.purged_at IS NOT NULL AS purged, i.answers
FROM linkage_inquiry_file_line f LEFT JOIN linkage_inquiry i ON i.transaction_number = f.transaction_number
WHERE f.file_id = %s ORDER BY f.line LIMIT %s OFFSET %s
"""


def files(limit: int = 20) -> list[FileView]:
    """Return the files taken in, newest first."""
    return _views(rows(f"{_FILE} ORDER BY taken_at DESC LIMIT %s", [limit]))


def file(file_id: UUID) -> FileView | None:
    """Return one file."""
    found = _views(rows(f"{_FILE} WHERE file_id = %s", [file_id]))
    return found[0] if found else None


def file_of(content: bytes) -> UUID:
    """Return under which id a file of this content was taken in."""
    [row] = rows("SELECT file_id FROM linkage_inquiry_file WHERE sha256 = %s", [sha256(content).hexdigest()])
    found: UUID = row["file_id"]
    return found


def _views(found: list[Row]) -> list[FileView]:
    counts: dict[UUID, Counter[Bucket]] = {row["file_id"]: Counter() for row in found}
    failed: Counter[UUID] = Counter()
    for row in rows(_COUNTS, [list(counts)]):
        bucket = bucket_of("problem" if row["has_problem"] else "", row["state"], purged=row["purged"])
        counts[row["file_id"]][bucket] += row["n"]
        if bucket is Bucket.ENDED and row["state"] in ASK_AGAIN:
            failed[row["file_id"]] += row["n"]
    return [
        FileView(
            **row,
            counts={bucket: counts[row["file_id"]][bucket] for bucket in Bucket},
            failed=failed[row["file_id"]],
        )
        for row in found
    ]


def outcomes(file_id: UUID, limit: int | None = None, offset: int = 0) -> list[LineOutcome]:
    """Return what became of each line, in their order; every line unless `limit` is given."""
    return [_outcome(row) for row in rows(_LINES, [file_id, limit, offset])]


def _outcome(row: Row) -> LineOutcome:
    bucket = bucket_of(row["problem"], row["state"], purged=row["purged"])
    answers = row["answers"] or []
    told, payloads = answer_of(orjson.loads(answers) if isinstance(answers, str) else answers, row["data_set"])
    state = None if row["state"] is None else State(row["state"])
    return LineOutcome(
        line=row["line"],
        bucket=bucket,
        person=row["system_person_number"],
        provider=row["provider"],
        data_set=row["data_set"],
        problem=row["problem"],
        field_name=row["field"],
        transaction_number=row["transaction_number"] or "",
        state=told if bucket is Bucket.ANSWERED and told is not None else state,
        payloads=payloads,
        earlier=row["earlier"],
    )


def waiting_lines(file_id: UUID) -> int:
    """Return how many lines can be asked and were not."""
    [row] = rows(
        "SELECT count(*) AS n FROM linkage_inquiry_file_line"
        " WHERE file_id = %s AND problem = '' AND transaction_number IS NULL",
        [file_id],
    )
    return int(row["n"])


def next_lines(file_id: UUID, most: int) -> list[Row]:
    """Return lines to be asked next, those about one person together."""
    return rows(
        "SELECT system_person_number, provider, procedure, non_disclosure, data_set FROM linkage_inquiry_file_line"
        " WHERE file_id = %s AND problem = '' AND transaction_number IS NULL"
        " ORDER BY system_person_number, provider, procedure, non_disclosure, line LIMIT %s",
        [file_id, most],
    )
