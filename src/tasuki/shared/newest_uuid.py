"""Version 7 UUIDs for many rows at once: made here they cost a tenth of what the database takes to make them."""

import os
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from struct import pack
from typing import Final

# As many as the twelve bits behind the time can count, made some at a time.
_A_MILLISECOND: Final = 0x1000
_A_BLOCK: Final = 0x100
_HALF: Final = 8
_VERSION: Final = 0x7000
# Of each second half the two bits of the variant are given, the others random: set for a whole block at once.
_VARIANT: Final = int.from_bytes(bytes([0x80, *bytes(_HALF - 1)]) * _A_BLOCK)
_RANDOM: Final = int.from_bytes(bytes([0x3F, *b"\xff" * (_HALF - 1)]) * _A_BLOCK)


def newest_uuids(at: datetime) -> Iterator[bytes]:
    """Give version 7 UUIDs without end, each greater than the one before, as 16 bytes.

    RFC 9562, 5.7: 48 bits of milliseconds, the version, a counter of 12 bits (6.2, method 1), the variant, 62 random
    bits. After 4,096 of them the millisecond goes on by one.

    :param at: the time they begin with.
    """
    for milliseconds in count(int(at.timestamp() * 1000)):
        begin = (milliseconds << 16) + _VERSION
        for first in range(begin, begin + _A_MILLISECOND, _A_BLOCK):
            heads = pack(f">{_A_BLOCK}Q", *range(first, first + _A_BLOCK))
            noise = int.from_bytes(os.urandom(_HALF * _A_BLOCK)) & _RANDOM | _VARIANT
            tails = noise.to_bytes(_HALF * _A_BLOCK)
            for start in range(0, len(heads), _HALF):
                end = start + _HALF
                yield heads[start:end] + tails[start:end]
