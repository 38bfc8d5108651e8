"""What is written about long work.

It is no evidence itself: what the work changes is recorded by its own operations.
"""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID, uuid4

import orjson
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor
from tasuki.work import queries
from tasuki.work.errors import NoSuchWorkError
from tasuki.work.types import OutputFacts, Work, WorkState

#: Work that was interrupted this often is given up: it may be what brings the worker down.
MOST_ATTEMPTS = 3


@transaction.atomic
def ask(*, kind: str, parameters: Mapping[str, object], by: Actor, at: dt.datetime) -> Work:
    """Ask for work; the town's worker takes it up within a second.

    :param parameters: ids, years and codes only; JSON.
    """
    work_id = uuid4()
    run(
        "INSERT INTO work_work (work_id, kind, parameters, state, done, total, attempts, outcome, failure, asked_at,"
        " asked_by) VALUES (%s, %s, %s, 'WAITING', 0, 0, 0, '{}', '', %s, %s)",
        [work_id, kind, orjson.dumps(parameters).decode(), at, str(by)],
    )
    return _stored(work_id)


@transaction.atomic
def take_up(*, by: Actor, at: dt.datetime) -> Work | None:
    """Take the oldest work that waits, or give None when none does; two workers never take the same."""
    del by
    found = rows(
        "UPDATE work_work SET state = 'RUNNING', started_at = %s, attempts = attempts + 1, done = 0, total = 0"
        " WHERE work_id = (SELECT work_id FROM work_work WHERE state = 'WAITING' ORDER BY asked_at, work_id LIMIT 1"
        " FOR UPDATE SKIP LOCKED) RETURNING work_id",
        [at],
    )
    return _stored(found[0]["work_id"]) if found else None


@transaction.atomic
def advance(*, work_id: UUID, done: int, total: int, by: Actor, at: dt.datetime) -> bool:
    """Note how far work is, and say whether somebody asked for its end."""
    del by, at
    found = rows(
        "UPDATE work_work SET done = least(%s, %s), total = %s WHERE work_id = %s AND state = 'RUNNING'"
        " RETURNING cancel_asked_at",
        [done, total, total, work_id],
    )
    return bool(found) and found[0]["cancel_asked_at"] is not None


@transaction.atomic
def cancel(*, work_id: UUID, by: Actor, at: dt.datetime) -> Work:
    """Ask for the end of work: what waits ends at once, what runs at its next report, and what is over stays as it is.

    :raises NoSuchWorkError: when there is no such work.
    """
    run(
        "UPDATE work_work SET cancel_asked_at = coalesce(cancel_asked_at, %s),"
        " cancel_asked_by = coalesce(cancel_asked_by, %s),"
        " state = CASE state WHEN 'WAITING' THEN 'CANCELLED' ELSE state END,"
        " ended_at = CASE state WHEN 'WAITING' THEN %s ELSE ended_at END"
        " WHERE work_id = %s AND state IN ('WAITING', 'RUNNING')",
        [at, str(by), at, work_id],
    )
    return _stored(work_id)


@transaction.atomic
def end(
    *,
    work_id: UUID,
    state: WorkState,
    outcome: Mapping[str, object],
    failure: str,
    by: Actor,
    at: dt.datetime,
) -> Work:
    """Note that work is over, and how it ended.

    :param failure: the kind of fault, for whoever operates the node; never its message, which may name people.
    """
    del by
    run(
        "UPDATE work_work SET state = %s, outcome = %s, failure = %s, ended_at = %s,"
        " done = CASE WHEN %s THEN total ELSE done END WHERE work_id = %s AND state = 'RUNNING'",
        [state.value, orjson.dumps(outcome).decode(), failure, at, state is WorkState.DONE, work_id],
    )
    return _stored(work_id)


@transaction.atomic
def take_up_interrupted(*, by: Actor, at: dt.datetime) -> int:
    """Let work that a worker left running wait again, or give it up after the third time; give how much there was.

    Only for the start of the one worker a node has, when nothing can be running.
    """
    del by
    return run(
        "UPDATE work_work SET"
        " state = CASE WHEN cancel_asked_at IS NOT NULL THEN 'CANCELLED' WHEN attempts >= %s THEN 'FAILED'"
        " ELSE 'WAITING' END,"
        " failure = CASE WHEN cancel_asked_at IS NULL AND attempts >= %s THEN 'interrupted' ELSE '' END,"
        " ended_at = CASE WHEN cancel_asked_at IS NOT NULL OR attempts >= %s THEN %s ELSE NULL END"
        " WHERE state = 'RUNNING'",
        [MOST_ATTEMPTS, MOST_ATTEMPTS, MOST_ATTEMPTS, at],
    )


@transaction.atomic
def keep_output(
    *, work_id: UUID, file_name: str, media_type: str, content: bytes, by: Actor, at: dt.datetime
) -> OutputFacts:
    """Keep a file that work made, until it is forgotten."""
    del by
    output_id = uuid4()
    run(
        "INSERT INTO work_output (output_id, work_id, file_name, media_type, content, made_at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [output_id, work_id, file_name, media_type, content, at],
    )
    return OutputFacts(output_id, work_id, file_name, media_type, len(content), at)


@transaction.atomic
def take_output(*, output_id: UUID, by: Actor, at: dt.datetime) -> bytes | None:
    """Give the content of a file to whoever takes it, and record that; None where it is gone."""
    content = queries.output_content(output_id)
    if content is not None:
        append(kind=EntryKind.EXPORT_TAKEN, body={"output_id": str(output_id), "by": str(by)}, at=at)
    return content


@transaction.atomic
def forget_outputs(*, before: dt.datetime, by: Actor, at: dt.datetime) -> int:
    """Delete files made before a time; that they were made stays known."""
    del by, at
    return run("DELETE FROM work_output WHERE made_at < %s", [before])


def _stored(work_id: UUID) -> Work:
    found = queries.work(work_id)
    if found is None:
        raise NoSuchWorkError(NoSuchWorkError.__doc__)
    return found
