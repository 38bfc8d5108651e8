"""Reads of long work."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import orjson

from tasuki.nodes.sql import Row, rows
from tasuki.work.types import OutputFacts, Work, WorkState

_WORK = (
    "work_id, kind, parameters, state, done, total, attempts, outcome, failure, asked_at, asked_by, started_at,"
    " ended_at, cancel_asked_at, cancel_asked_by"
)


def work(work_id: UUID) -> Work | None:
    """Return one piece of work, or None where there is none."""
    return works([work_id]).get(work_id)


def works(work_ids: Collection[UUID]) -> dict[UUID, Work]:
    """Return several pieces of work by their numbers; those there are."""
    found = rows(f"SELECT {_WORK} FROM work_work WHERE work_id = ANY(%s)", [list(work_ids)])  # noqa: S608 — columns of ours
    return {row["work_id"]: _work(row) for row in found}


def works_of(asked_by: str, *, limit: int = 50) -> list[Work]:
    """Return what somebody asked for, newest first."""
    found = rows(
        f"SELECT {_WORK} FROM work_work WHERE asked_by = %s ORDER BY asked_at DESC, work_id LIMIT %s",  # noqa: S608 — as above
        [asked_by, limit],
    )
    return [_work(row) for row in found]


def works_of_kind(kinds: Sequence[str], *, limit: int = 50) -> list[Work]:
    """Return work of some kinds, whoever asked for it, newest first."""
    found = rows(
        f"SELECT {_WORK} FROM work_work WHERE kind = ANY(%s) ORDER BY asked_at DESC, work_id LIMIT %s",  # noqa: S608 — as above
        [list(kinds), limit],
    )
    return [_work(row) for row in found]


def count_under_way(asked_by: str) -> int:
    """Return how much of what somebody asked for is not over."""
    (counted,) = rows(
        "SELECT count(*) AS n FROM work_work WHERE asked_by = %s AND state IN ('WAITING', 'RUNNING')", [asked_by]
    )
    return int(counted["n"])


def outputs_of(work_id: UUID) -> list[OutputFacts]:
    """Return the files that work made, without their content."""
    found = rows(
        "SELECT output_id, work_id, file_name, media_type, length(content) AS size, made_at FROM work_output"
        " WHERE work_id = %s ORDER BY file_name",
        [work_id],
    )
    return [OutputFacts(**row) for row in found]


def output_content(output_id: UUID) -> bytes | None:
    """Return the content of a file, or None where it is gone."""
    found = rows("SELECT content FROM work_output WHERE output_id = %s", [output_id])
    return bytes(found[0]["content"]) if found else None


def newest_end(kind: str) -> datetime | None:
    """Return when work of a kind was last done with success."""
    (found,) = rows("SELECT max(ended_at) AS at FROM work_work WHERE kind = %s AND state = 'DONE'", [kind])
    ended: datetime | None = found["at"]
    return ended


def _work(row: Row) -> Work:
    documents = {name: orjson.loads(row[name]) for name in ("parameters", "outcome")}
    return Work(**row | documents | {"state": WorkState(row["state"])})
