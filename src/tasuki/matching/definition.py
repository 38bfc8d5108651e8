"""What is compared, how, and what follows: read from a definition and its weights, both dated data files."""

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log2
from typing import Any

from tasuki.matching.conditions import Condition, condition
from tasuki.matching.types import DIFFERS, MISSING, Effect

JAPAN, FEBRL = "japan", "febrl"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of agreement, in words; it is reached when any of its conditions holds."""

    id: str
    ja: str
    en: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing that is compared. `levels` run from the closest; then come "not known" and "differs".

    `present` are groups of columns of which one must be known on both sides, else the pair says nothing about it. A
    comparison that is not weighted is a fact for rules only: it would count twice what another one weighs already.
    """

    id: str
    ja: str
    en: str
    levels: tuple[Level, ...]
    missing: Level
    differs: Level
    present: tuple[Condition, ...]
    is_weighted: bool

    def level(self, value: int) -> Level:
        """Return the level of that number."""
        if value == MISSING:
            return self.missing
        return self.differs if value == DIFFERS else self.levels[len(self.levels) - value]

    def value(self, level_id: str) -> int:
        """Return the number of the level of that name.

        :raises ValueError: when there is none.
        """
        for value in range(MISSING, len(self.levels) + 1):
            if self.level(value).id == level_id:
                return value
        raise ValueError(f"{self.id} has no level {level_id}")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule on levels, with its source. It fits a pair whose every named comparison has one of the named levels."""

    id: str
    effect: Effect
    ja: str
    en: str
    source: str
    when: tuple[tuple[int, frozenset[int]], ...]
    is_alert: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """Fellegi–Sunter weights: for each comparison, how often each level is reached by one person and by two.

    `prior` is the share of all pairs of records that are one person.
    """

    estimated_on: dt.date
    obtained: str
    prior: float
    one_person: Mapping[str, Mapping[int, float]]
    two_people: Mapping[str, Mapping[int, float]]

    @property
    def prior_weight(self) -> float:
        return log2(self.prior / (1 - self.prior))

    def weight(self, comparison: str, level: int) -> float:
        """Return what a level weighs; nothing where nothing is known."""
        if level == MISSING or comparison not in self.one_person:
            return 0.0
        return log2(self.one_person[comparison][level] / self.two_people[comparison][level])


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that decides on a pair, except the weights."""

    id: str
    effective_from: dt.date
    status: str
    columns: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]
    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    clerk_probability: float
    likely_probability: float
    apart: str | None

    @property
    def clerk_weight(self) -> float:
        """The weight from which a clerk is shown a pair: the logarithm of the odds of that probability."""
        return log2(self.clerk_probability / (1 - self.clerk_probability))

    def place(self, column: str) -> int:
        """Return where a column stands in a comparison key."""
        return self.columns.index(column)


@cache
def definition(name: str) -> Definition:
    """Return a definition that comes with the package."""
    return read_definition(_data(f"{name}.toml"))


@cache
def weights(name: str) -> Weights:
    """Return the weights that come with the package for the definition of that name."""
    return read_weights(_data(f"{name}_weights.toml"), definition(name))


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(files("tasuki.matching").joinpath("data", name).read_text("utf-8"))


def read_definition(content: Mapping[str, Any]) -> Definition:
    """Make a definition from the content of its file.

    :raises ValueError: when it names a column, comparison or level that it does not have.
    """
    columns = tuple(content["columns"])
    place = {column: number for number, column in enumerate(columns)}
    words = content["words"]
    comparisons = tuple(_comparison(entry, place, words) for entry in content["comparison"])
    blocks = tuple(tuple(block["columns"]) for block in content["block"])
    if unknown := {column for block in blocks for column in block} - set(columns):
        raise ValueError(f"no such column: {sorted(unknown)}")
    return Definition(
        id=content["id"],
        effective_from=content["effective_from"],
        status=content["status"],
        columns=columns,
        blocks=blocks,
        comparisons=comparisons,
        rules=tuple(_rule(entry, comparisons) for entry in content.get("rule", ())),
        clerk_probability=content["threshold"]["clerk"],
        likely_probability=content["threshold"]["likely"],
        apart=content.get("apart"),
    )


def _comparison(entry: Mapping[str, Any], place: Mapping[str, int], words: Mapping[str, Any]) -> Comparison:
    levels = tuple(
        Level(level["id"], level["ja"], level["en"], tuple(condition(one, place) for one in level["any"]))
        for level in entry["level"]
    )
    return Comparison(
        id=entry["id"],
        ja=entry["ja"],
        en=entry["en"],
        levels=levels,
        missing=Level("missing", words["missing"]["ja"], words["missing"]["en"]),
        differs=Level("differs", words["differs"]["ja"], words["differs"]["en"]),
        present=tuple(_known(group, place) for group in entry["present"]),
        is_weighted=entry.get("weighted", True),
    )


def _known(columns: Sequence[str], place: Mapping[str, int]) -> Condition:
    """Make the condition that all of these columns are known on both sides."""
    at = tuple(place[column] for column in columns)
    sql = " AND ".join(f'"{column}_l" IS NOT NULL AND "{column}_r" IS NOT NULL' for column in columns)
    return Condition(f"({sql})", lambda one, other: all(one[i] is not None and other[i] is not None for i in at))


def _rule(entry: Mapping[str, Any], comparisons: Sequence[Comparison]) -> Rule:
    numbers = {comparison.id: number for number, comparison in enumerate(comparisons)}
    if unknown := set(entry["when"]) - set(numbers):
        raise ValueError(f"{entry['id']}: no such comparison: {sorted(unknown)}")
    when = tuple(
        (numbers[name], frozenset(comparisons[numbers[name]].value(level) for level in levels))
        for name, levels in entry["when"].items()
    )
    return Rule(
        entry["id"], Effect(entry["effect"]), entry["ja"], entry["en"], entry["source"], when, entry.get("alert", False)
    )


def read_weights(content: Mapping[str, Any], of: Definition) -> Weights:
    """Make the weights of a definition from the content of their file.

    :raises ValueError: when a weighted comparison or a level is missing, or a share is not between 0 and 1.
    """
    tables: dict[str, dict[str, dict[int, float]]] = {"one_person": {}, "two_people": {}}
    for comparison in of.comparisons:
        if comparison.is_weighted:
            for side, table in tables.items():
                table[comparison.id] = _shares(content[side].get(comparison.id, {}), comparison)
    if not 0 < content["prior"] < 1:
        raise ValueError("the prior is no share")
    return Weights(content["estimated_on"], content["obtained"], content["prior"], **tables)


def _shares(entry: Mapping[str, float], comparison: Comparison) -> dict[int, float]:
    shares = {comparison.value(level): share for level, share in entry.items()}
    if set(shares) != set(range(len(comparison.levels) + 1)) or not all(0 < one < 1 for one in shares.values()):
        raise ValueError(f"{comparison.id}: each level needs a share between 0 and 1")
    return shares
