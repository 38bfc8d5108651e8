"""Remember which messages were acted on."""

import datetime as dt

from django.db import connection, transaction

from tasuki.protocol.envelope import CLOCK_SKEW
from tasuki.protocol.errors import MessageRefused, Refusal


def accept_once(*, sender: str, message: str, at: dt.datetime) -> None:
    """Remember a message in the caller's transaction, so that the memory and the effect are kept or lost together.

    :raises MessageRefused: when it was acted on before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO protocol_received_message (sender, message, received_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [sender, message, at],
        )
        if cursor.rowcount == 0:
            raise MessageRefused(Refusal.REPLAYED, "this message was acted on before", sender=sender)


@transaction.atomic
def forget_old_messages(*, at: dt.datetime) -> int:
    """Delete ids too old to be accepted again, and return how many."""
    with connection.cursor() as cursor:
        # A message may arrive one skew after a time that lies one skew ahead; a third leaves room for slow commits.
        cursor.execute("DELETE FROM protocol_received_message WHERE received_at < %s", [at - 3 * CLOCK_SKEW])
        return int(cursor.rowcount)
