"""Which pairs are one person for certain, which a clerk looks at, and which are two people."""

import pytest

from tasuki.matching.matcher import japanese
from tests.spec.matching.cases import Case, cases


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.en)
def test_a_pair_is_decided_as_the_table_says(case: Case) -> None:
    matcher = japanese()
    levels = case.compared()
    named = {
        comparison.id: comparison.level(value).id
        for comparison, value in zip(matcher.definition.comparisons, levels, strict=True)
    }
    assert {name: named[name] for name in case.levels} == case.levels
    outcome = matcher.decide(levels)
    assert (outcome.decision, outcome.decided_by) == (case.decision, case.by)


def test_every_rule_is_shown_by_a_case() -> None:
    fitting = {rule for case in cases() for rule in japanese().decide(case.compared()).rules}
    assert {rule.id for rule in japanese().definition.rules} - fitting == set()
