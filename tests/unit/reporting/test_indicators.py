"""Arithmetic of the indicators, and that their data can be right."""

import pytest

from tasuki.layouts.types import Programme
from tasuki.reporting.catalogue import editions, indicators, methods
from tasuki.reporting.rules import BANDS, EXAMINED_LAST_YEAR, POPULATION, age_band, value_of
from tasuki.reporting.types import Column, Tally

BY_ID = {one.id: one for one in indicators()}


def tally(people: int = 0, last_year: int = 0, **counts: int) -> Tally:
    return Tally({}, {Column(name): number for name, number in counts.items()}, people, last_year)


@pytest.mark.parametrize("indicator", indicators(), ids=lambda one: one.id)
def test_every_part_of_an_indicator_is_counted(indicator: object) -> None:
    one = BY_ID[indicator.id]  # type: ignore[attr-defined]  # an indicator
    known = {*Column, POPULATION, EXAMINED_LAST_YEAR}
    assert {part.removeprefix("-") for part in (*one.numerator, *one.denominator)} <= known
    assert bool(one.compare) == any(one.thresholds.values())
    assert set(one.thresholds) == set(one.programmes)


@pytest.mark.parametrize(
    ("name", "programme", "counts", "percent"),
    [
        ("participation", Programme.LUNG, {"people": 200, "EXAMINED": 14}, 7.0),
        ("participation_two_years", Programme.BREAST,
         {"people": 100, "last_year": 8, "EXAMINED": 9, "SECOND_YEAR": 2}, 15.0),
        ("needs_detail", Programme.STOMACH, {"EXAMINED": 1000, "NEEDS_DETAIL": 81}, 8.1),
        ("detail_taken", Programme.STOMACH, {"NEEDS_DETAIL": 0}, None),
        ("positive_predictive_value", Programme.STOMACH, {"NEEDS_DETAIL": 200, "FOUND_CANCER": 3}, 1.5),
        ("cin3_or_worse_found", Programme.CERVIX,
         {"EXAMINED": 1000, "FOUND_CIN3": 1, "FOUND_AIS": 1, "FOUND_CANCER": 1}, 0.3),
        ("early_cancer", Programme.LUNG, {"FOUND_CANCER": 4, "FOUND_EARLY": 3}, 75.0),
        ("second_year_among_returning", Programme.BREAST, {"RETURNING": 10, "SECOND_YEAR": 4}, 40.0),
    ],
)  # fmt: skip
def test_an_indicator_is_a_percentage(
    name: str, programme: Programme, counts: dict[str, int], percent: float | None
) -> None:
    value = value_of(BY_ID[name], programme, tally(**counts))
    assert value.percent == (None if percent is None else pytest.approx(percent))
    assert percent is not None or value.verdicts == ()


def test_a_value_is_held_against_those_for_its_ages() -> None:
    counts = tally(EXAMINED=1000, NEEDS_DETAIL=80)
    every = value_of(BY_ID["needs_detail"], Programme.STOMACH, counts)
    assert [(one.threshold.edition.id, one.is_met) for one in every.verdicts] == [("2008", True)]
    to_74 = value_of(BY_ID["needs_detail"], Programme.STOMACH, counts, upper_age=74)
    assert [(one.threshold.edition.id, one.threshold.is_confirmed, one.is_met) for one in to_74.verdicts] == [
        ("2023", False, False)
    ]
    taken = value_of(BY_ID["detail_taken"], Programme.STOMACH, tally(NEEDS_DETAIL=100, DETAIL_TAKEN=80))
    assert [(one.threshold.edition.id, one.is_met) for one in taken.verdicts] == [
        ("2008", True),
        ("2008-target", False),
    ]


def test_every_age_lies_in_one_band() -> None:
    assert (age_band(19), age_band(20), age_band(44), age_band(79), age_band(80), age_band(101)) == (
        "-19", "20-24", "40-44", "75-79", "80-", "80-",
    )  # fmt: skip
    assert {age_band(age) for age in range(110)} == set(BANDS)


def test_every_programme_has_a_method_for_whatever_else() -> None:
    for programme in Programme:
        own = [one for one in methods() if one.programme is programme]
        assert own[-1].items == ()
        assert all(one.items for one in own[:-1])
    assert {one.upper_age for one in editions().values()} == {0, 74}
