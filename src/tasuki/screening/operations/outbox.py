"""The outbox: what the linkage has carried on is taken out."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import rows, run, text_array
from tasuki.screening.changes import EVERYTHING_OF
from tasuki.shared.actor import Actor

#: Far more changes than a town has between two backups.
LONGEST_LEAP: Final = 20_000_000


@transaction.atomic
def remove_carried(*, entry_ids: Sequence[int], by: Actor, at: dt.datetime) -> int:
    """Take entries out of the outbox once the gateway has acknowledged them, and give how many were there.

    No record of its own: what was carried on is recorded where it was sent.
    """
    del by, at
    return run("DELETE FROM screening_outbox WHERE id = ANY(%s::bigint[])", [text_array(map(str, entry_ids))])


_AGAIN: Final = f"""
INSERT INTO screening_outbox (kind, system_person_number, result_id, revision, created_at)
SELECT kind, system_person_number, result_id, revision, %(at)s FROM ({EVERYTHING_OF}) every
"""  # noqa: S608 — our own text


@transaction.atomic
def carry_again(*, system_person_numbers: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Have everything of some people carried on anew; give how many entries that makes.

    No record of its own: what is carried on is recorded where it is sent.
    """
    del by
    return run(_AGAIN, {"at": at, "people": list(system_person_numbers)})


@transaction.atomic
def number_beyond(*, ordinal: int, by: Actor, at: dt.datetime) -> int:
    """Let entries be numbered beyond an ordinal the gateway knows of; give how many numbers that passes over.

    For a town whose database was set back to a backup: the gateway has heard later numbers than it would give. A leap
    that no town's work could explain is not made, so that nobody can use up the numbers.
    """
    del by, at
    [found] = rows("SELECT nextval(pg_get_serial_sequence('screening_outbox', 'id')) AS next")
    behind = ordinal - int(found["next"])
    if not 0 < behind <= LONGEST_LEAP:
        return 0
    rows("SELECT max(nextval(pg_get_serial_sequence('screening_outbox', 'id'))) FROM generate_series(1, %s)", [behind])
    return behind
