"""What speaks against a record in view of the person, their other screenings and the register of institutions."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from tasuki.layouts.types import Programme, ScreeningRecord, Severity, Stage
from tasuki.screening.circumstances import Circumstances, Other, problems_with_circumstances
from tasuki.screening.rules import Lifetime
from tasuki.screening.types import FacilityRow, Objection

LIFE = Lifetime(date(1970, 6, 14), None, None)
NEED = "9P504000000000011"
PRIMARY = ScreeningRecord(
    Programme.LUNG, Stage.PRIMARY, 2025, 1, "2025-07-24", 55, "1", "1319910030", "模擬町診療所", {NEED: "2"}
)
DETAILED = PRIMARY._replace(stage=Stage.DETAILED, examined_date="2025-09-01", items={})
CLINIC = FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))


def broken(
    record: ScreeningRecord, *others: ScreeningRecord, facility: tuple[FacilityRow, ...] = (CLINIC,), **facts: object
) -> set[str]:
    values: dict[str, object] = {"life": LIFE, "facility": facility} | facts
    known = [Other(UUID(int=place), other) for place, other in enumerate(others)]
    found = problems_with_circumstances(record, Circumstances(others=known, **values))  # type: ignore[arg-type]  # named
    assert {problem.severity for problem in found} <= {Severity.WARNING}
    return {problem.rule for problem in found}


def test_a_first_primary_screening_stands_unopposed() -> None:
    assert broken(PRIMARY) == set()


# The primary of the same year, another of its dates, and what is said of a detailed examination then.
DETAILED_CASES = [
    ("no primary at all", (), {"detailed_without_primary"}),
    ("a primary that needs detail", (PRIMARY,), set()),
    ("a primary of another year", (PRIMARY._replace(fiscal_year=2024),), {"detailed_without_primary"}),
    ("a primary of another programme", (PRIMARY._replace(programme=Programme.BREAST),), {"detailed_without_primary"}),
    ("a later primary", (PRIMARY._replace(examined_date="2025-10-01"),), {"detailed_before_primary"}),
    ("a primary some day of that month", (PRIMARY._replace(examined_date="2025-09"),), set()),
    ("a primary of unknown day", (PRIMARY._replace(examined_date=None),), set()),
    ("a primary without findings", (PRIMARY._replace(items={NEED: "1"}),), {"detailed_not_needed"}),
    ("a primary that could not be judged", (PRIMARY._replace(items={NEED: "9"}),), set()),
    ("two primaries, one of which needs detail", (PRIMARY, PRIMARY._replace(items={NEED: "1"})), set()),
    ("a primary that says nothing", (PRIMARY._replace(items={}),), set()),
]


@pytest.mark.parametrize(("case", "others", "rules"), DETAILED_CASES, ids=[case for case, *_ in DETAILED_CASES])
def test_a_detailed_examination_follows_a_primary_that_calls_for_it(
    case: str, others: tuple[ScreeningRecord, ...], rules: set[str]
) -> None:
    assert broken(DETAILED, *others) == rules, case


DUPLICATE_CASES = [
    ("the same year", PRIMARY._replace(examined_date="2025-05-01"), {"duplicate_in_year"}),
    ("the same day", PRIMARY, {"duplicate_in_year", "duplicate_on_day"}),
    ("the same day under another year", PRIMARY._replace(fiscal_year=2024), {"duplicate_on_day"}),
    ("both stages in one", PRIMARY._replace(stage=Stage.BOTH, examined_date=None), {"duplicate_in_year"}),
    ("the detailed examination", DETAILED, set()),
    ("another programme", PRIMARY._replace(programme=Programme.BREAST), set()),
    ("the year before", PRIMARY._replace(fiscal_year=2024, examined_date="2024-07-24"), set()),
    ("no day on either", PRIMARY._replace(fiscal_year=2024, examined_date=None), set()),
]


@pytest.mark.parametrize(("case", "other", "rules"), DUPLICATE_CASES, ids=[case for case, *_ in DUPLICATE_CASES])
def test_a_screening_that_may_be_stored_already_is_pointed_out(
    case: str, other: ScreeningRecord, rules: set[str]
) -> None:
    assert broken(PRIMARY, other) == rules, case


def test_two_screenings_of_unknown_day_are_not_on_the_same_one() -> None:
    unknown = PRIMARY._replace(examined_date=None)
    assert broken(unknown, unknown._replace(fiscal_year=2024)) == set()


FACILITY_CASES = [
    ("nobody holds the number", (), "2025-07-24", {"unknown_facility"}),
    ("from that very day", (replace(CLINIC, valid_from=date(2025, 7, 24)),), "2025-07-24", set()),
    ("from the next day", (replace(CLINIC, valid_from=date(2025, 7, 25)),), "2025-07-24", {"facility_closed"}),
    ("until that day", (replace(CLINIC, valid_to=date(2025, 7, 24)),), "2025-07-24", {"facility_closed"}),
    ("until the next day", (replace(CLINIC, valid_to=date(2025, 7, 25)),), "2025-07-24", set()),
    ("within that month", (replace(CLINIC, valid_from=date(2025, 7, 25)),), "2025-07", set()),
    ("on no known day", (replace(CLINIC, valid_to=date(2016, 4, 1)),), None, set()),
]


@pytest.mark.parametrize(
    ("case", "entries", "examined", "rules"), FACILITY_CASES, ids=[case for case, *_ in FACILITY_CASES]
)
def test_an_institution_holds_its_number_on_the_day(
    case: str, entries: tuple[FacilityRow, ...], examined: str | None, rules: set[str]
) -> None:
    assert broken(PRIMARY._replace(examined_date=examined), facility=entries) == rules, case


def test_a_record_without_a_number_names_no_unknown_institution() -> None:
    assert broken(PRIMARY._replace(facility_number=None), facility=()) == set()


@pytest.mark.parametrize(
    ("objection", "rule"),
    [
        (Objection.AGE, "outside_age_rule"),
        (Objection.SEX, "outside_sex_rule"),
        (Objection.INTERVAL, "interval_broken"),
    ],
)
def test_what_the_rule_of_the_programme_says_is_passed_on(objection: Objection, rule: str) -> None:
    assert broken(PRIMARY, objections=frozenset({objection})) == {rule}


@pytest.mark.parametrize(
    ("life", "rule"),
    [
        (replace(LIFE, died_date=date(2025, 7, 23)), "after_death"),
        (replace(LIFE, moved_out_date=date(2025, 7, 23)), "after_moving_out"),
    ],
)
def test_a_screening_lies_within_the_time_the_person_lived_here(life: Lifetime, rule: str) -> None:
    assert broken(PRIMARY, life=life) == {rule}
