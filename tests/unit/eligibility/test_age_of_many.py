"""Ages worked out for a whole file are those worked out for one person."""

from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from tasuki.eligibility.objecting import age_before
from tasuki.eligibility.rules import age_on


@given(born=st.dates(date(1900, 1, 1), date(2027, 12, 31)), day=st.dates(date(2000, 1, 1), date(2099, 12, 31)))
@example(born=date(2004, 2, 29), day=date(2025, 2, 28))
@example(born=date(1970, 4, 1), day=date(2026, 3, 31))
def test_the_age_of_many_is_that_of_one(born: date, day: date) -> None:
    assert age_before(born.isoformat(), (day + timedelta(days=1)).isoformat()) == age_on(born, day)
