"""How much content one reply carries: what a message may hold is less than ten thousand people may have to be told."""

from collections.abc import Iterable
from itertools import accumulate
from typing import Final

#: Bytes of content in one reply; written as text in JSON it stays well below what a message may hold.
MOST_CONTENT: Final = 24 * 1024 * 1024


def fitting(sizes: Iterable[int]) -> int:
    """Return how many, from the first on, fit into one reply: at least one, or it would never be sent."""
    return sum(size <= MOST_CONTENT for size in accumulate(sizes)) or 1
