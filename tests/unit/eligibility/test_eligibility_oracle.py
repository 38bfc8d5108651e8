"""The decision against a naive one that only knows the national rules, year by year and person by person."""

import datetime as dt
from itertools import product

import pytest

from tasuki.eligibility.catalogue import load_rule_book, reference_day, rule_book, year_rules
from tasuki.eligibility.errors import RuleDataError
from tasuki.eligibility.options import default_options, problems, read_options, stored_options
from tasuki.eligibility.rules import assess, decide
from tasuki.eligibility.types import ExclusionKind, History, Options, PersonFacts, Reason, Status, Taken
from tasuki.layouts.types import Programme

YEAR = 2026
ON = dt.date(2026, 11, 23)
YEARS = year_rules(rule_book(), default_options(), YEAR, ON)
STARTS = {
    Programme.LUNG: 40,
    Programme.COLORECTAL: 40,
    Programme.BREAST: 40,
    Programme.STOMACH: 50,
    Programme.CERVIX: 20,
}
FOR_WOMEN = {Programme.BREAST, Programme.CERVIX, Programme.OSTEOPOROSIS}
MILESTONES = {
    Programme.OSTEOPOROSIS: range(40, 71, 5),
    Programme.PERIODONTAL: range(20, 71, 10),
}


def naively_due(programme: Programme, sex: str, age: int, taken: set[int]) -> bool:
    if programme in FOR_WOMEN and sex == "1":
        return False
    if YEAR in taken:
        return False
    if programme in MILESTONES:
        return age in MILESTONES[programme]
    if programme is Programme.HEPATITIS:
        return age >= 40 and not taken
    yearly = programme in (Programme.LUNG, Programme.COLORECTAL)
    return age >= STARTS[programme] and (yearly or YEAR - 1 not in taken)


@pytest.mark.parametrize("programme", Programme)
def test_the_decision_is_the_naive_one_for_every_age_sex_and_past(programme: Programme) -> None:
    for sex, age, years in product("12", range(111), product([False, True], repeat=4)):
        taken = {YEAR - place for place, was in enumerate(years) if was}
        before = [year for year in taken if year < YEAR]
        known = History(Taken(YEAR) if YEAR in taken else None, Taken(max(before)) if before else None)
        found = decide(YEARS[programme], sex, age, known)
        assert (found.status is Status.DUE) == naively_due(programme, sex, age, taken), (sex, age, taken)
        assert (found.status is Status.TAKEN) == (YEAR in taken)


@pytest.mark.parametrize("programme", Programme)
def test_the_next_year_is_the_first_in_which_the_person_is_due(programme: Programme) -> None:
    for born, last in product(range(1930, 2020, 7), (None, 2018, 2025, 2026)):
        taken = {programme: [Taken(last)]} if last else {}
        person = PersonFacts(dt.date(born, 6, 2), "2")
        now = assess(person, taken, [], YEARS, ON)[programme]
        due = []
        for year in range(YEAR + 1, YEAR + 60):
            rules = year_rules(rule_book(), default_options(), year, dt.date(year, 6, 1))
            if assess(person, taken, [], rules, dt.date(year, 6, 1))[programme].status is Status.DUE:
                due.append(year)
        expected = min(due, default=None)
        assert now.next_year == (None if now.status is Status.DUE else expected)


def test_an_exclusion_is_named_unless_the_person_is_outside_the_programme_anyway() -> None:
    lung, breast = YEARS[Programme.LUNG], YEARS[Programme.BREAST]
    assert decide(lung, "1", 60, History(), ExclusionKind.OTHER).reason is Reason.EXCLUDED
    assert decide(lung, "1", 20, History(), ExclusionKind.OTHER).reason is Reason.TOO_YOUNG
    assert decide(breast, "1", 60, History(), ExclusionKind.DIAGNOSED).reason is Reason.OTHER_SEX
    assert decide(lung, "1", 60, History(), None, lives_here=False).reason is Reason.NOT_RESIDENT


@pytest.mark.parametrize(
    ("text", "day"),
    [("03-31", dt.date(2027, 3, 31)), ("04-01", dt.date(2026, 4, 1)), ("02-29", dt.date(2027, 2, 28))],
)
def test_a_reference_day_lies_within_its_fiscal_year(text: str, day: dt.date) -> None:
    assert reference_day(text, YEAR) == day


def changed(**values: object) -> dict[str, object]:
    return stored_options(default_options()) | values


@pytest.mark.parametrize(
    "values",
    [
        {"chosen": ["nothing_we_know"]},
        {"chosen": ["hpv_five_years"]},
        {"reference_days": {"51": "02-30"}},
        {"ages_from": {"lung_xray": 41}},
        {"ages_from": {"osteoporosis_milestone": 35}},
        {"more_ages": {"lung_xray": [35]}},
        {"more_ages": {"periodontal_milestone": [300]}},
    ],
)
def test_options_that_cannot_be_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(RuleDataError):
        read_options(changed(**values))


def test_options_are_read_back_as_they_were_stored() -> None:
    content = changed(chosen=["hpv_alone"], ages_from={"lung_xray": 35}, more_ages={"periodontal_milestone": [25, 45]})
    options: Options = read_options(content)
    assert stored_options(options) == content
    assert problems(options, rule_book()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('kind = "once"', 'kind = "sometimes"'), "hepatitis_once"),
        (("interval_years = 5", "interval_yeers = 5"), "unknown keys"),
        (("effective_to = 2024-04-01", "effective_to = 2004-04-01"), "ends before"),
        (('option = "hpv_alone"', 'option = "hpv_only"'), "option that is not there"),
        (('id = "lung_sputum"', 'id = "lung_xray"'), "twice"),
    ],
)
def test_a_damaged_file_of_rules_is_refused_by_name(tmp_path: object, change: tuple[str, str], said: str) -> None:
    from importlib.resources import files
    from pathlib import Path

    text = files("tasuki.eligibility").joinpath("data", "rules.toml").read_text("utf-8")
    assert change[0] in text
    folder = Path(str(tmp_path))
    (folder / "rules.toml").write_text(text.replace(*change), "utf-8")
    with pytest.raises(RuleDataError, match=said):
        load_rule_book(folder)
