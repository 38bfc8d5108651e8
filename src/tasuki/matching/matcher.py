"""One pair: blocking keys, levels, decision and explanation."""

from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

from tasuki.matching.definition import JAPAN, Comparison, Definition, Rule, Weights, definition, weights
from tasuki.matching.types import (
    DIFFERS,
    MISSING,
    Columns,
    Decision,
    Effect,
    Explanation,
    Levels,
    Outcome,
    RuleApplied,
    Step,
)

_KEY_BYTES = 16
BY_WEIGHT = "weight"
"""What decided a pair that no rule decided."""


class Matcher:
    """Compares and decides pairs by one definition and its weights; keeps nothing between calls but what they repeat.

    A decision depends on the levels alone, so a batch decides once for all pairs of the same levels, and one new record
    is decided by the same function.
    """

    def __init__(self, of: Definition, by: Weights) -> None:
        """Take what decides."""
        self.definition, self.weights = of, by
        self._blocks = [
            (number.to_bytes(1), tuple(of.place(column) for column in block)) for number, block in enumerate(of.blocks)
        ]
        self._apart = None if of.apart is None else of.place(of.apart)
        self._decided: dict[Levels, Outcome] = {}

    def blocking_keys(self, record: Columns) -> list[bytes]:
        """Return the keys of a record: two records are candidates when they share one.

        The keys are digests, so that the table of keys reads as noise; they are not secret from who knows the person.
        """
        keys = []
        for number, places in self._blocks:
            values = [value for place in places if (value := record[place]) is not None]
            if len(values) == len(places):
                keys.append(blake2b("\x1f".join(values).encode(), digest_size=_KEY_BYTES, person=number).digest())
        return keys

    def may_be_paired(self, one: Columns, other: Columns) -> bool:
        """Tell whether a pair may be compared at all: records of one duplicate-free file are not."""
        return self._apart is None or one[self._apart] != other[self._apart]

    def compare(self, one: Columns, other: Columns) -> Levels:
        """Return how far two records agree; the order of the two does not matter."""
        return tuple(_level(comparison, one, other) for comparison in self.definition.comparisons)

    def decide(self, levels: Levels) -> Outcome:
        """Decide a pair by its levels."""
        known = self._decided.get(levels)
        if known is None:
            known = self._decided[levels] = self._decide(levels)
        return known

    def explain(self, levels: Levels) -> Explanation:
        """Say in words, step by step, why a pair of these levels is decided as it is."""
        steps = []
        for comparison, value in zip(self.definition.comparisons, levels, strict=True):
            level = comparison.level(value)
            weight = self.weights.weight(comparison.id, value)
            steps.append(
                Step(comparison.id, level.id, f"{comparison.ja}: {level.ja}", f"{comparison.en}: {level.en}", weight)
            )
        applied = [RuleApplied(one.id, one.effect, one.ja, one.en, one.source) for one in self._fitting(levels)]
        return Explanation(self.weights.prior_weight, tuple(steps), tuple(applied), self.decide(levels))

    def _decide(self, levels: Levels) -> Outcome:
        weight = self.weights.prior_weight
        for comparison, value in zip(self.definition.comparisons, levels, strict=True):
            weight += self.weights.weight(comparison.id, value)
        probability = 1 / (1 + 2**-weight)
        fitting = self._fitting(levels)
        decision, decided_by = self._settle(fitting, probability)
        alert = any(rule.is_alert for rule in fitting)
        speaks_against = any(rule.effect != Effect.AUTOMATIC for rule in fitting)
        is_likely = decision == Decision.AUTOMATIC or (
            decision == Decision.CLERK and probability >= self.definition.likely_probability and not speaks_against
        )
        return Outcome(decision, weight, probability, decided_by, tuple(rule.id for rule in fitting), is_likely, alert)

    def _fitting(self, levels: Levels) -> list[Rule]:
        return [
            rule for rule in self.definition.rules if all(levels[number] in allowed for number, allowed in rule.when)
        ]

    def _settle(self, fitting: Sequence[Rule], probability: float) -> tuple[Decision, str]:
        """Let the strongest rule decide: two people, then a clerk, then doubt, then certainty; else the weight."""
        by_effect = {rule.effect: rule.id for rule in reversed(fitting)}
        if Effect.NONE in by_effect:
            return Decision.NONE, by_effect[Effect.NONE]
        if Effect.CLERK in by_effect:
            return Decision.CLERK, by_effect[Effect.CLERK]
        if Effect.AUTOMATIC in by_effect:
            doubt = by_effect.get(Effect.DOUBT)
            return (Decision.AUTOMATIC, by_effect[Effect.AUTOMATIC]) if doubt is None else (Decision.CLERK, doubt)
        if probability >= self.definition.clerk_probability:
            return Decision.CLERK, by_effect.get(Effect.DOUBT, BY_WEIGHT)
        return Decision.NONE, BY_WEIGHT


def _level(comparison: Comparison, one: Columns, other: Columns) -> int:
    value = len(comparison.levels)
    for level in comparison.levels:
        for condition in level.conditions:
            if condition.holds(one, other):
                return value
        value -= 1
    return DIFFERS if any(known.holds(one, other) for known in comparison.present) else MISSING


@cache
def japanese() -> Matcher:
    """Return the matcher of Japanese residents, with the definition and weights that come with the package."""
    return Matcher(definition(JAPAN), weights(JAPAN))
