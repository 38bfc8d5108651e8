"""Ages worked out for a whole file are those worked out for one person, and rules change at the ages they name."""

from datetime import date, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasuki.eligibility.catalogue import rule_book, year_rules
from tasuki.eligibility.objecting import age_before
from tasuki.eligibility.options import default_options
from tasuki.eligibility.rules import age_on, age_steps, objections
from tasuki.eligibility.types import Mark, Taken
from tasuki.layouts.types import Programme
from tasuki.screening.types import Source

HISTORIES = [(), *((Taken(2025 - ago, Source.OWN, "", marks),) for ago, marks in product((0, 1, 4), Mark))]


@given(born=st.dates(date(1900, 1, 1), date(2027, 12, 31)), day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
@example(born=date(2004, 2, 29), day=date(2025, 2, 28))
@example(born=date(1970, 4, 1), day=date(2026, 3, 31))
def test_the_age_of_many_is_that_of_one(born: date, day: date) -> None:
    assert age_before(born.isoformat(), (day + timedelta(days=1)).isoformat()) == age_on(born, day)


@pytest.mark.parametrize("programme", Programme)
def test_rules_treat_all_ages_alike_between_two_steps(programme: Programme) -> None:
    for fiscal_year in (2024, 2026):
        rules = year_rules(rule_book(), default_options(), fiscal_year, date(fiscal_year, 6, 1))[programme]
        steps = age_steps(rules)
        for (age, older), sex, earlier in product(pairwise(range(131)), "12", HISTORIES):
            if older not in steps:
                assert objections(rules, sex, older, earlier) == objections(rules, sex, age, earlier)
