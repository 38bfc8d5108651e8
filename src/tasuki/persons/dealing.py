"""Where new 団体内統合宛名番号 come from, one list at a time. Parts of operations."""

from collections.abc import Iterator
from typing import Final

from tasuki.nodes.sql import rows, run

ALIAS: Final = "index"
# Any constant: it means "people are being numbered".
_NUMBERING_LOCK: Final = 0x4E55_4D42


def lock_numbering() -> None:
    """Let one list be numbered at a time: two that name one person must not both find them unknown."""
    run("SELECT pg_advisory_xact_lock(%s)", [_NUMBERING_LOCK], alias=ALIAS)


def fresh_numbers(most: int) -> Iterator[str]:
    """Deal new numbers, once the first is asked for; those drawn and not needed are gaps, which nothing minds."""
    dealt = rows(
        "SELECT lpad(nextval('persons_unified_number')::text, 15, '0') AS number FROM generate_series(1, %s)",
        [most],
        alias=ALIAS,
    )
    yield from [row["number"] for row in dealt]


def fresh_non_registered_number() -> str:
    """Deal a 宛名番号 for somebody outside the register, who is registered by hand: 9 and fourteen digits."""
    [row] = rows("SELECT '9' || lpad(nextval('persons_non_registered_number')::text, 14, '0') AS number", alias=ALIAS)
    return str(row["number"])


def move_beyond(number: int) -> None:
    """Let new numbers be dealt beyond this one; never from where they were dealt already."""
    run("SELECT persons_number_beyond(%s)", [number], alias=ALIAS)
