"""The sash: every screening in its place, whoever gave it."""

import datetime as dt

import pytest

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.outcomes import Verdict, verdict_of
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.web.presenters.sash import Cell, Leg, Sash, sash

TODAY = dt.date(2026, 11, 23)


def cell(of: Sash, programme: Programme, fiscal_year: int) -> Cell:
    [row] = [row for row in of.rows if row.programme.code == programme]
    [place] = [place for place, year in enumerate(of.years) if year.fiscal_year == fiscal_year]
    return row.cells[place]


def make(*legs: Leg, moved_in: dt.date | None = None) -> Sash:
    return sash(legs, moved_in=moved_in, on=TODAY, language=Language.JA)


def test_a_record_of_another_town_is_hatched_and_names_it() -> None:
    made = make(Leg(Programme.LUNG, 2024, Verdict.FINE, "#", "模擬市"))
    assert cell(made, Programme.LUNG, 2024).is_handed_on
    assert made.givers == ("模擬市",)


def test_what_is_due_is_marked_in_this_fiscal_year_only() -> None:
    taken = [Leg(Programme.LUNG, 2024, Verdict.FINE, "#")]
    made = sash(taken, moved_in=None, on=TODAY, language=Language.JA, due=[Programme.LUNG])
    assert cell(made, Programme.LUNG, 2026).is_due
    assert not cell(made, Programme.LUNG, 2025).is_due
    assert not cell(made, Programme.BREAST, 2026).is_due
    assert (made.has_due, make().has_due) == (True, False)


def test_an_own_record_is_not_hatched() -> None:
    made = make(Leg(Programme.LUNG, 2024, Verdict.FINE, "#"))
    assert [mark.style for mark in cell(made, Programme.LUNG, 2024).marks] == ["fine"]
    assert not cell(made, Programme.LUNG, 2024).is_handed_on


@pytest.mark.parametrize(
    ("moved_in", "fiscal_year"),
    [(dt.date(2026, 3, 31), 2025), (dt.date(2026, 4, 1), 2026), (dt.date(1999, 1, 1), None)],
)
def test_the_red_line_stands_in_the_fiscal_year_of_moving_in(moved_in: dt.date, fiscal_year: int | None) -> None:
    made = make(moved_in=moved_in)
    assert [year.fiscal_year for year in made.years if year.moved_in] == ([fiscal_year] if fiscal_year else [])


def test_there_are_at_least_six_years_and_at_most_ten_and_the_rest_is_counted() -> None:
    assert [year.fiscal_year for year in make().years] == list(range(2021, 2027))
    made = make(Leg(Programme.HEPATITIS, 2005, Verdict.FINE, "#"))
    assert [year.fiscal_year for year in made.years] == list(range(2017, 2027))
    assert made.earlier == 1
    assert not made.is_empty


def test_years_carry_their_era_also_where_it_changed_within() -> None:
    made = make(Leg(Programme.HEPATITIS, 2018, Verdict.FINE, "#"))
    assert [(year.fiscal_year, year.era) for year in made.years][:3] == [
        (2018, "平成30年度"),
        (2019, "平成31年度"),
        (2020, "令和2年度"),
    ]


def test_without_records_it_is_empty_with_all_eight_programmes() -> None:
    assert make().is_empty
    assert len(make().rows) == 8


def code_of(programme: Programme, identifier: str) -> str:
    [item] = [item for item in catalogue().items_of(programme) if item.identifier == identifier]
    return item.code


def record(programme: Programme, stage: Stage = Stage.PRIMARY, **said: str) -> ScreeningRecord:
    items = {code_of(programme, identifier): value for identifier, value in said.items()}
    return ScreeningRecord(programme, stage, 2026, 1, "2026-06-01", 50, None, None, None, items)


@pytest.mark.parametrize(
    ("judged", "verdict"),
    [
        (record(Programme.LUNG, detailed_examination_need="1"), Verdict.FINE),
        (record(Programme.LUNG, detailed_examination_need="2"), Verdict.DETAIL_NEEDED),
        (record(Programme.LUNG, detailed_examination_need="9"), Verdict.UNJUDGED),
        (record(Programme.HEPATITIS, hepatitis_b_judgement="1", hepatitis_c_judgement="2"), Verdict.DETAIL_NEEDED),
        (record(Programme.HEPATITIS, hepatitis_b_judgement="1", hepatitis_c_judgement="9"), Verdict.FINE),
        (record(Programme.OSTEOPOROSIS, overall_judgement="2"), Verdict.ADVICE),
        (record(Programme.PERIODONTAL, judgement="3"), Verdict.DETAIL_NEEDED),
        (record(Programme.PERIODONTAL), Verdict.TAKEN),
        (record(Programme.LUNG, Stage.DETAILED, detailed_result="1"), Verdict.DETAIL_DONE),
    ],
)
def test_a_record_comes_to_one_word(judged: ScreeningRecord, verdict: Verdict) -> None:
    assert verdict_of(judged) is verdict
