"""Weights from the records themselves, without labels: expectation and maximisation over the levels of pairs.

How often two people agree is read off pairs drawn at random, in which hardly two records are of one person; how often
one person's records agree, and how many such pairs there are, off the candidate pairs. Candidates would not do for
both: two people who are candidates were picked for agreeing. All that is needed of pairs is how many have which levels.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import exp, log

from tasuki.matching.definition import Definition, Weights
from tasuki.matching.types import MISSING, Levels

ROUNDS = 200
# Where the search starts: records of one person mostly agree.
_CLOSEST = 0.9
# A level that was never seen is rare, not impossible.
_UNSEEN = 0.5
_SETTLED = 1e-7


@dataclass(frozen=True, slots=True)
class Counted:
    """How many pairs have which levels: of the candidates, and of pairs drawn at random from so many records."""

    records: int
    candidates: Mapping[Levels, int]
    drawn: Mapping[Levels, int]


@dataclass(slots=True)
class _Side:
    """The shares of each level on one side, by comparison."""

    shares: dict[str, dict[int, float]]

    def surprise(self, names: list[str | None], levels: Levels) -> float:
        shares = self.shares
        return sum(
            log(shares[name][value])
            for name, value in zip(names, levels, strict=True)
            if name is not None and value != MISSING
        )


def estimate(of: Definition, counted: Counted, *, on: dt.date, obtained: str) -> Weights:
    """Estimate the weights of a definition from counted pairs.

    :param obtained: says in words which records these were.
    """
    names = [comparison.id if comparison.is_weighted else None for comparison in of.comparisons]
    one, two = _start(of), _shares(of, counted.drawn)
    prior = 1 / counted.records
    for _ in range(ROUNDS):
        likely = {
            levels: pairs * _share_of_one(one, two, prior, names, levels)
            for levels, pairs in counted.candidates.items()
        }
        one = _shares(of, likely)
        two = _shares(of, _without(counted.drawn, lambda levels: _share_of_one(one, two, prior, names, levels)))  # noqa: B023 — called at once
        settled = sum(likely.values()) / (counted.records * (counted.records - 1) / 2)
        moved, prior = abs(settled / prior - 1), settled
        if moved < _SETTLED:
            break
    return Weights(on, obtained, prior, one.shares, two.shares)


def _without(drawn: Mapping[Levels, int], share_of_one: Callable[[Levels], float]) -> dict[Levels, float]:
    """Leave out, of pairs drawn at random, the few that are one person."""
    return {levels: pairs * (1 - share_of_one(levels)) for levels, pairs in drawn.items()}


def _start(of: Definition) -> _Side:
    shares = {}
    for comparison in of.comparisons:
        if comparison.is_weighted:
            count = len(comparison.levels)
            shares[comparison.id] = dict.fromkeys(range(count), (1 - _CLOSEST) / count) | {count: _CLOSEST}
    return _Side(shares)


def _share_of_one(one: _Side, two: _Side, prior: float, names: list[str | None], levels: Levels) -> float:
    odds = log(prior / (1 - prior)) + one.surprise(names, levels) - two.surprise(names, levels)
    # Beyond this the share is 0 or 1 to the last digit, and exp would overflow.
    if abs(odds) > 700:
        return float(odds > 0)
    return 1 / (1 + exp(-odds))


def _shares(of: Definition, expected: Mapping[Levels, float] | Mapping[Levels, int]) -> _Side:
    shares = {}
    for number, comparison in enumerate(of.comparisons):
        if not comparison.is_weighted:
            continue
        seen = dict.fromkeys(range(len(comparison.levels) + 1), _UNSEEN)
        for levels, pairs in expected.items():
            if levels[number] != MISSING:
                seen[levels[number]] += pairs
        total = sum(seen.values())
        shares[comparison.id] = {value: pairs / total for value, pairs in seen.items()}
    return _Side(shares)


def as_toml(found: Weights, of: Definition, command: str) -> str:
    """Write weights as the data file they are read from."""
    lines = [
        f"# Weights of `{of.id}.toml`, estimated without labels by `{command}`. Generated; do not edit.",
        "#",
        "# one_person: how often each level is reached by two records of one person; two_people: by two records drawn",
        "# at random that are not. prior: the share of all pairs that are one person.",
        f"estimated_on = {found.estimated_on.isoformat()}",
        f'obtained = "{found.obtained}"',
        f"prior = {found.prior:.6g}",
    ]
    for side, table in (("one_person", found.one_person), ("two_people", found.two_people)):
        lines += ["", f"[{side}]"]
        for comparison in of.comparisons:
            if comparison.is_weighted:
                levels = range(len(comparison.levels), -1, -1)
                shares = ", ".join(f"{comparison.level(one).id} = {table[comparison.id][one]:.6g}" for one in levels)
                lines.append(f"{comparison.id} = {{ {shares} }}")
    return "\n".join(lines) + "\n"
