"""Remember which messages were acted on, and when the worker was last at work."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import connection, transaction

from tasuki.nodes.sql import text_array
from tasuki.protocol.envelope import CLOCK_SKEW
from tasuki.protocol.errors import MessageRefused, Refusal


def accept_new(*, messages: Sequence[tuple[str, str]], at: dt.datetime) -> set[tuple[str, str]]:
    """Remember messages, given as sender and id, in the caller's transaction, and return those not acted on before.

    The memory and the effect of a message are kept or lost together.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO protocol_received_message (sender, message, received_at)"
            " SELECT sender, message, %s FROM unnest(%s::text[], %s::uuid[]) AS r(sender, message)"
            " ON CONFLICT DO NOTHING RETURNING sender, message::text",
            [at, text_array(sender for sender, _ in messages), text_array(message for _, message in messages)],
        )
        return set(cursor.fetchall())


def accept_once(*, sender: str, message: str, at: dt.datetime) -> None:
    """Remember one message in the caller's transaction.

    :raises MessageRefused: when it was acted on before.
    """
    if not accept_new(messages=[(sender, message)], at=at):
        raise replayed(sender)


def replayed(sender: str) -> MessageRefused:
    """Return the refusal of a message that was acted on before."""
    return MessageRefused(Refusal.REPLAYED, "this message was acted on before", sender=sender)


@transaction.atomic
def forget_old_messages(*, at: dt.datetime) -> int:
    """Delete ids too old to be accepted again, and return how many."""
    with connection.cursor() as cursor:
        # A message may arrive one skew after a time that lies one skew ahead; a third leaves room for slow commits.
        cursor.execute("DELETE FROM protocol_received_message WHERE received_at < %s", [at - 3 * CLOCK_SKEW])
        return int(cursor.rowcount)


@transaction.atomic
def note_loops(*, ended: Mapping[str, dt.datetime], at: dt.datetime) -> None:
    """Keep when the worker's loops came to their end, and forget loops that this version has no longer.

    It is committed to disk, so that a worker whose writing fails counts as one that is not there.
    """
    del at
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO protocol_worker_loop (name, ended_at) SELECT * FROM unnest(%s::text[], %s::timestamptz[])"
            " ON CONFLICT (name) DO UPDATE SET ended_at = excluded.ended_at",
            [list(ended), list(ended.values())],
        )
        cursor.execute("DELETE FROM protocol_worker_loop WHERE name <> ALL(%s)", [list(ended)])
