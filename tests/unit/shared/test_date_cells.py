"""Dates in the cells of files."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.shared.dates import (
    DatePrecision,
    DateProblem,
    PartialDate,
    RefusedDate,
    display_partial_date,
    parse_date,
    parse_partial_date,
)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-03",
        "2026/11/3",
        "2026.11.3",
        "2026年11月3日",
        "20261103",
        "２０２６／１１／３",
        " 2026-11-03 ",
        "2026/11/3 0:00",
        "2026-11-03 00:00:00",
        "2026−11−03",
        "令和8年11月3日",
        "令和 8年11月 3日",
        "R8.11.3",
        "Ｒ８．１１．３",
    ],
)
def test_common_spellings_are_read(cell: str) -> None:
    assert parse_date(cell) == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("", DateProblem.EMPTY),
        ("　", DateProblem.EMPTY),
        ("46349", DateProblem.EXCEL_SERIAL),
        ("46349.5", DateProblem.EXCEL_SERIAL),
        ("8/11/23", DateProblem.TWO_DIGIT_YEAR),
        ("08年11月23日", DateProblem.TWO_DIGIT_YEAR),
        ("081123", DateProblem.TWO_DIGIT_YEAR),
        ("2026-02-30", DateProblem.IMPOSSIBLE_DATE),
        ("20261301", DateProblem.IMPOSSIBLE_DATE),
        ("2026/00/00", DateProblem.IMPOSSIBLE_DATE),
        ("昭和64年1月8日", DateProblem.IMPOSSIBLE_DATE),
        ("S1234", DateProblem.UNREADABLE),
        ("1E+15", DateProblem.UNREADABLE),
        ("不明", DateProblem.UNREADABLE),
        ("2026-11-03 09:30", DateProblem.UNREADABLE),
    ],
)
def test_refusals_say_why_and_keep_the_cell(cell: str, problem: DateProblem) -> None:
    assert parse_date(cell) == RefusedDate(cell, problem)


@settings(max_examples=100)
@given(st.text(max_size=20))
def test_no_cell_raises(cell: str) -> None:
    found = parse_date(cell)
    assert isinstance(found, date) or found.text == cell


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026/11", PartialDate(2026, 11)),
        ("2026年11月", PartialDate(2026, 11)),
        ("2026", PartialDate(2026)),
        ("2026年", PartialDate(2026)),
        ("R8.11.3", PartialDate(2026, 11, 3)),
        ("令和8年5月", PartialDate(2026, 5)),
        ("ｒ８．５", PartialDate(2026, 5)),
        ("令和元年", PartialDate(2019)),
        ("昭和64年1月", PartialDate(1989, 1)),
        ("昭和64年2月", RefusedDate("昭和64年2月", DateProblem.IMPOSSIBLE_DATE)),
        ("令和8年13月", RefusedDate("令和8年13月", DateProblem.IMPOSSIBLE_DATE)),
        ("R8", RefusedDate("R8", DateProblem.UNREADABLE)),
        ("2026/13", RefusedDate("2026/13", DateProblem.IMPOSSIBLE_DATE)),
        ("春", RefusedDate("春", DateProblem.UNREADABLE)),
    ],
)
def test_partial_cells(cell: str, expected: PartialDate | RefusedDate) -> None:
    assert parse_partial_date(cell) == expected


@pytest.mark.parametrize(
    ("iso", "precision", "earliest", "latest"),
    [
        ("2024", DatePrecision.YEAR, date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", DatePrecision.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-12", DatePrecision.MONTH, date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-02-03", DatePrecision.DAY, date(2024, 2, 3), date(2024, 2, 3)),
    ],
)
def test_partial_dates_keep_their_precision(iso: str, precision: DatePrecision, earliest: date, latest: date) -> None:
    partial = PartialDate.from_iso(iso)
    assert (partial.iso, partial.precision) == (iso, precision)
    assert (partial.earliest(), partial.latest()) == (earliest, latest)
    assert partial.exact() == (earliest if precision is DatePrecision.DAY else None)


@settings(max_examples=60)
@given(st.dates())
def test_a_whole_date_survives_as_partial_date(day: date) -> None:
    partial = PartialDate.of(day)
    assert PartialDate.from_iso(partial.iso) == partial
    assert partial.exact() == day


@pytest.mark.parametrize(
    "iso", ["2026-13", "2026-00", "2026-01-00", "0000", "2026-02-30", "26-01-01", "2026/01", "20260101", ""]
)
def test_malformed_partial_dates_are_refused(iso: str) -> None:
    with pytest.raises(ValueError):
        PartialDate.from_iso(iso)


def test_a_day_without_month_is_refused() -> None:
    with pytest.raises(ValueError):
        PartialDate(2026, None, 3)


@pytest.mark.parametrize(
    ("iso", "written"),
    [
        ("2026-11-03", "2026年11月3日(令和8年)"),
        ("2026-05", "2026年5月(令和8年)"),
        ("2019", "2019年(平成31年・令和元年)"),
        ("1989-01", "1989年1月(昭和64年・平成元年)"),
        ("1600", "1600年"),
    ],
)
def test_a_partial_date_is_shown_no_more_precisely_than_it_is_known(iso: str, written: str) -> None:
    assert display_partial_date(PartialDate.from_iso(iso)) == written
