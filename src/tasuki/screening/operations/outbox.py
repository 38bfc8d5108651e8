"""The outbox: what the linkage has carried on is taken out."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

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


_AGAIN: Final = """
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT 'RESIDENT', system_person_number, NULL, NULL, %s FROM screening_resident WHERE system_person_number = ANY(%s)
UNION ALL
SELECT 'RESULT', system_person_number, result_id, revision, %s FROM screening_result
WHERE system_person_number = ANY(%s) AND source = 'OWN' AND withdrawn_at IS NULL
"""


@transaction.atomic
def carry_again(*, system_person_numbers: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Have everything of some people carried on anew, because of who they are now; give how many entries that makes.

    No record of its own: what is carried on is recorded where it is sent.
    """
    del by
    numbers = list(system_person_numbers)
    return run(_AGAIN, [at, numbers, at, numbers])
