"""Values of the matching engine. Nothing here shows personal data in its `repr`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from tasuki.shared.dates import PartialDate

Columns = tuple[str | None, ...]
"""The comparison key of one record: its values, folded and split, in the order of the definition's columns."""

Levels = tuple[int, ...]
"""How far two records agree, one level for each comparison: -1 not known, 0 differs, higher is closer."""

MISSING, DIFFERS = -1, 0


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """What one system says of one person. Unknown is None, and nothing is made up for it.

    `number_hash` is a keyed hash of the 個人番号; the number itself never comes here.
    """

    key: str
    name: str | None = field(default=None, repr=False)
    kana: str | None = field(default=None, repr=False)
    birth_date: PartialDate | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    household_number: str | None = field(default=None, repr=False)
    number_hash: bytes | None = field(default=None, repr=False)


class Decision(StrEnum):
    """What becomes of a pair. Doubt is never automatic."""

    AUTOMATIC = "AUTOMATIC"
    """One person, for certain: a rule of law says so and nothing speaks against it."""
    CLERK = "CLERK"
    """A clerk looks."""
    NONE = "NONE"
    """Two people, as far as these records tell."""


class Effect(StrEnum):
    """What a rule does to a pair it fits."""

    AUTOMATIC = "AUTOMATIC"
    """One person, unless another rule speaks against it."""
    DOUBT = "DOUBT"
    """At most a clerk looks, whatever the weight."""
    CLERK = "CLERK"
    """A clerk always looks, whatever the weight."""
    NONE = "NONE"
    """Two people."""


class Outcome(NamedTuple):
    """The decision on a pair, and why. `rules` are those that fit, `decided_by` the one that decided, or the weight.

    `is_likely` says that the records probably are one person and nothing speaks against it: what a clerk would be
    shown as the proposal, and what accuracy is measured on. `is_alert` says that the two are namesakes whom nothing but
    their numbers tells apart: whatever else was linked to either automatically goes to a clerk.
    """

    decision: Decision
    weight: float
    probability: float
    decided_by: str
    rules: tuple[str, ...]
    is_likely: bool
    is_alert: bool


class Link(NamedTuple):
    """Two records and the decision on them; `first` sorts before `second`."""

    first: str
    second: str
    levels: Levels
    decision: Decision
    is_likely: bool
    is_alert: bool


class Cluster(NamedTuple):
    """Who a record is, automatically: records of one `label` are one person, unless the cluster is disputed."""

    label: str
    is_disputed: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the explanation: what was compared, how it came out, and what that weighs (log2, 0 for facts)."""

    comparison: str
    level: str
    ja: str
    en: str
    weight: float


@dataclass(frozen=True, slots=True)
class RuleApplied:
    """A rule that fits the pair, in words, with its source."""

    id: str
    effect: Effect
    ja: str
    en: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a pair was decided as it was: from the prior, step by step, to the weight; then the rules."""

    prior: float
    steps: tuple[Step, ...]
    rules: tuple[RuleApplied, ...]
    outcome: Outcome
