"""How long what is kept: the day on which a record may first be erased, and the day before.

Clauses: 番号法23条・番号法施行令30条 for exchange records; the checklist of cancer screening for results;
the rest is the town's own and provisional (erasure/data/retention.toml).
"""

import datetime as dt

import pytest

from tasuki.erasure.catalogue import rule_named, rules
from tasuki.erasure.types import Carried

# rule, something of that day, the first day on which its time is over
CASES = [
    ("results", "2020-04-01", "2026-04-01"),
    ("results", "2021-03-31", "2026-04-01"),
    ("results", "2021-04-01", "2027-04-01"),
    ("people", "2021-03-31", "2026-04-01"),
    ("people", "2021-04-01", "2027-04-01"),
    ("imports", "2025-11-26", "2026-11-27"),
    ("letters", "2021-11-26", "2026-11-27"),
    ("letters", "2020-02-28", "2025-03-01"),
    ("exchange", "2019-11-26", "2026-11-27"),
]


@pytest.mark.parametrize(("name", "of", "over"), CASES)
def test_a_record_is_due_on_its_day_and_not_before(name: str, of: str, over: str) -> None:
    rule = rule_named(name)
    assert rule is not None
    day, first = dt.date.fromisoformat(of), dt.date.fromisoformat(over)
    assert day < rule.due_before(first)
    assert not day < rule.due_before(first - dt.timedelta(days=1))


@pytest.mark.parametrize("on", [dt.date(2024, 2, 29), dt.date(2028, 2, 29)])
def test_a_leap_day_has_a_day_in_every_year(on: dt.date) -> None:
    assert [rule.name for rule in rules() if rule.due_before(on) > on] == []


def test_every_rule_says_on_what_ground_and_is_marked_until_its_original_was_read() -> None:
    for rule in rules():
        assert all((*rule.label, *rule.basis)), rule.name
        assert rule.is_provisional, rule.name
        assert (rule.carried is Carried.REQUEST) == (rule.subject is not None), rule.name
