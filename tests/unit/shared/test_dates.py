"""Eras, fiscal years, age in law and Japan's civil day."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.shared import dates

civil_days = st.dates(min_value=dates.FIRST_CIVIL_DATE, max_value=date(2117, 12, 31))


@settings(max_examples=100)
@given(civil_days)
def test_era_round_trip(day: date) -> None:
    assert dates.parse_era(dates.in_era(day)) == day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), "令和8年11月23日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1873, 1, 1), "明治6年1月1日"),
    ],
)
def test_in_era_at_the_edges(day: date, expected: str) -> None:
    assert dates.in_era(day) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R8.11.23", date(2026, 11, 23)),
        ("h31/4/30", date(2019, 4, 30)),
        ("昭50-1-2", date(1975, 1, 2)),
        ("令和1年5月1日", date(2019, 5, 1)),
        ("大正15年12月25日", date(1926, 12, 25)),
        ("明治45年7月30日", date(1912, 7, 30)),
    ],
)
def test_parse_era_reads_short_forms_and_days_of_two_eras(text: str, expected: date) -> None:
    assert dates.parse_era(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "昭和64年1月8日",
        "平成31年5月1日",
        "令和0年5月1日",
        "令和8年2月29日",
        "明治5年12月2日",
        "8年11月23日",
        "X8.1.1",
        "",
    ],
)
def test_parse_era_refuses_days_outside_the_era(text: str) -> None:
    with pytest.raises(ValueError):
        dates.parse_era(text)


def test_in_era_refuses_days_of_the_old_calendar() -> None:
    with pytest.raises(ValueError):
        dates.in_era(date(1872, 12, 31))


def test_display_date_gives_both_calendars() -> None:
    assert dates.display_date(date(2026, 11, 23)) == "2026年11月23日(令和8年)"


@settings(max_examples=60)
@given(civil_days)
def test_a_day_lies_within_its_fiscal_year(day: date) -> None:
    first, last = dates.fiscal_year_bounds(dates.fiscal_year_of(day))
    assert first <= day <= last
    assert dates.fiscal_year_of(last + timedelta(days=1)) == dates.fiscal_year_of(day) + 1


def test_fiscal_year_begins_in_april() -> None:
    assert dates.fiscal_year_of(date(2026, 3, 31)) == 2025
    assert dates.fiscal_year_of(date(2026, 4, 1)) == 2026


@pytest.mark.parametrize(
    ("born", "on", "in_law", "by_birthday"),
    [
        # Born on 1 April: the age of 40 is attained on 31 March, the reference day of most programmes.
        (date(1986, 4, 1), date(2026, 3, 30), 39, 39),
        (date(1986, 4, 1), date(2026, 3, 31), 40, 39),
        (date(1986, 4, 1), date(2026, 4, 1), 40, 40),
        (date(1986, 4, 2), date(2026, 3, 31), 39, 39),
        # Born on 29 February: attained on 28 February, whether the year leaps or not.
        (date(1984, 2, 29), date(2026, 2, 27), 41, 41),
        (date(1984, 2, 29), date(2026, 2, 28), 42, 41),
        (date(1984, 2, 29), date(2026, 3, 1), 42, 42),
        (date(1984, 2, 29), date(2024, 2, 28), 40, 39),
        (date(1984, 2, 29), date(2024, 2, 29), 40, 40),
        # Born on 1 January: the eve is in the year before.
        (date(2000, 1, 1), date(2025, 12, 31), 26, 25),
        (date(2026, 11, 23), date(2026, 11, 23), 0, 0),
    ],
)
def test_age_in_law_advances_on_the_eve_of_the_birthday(born: date, on: date, in_law: int, by_birthday: int) -> None:
    assert dates.age_in_law(born, on) == in_law
    assert dates.age_by_birthday(born, on) == by_birthday


@settings(max_examples=60)
@given(civil_days, civil_days)
def test_age_in_law_is_the_age_of_the_next_morning(one: date, other: date) -> None:
    born, on = sorted((one, other))
    assert dates.age_in_law(born, on) == dates.age_by_birthday(born, on + timedelta(days=1))


@pytest.mark.parametrize("count", [dates.age_in_law, dates.age_by_birthday])
def test_there_is_no_age_before_birth(count: Callable[..., Any]) -> None:
    with pytest.raises(ValueError):
        count(date(2026, 1, 2), date(2026, 1, 1))


def test_age_in_law_on_the_last_day_python_knows() -> None:
    assert dates.age_in_law(date(9998, 1, 1), date.max) == 1


def test_the_civil_day_of_japan_begins_at_15_utc() -> None:
    assert dates.civil_date(datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC)) == date(2026, 3, 31)
    assert dates.civil_date(datetime(2026, 3, 31, 15, 0, tzinfo=UTC)) == date(2026, 4, 1)
    assert dates.to_jst(datetime(2026, 3, 31, 15, 0, tzinfo=UTC)).isoformat() == "2026-04-01T00:00:00+09:00"


def test_a_naive_time_has_no_civil_day() -> None:
    with pytest.raises(ValueError):
        dates.civil_date(datetime(2026, 3, 31, tzinfo=UTC).replace(tzinfo=None))
