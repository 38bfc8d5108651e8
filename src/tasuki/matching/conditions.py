"""What a level of agreement asks of two records, once in Python and once in SQL.

Both must say the same of every pair, which `tests/unit/matching/test_conditions.py` holds against DuckDB itself. That
is why edit distances are taken on ASCII columns only: DuckDB counts bytes, Python characters. No column is ever empty:
what is not known is None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from tasuki.matching.types import Columns

Holds = Callable[[Columns, Columns], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: as SQL over the left and right column, and as a function of two comparison keys."""

    sql: str
    holds: Holds


def condition(entry: Mapping[str, Any], place: Mapping[str, int]) -> Condition:
    """Make the condition that an entry of a definition describes.

    :raises ValueError: when the entry is of no known kind or names an unknown column.
    """
    try:
        match entry:
            case {"same": list(columns)}:
                return _same(columns, place)
            case {"near": str(column), "within": int(edits)}:
                return _near(column, edits, place[column])
            case {"alike": str(column), "at_least": float(similarity)}:
                return _alike(column, similarity, place[column])
            case {"crossed": [str(one), str(other)]}:
                return _crossed(one, other, place)
            case {"compatible": [str(first), *rest]}:
                return _compatible(first, rest, place)
    except KeyError as error:
        raise ValueError(f"no such column: {error}") from error
    raise ValueError(f"no such condition: {sorted(entry)}")


def _same(columns: Sequence[str], place: Mapping[str, int]) -> Condition:
    """All of these columns are known and equal."""
    at = tuple(place[column] for column in columns)

    def holds(left: Columns, right: Columns) -> bool:
        return all(left[i] is not None and left[i] == right[i] for i in at)

    return Condition(" AND ".join(f'"{column}_l" = "{column}_r"' for column in columns), holds)


def _near(column: str, edits: int, at: int) -> Condition:
    """At most so many letters are added, left out, changed or swapped with their neighbour."""

    def holds(left: Columns, right: Columns) -> bool:
        one, other = left[at], right[at]
        if one is None or other is None:
            return False
        return DamerauLevenshtein.distance(one, other, score_cutoff=edits) <= edits

    return Condition(f'damerau_levenshtein("{column}_l", "{column}_r") <= {edits}', holds)


def _alike(column: str, similarity: float, at: int) -> Condition:
    """The Jaro–Winkler similarity is at least so high, give or take what the last digits of two libraries differ by."""
    least = similarity - 1e-9

    def holds(left: Columns, right: Columns) -> bool:
        one, other = left[at], right[at]
        if one is None or other is None:
            return False
        return JaroWinkler.similarity(one, other) >= least

    return Condition(f'jaro_winkler_similarity("{column}_l", "{column}_r") >= {least!r}', holds)


def _crossed(one: str, other: str, place: Mapping[str, int]) -> Condition:
    """One record's value stands in the other's neighbouring column."""
    first, second = place[one], place[other]

    def holds(left: Columns, right: Columns) -> bool:
        return (left[first] is not None and left[first] == right[second]) or (
            left[second] is not None and left[second] == right[first]
        )

    return Condition(f'("{one}_l" = "{other}_r" OR "{other}_l" = "{one}_r")', holds)


def _compatible(first: str, rest: Sequence[str], place: Mapping[str, int]) -> Condition:
    """The first column is known and equal, and none of the others is known on both sides and differs."""
    at, others = place[first], tuple(place[column] for column in rest)

    def holds(left: Columns, right: Columns) -> bool:
        return (
            left[at] is not None
            and left[at] == right[at]
            and all(left[i] is None or right[i] is None or left[i] == right[i] for i in others)
        )

    parts = [f'"{first}_l" = "{first}_r"']
    parts += [f'coalesce("{column}_l" = "{column}_r", true)' for column in rest]
    return Condition(" AND ".join(parts), holds)
