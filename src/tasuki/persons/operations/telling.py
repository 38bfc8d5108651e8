"""Business systems are told of the register (住民異動の通知): each change once, in order, kept for a while.

No records of their own: what a system is given is recorded when it asks (`linkage.operations.service`).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import rows, run
from tasuki.persons.telling import lock_telling, tell_of_moves, tell_of_protection
from tasuki.persons.types.changes import RegisterMove
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
#: How long a change is kept for whoever asks late; ours, provisional (2026-11-27).
KEPT: Final = dt.timedelta(days=90)
# A system's newest change stays however old it is: it is what the system asks after, and what the next counts on from.
_FORGET: Final = """
DELETE FROM persons_register_change c USING (
  SELECT system, max(ordinal) AS newest, max(ordinal) FILTER (WHERE told_at < %s) AS old
  FROM persons_register_change GROUP BY system
) k WHERE c.system = k.system AND c.ordinal <= k.old AND c.ordinal < k.newest
"""


@transaction.atomic(using=ALIAS)
def begin_telling(*, upto: int, by: Actor, at: dt.datetime) -> None:
    """Begin to tell what the register changes behind a change; nothing happens where that began before."""
    del by
    run(
        "INSERT INTO persons_register_carried (carried_id, upto, carried_at) VALUES (1, %s, %s) ON CONFLICT DO NOTHING",
        [upto, at],
        alias=ALIAS,
    )


@transaction.atomic(using=ALIAS)
def tell_systems(*, after: int, upto: int, moves: Sequence[RegisterMove], by: Actor, at: dt.datetime) -> bool:
    """Tell every system of the register's changes from behind one up to another; give whether it was done.

    What somebody else told meanwhile is not told again: then nothing is done.
    """
    del by
    lock_telling()
    standing = rows("SELECT upto FROM persons_register_carried", alias=ALIAS)
    if [row["upto"] for row in standing] != [after]:
        return False
    tell_of_moves(moves, at)
    run("UPDATE persons_register_carried SET upto = %s, carried_at = %s", [upto, at], alias=ALIAS)
    return True


@transaction.atomic(using=ALIAS)
def tell_protection(*, register_numbers: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Tell systems whose protection began or ended, given the register's numbers of everybody protected now.

    Held against what each system was told, so that it also hears of whom it registers while they are protected.
    """
    del by
    lock_telling()
    return tell_of_protection(register_numbers, at)


@transaction.atomic(using=ALIAS)
def forget_told(*, by: Actor, at: dt.datetime) -> int:
    """Delete changes whose time is over, and give how many; whoever asks after one of them takes everything anew."""
    del by
    lock_telling()
    return run(_FORGET, [at - KEPT], alias=ALIAS)
