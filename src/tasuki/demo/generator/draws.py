"""Small draws shared by the programmes."""

from collections.abc import Sequence
from random import Random

Values = dict[str, str]
"""Item values of one record: JLAC10 code to official code, number or text."""


def pick(random: Random, weighted: Sequence[tuple[str, float]]) -> str:
    """Draw one code by weight. A loop beats `random.choices` for lists this short."""
    drawn = random.random() * sum(weight for _, weight in weighted)
    for code, weight in weighted:
        drawn -= weight
        if drawn < 0:
            return code
    return weighted[-1][0]


def maybe(random: Random, share: float, value: str) -> str:
    """Give the value for a share of the draws, else nothing."""
    return value if random.random() < share else ""
