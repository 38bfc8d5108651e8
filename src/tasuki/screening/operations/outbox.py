"""The outbox: what the linkage has carried on is taken out."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor


@transaction.atomic
def remove_carried(*, entry_ids: Sequence[int], by: Actor, at: dt.datetime) -> int:
    """Take entries out of the outbox once the gateway has acknowledged them, and give how many were there.

    No record of its own: what was carried on is recorded where it was sent.
    """
    del by, at
    return run("DELETE FROM screening_outbox WHERE id = ANY(%s)", [list(entry_ids)])
