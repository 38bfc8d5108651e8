"""The computed lists: they say what each person's own page says, and they say when they are behind."""

import datetime as dt
from dataclasses import replace
from random import Random
from types import MappingProxyType

import pytest

from tasuki.eligibility import queries
from tasuki.eligibility.operations.exclusions import exclude
from tasuki.eligibility.operations.lists import recompute, refresh_changed
from tasuki.eligibility.operations.options import set_options
from tasuki.eligibility.options import default_options
from tasuki.eligibility.types import (
    Assessment,
    DueFilter,
    ExclusionKind,
    Freshness,
    Options,
    Past,
    Reason,
    Status,
    StoredAssessment,
)
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows
from tasuki.screening.operations.results import record_result, withdraw_result
from tasuki.screening.types import Recorded
from tests.integration.eligibility.random_town import fill
from tests.integration.screening.town import AT, BY, NUMBER, lung, register, resident

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 23)
CHOICES = {
    "national rules": default_options(),
    "everything a town may choose": replace(
        default_options(),
        chosen=frozenset({"hpv_alone", "stomach_xray_yearly"}),
        reference_days=MappingProxyType(dict.fromkeys(Programme, "04-01")),
        ages_from=MappingProxyType({"lung_xray": 35}),
        more_ages=MappingProxyType({"periodontal_milestone": (25, 35, 45), "cervix_hpv": (65, 70)}),
        not_offered=frozenset({Programme.OSTEOPOROSIS}),
    ),
    "five years from a negative HPV test": replace(
        default_options(), chosen=frozenset({"hpv_alone", "hpv_five_years"})
    ),
}


def chance_of(seed: int) -> Random:
    return Random(seed)  # noqa: S311 — the same people every time


def freshness(fiscal_year: int = 2026, on: dt.date = ON) -> Freshness:
    found = queries.freshness(fiscal_year, on)
    assert found is not None
    return found


def as_stored(number: str, one: Assessment) -> StoredAssessment:
    return StoredAssessment(
        system_person_number=number,
        programme=one.programme,
        status=one.status,
        reason=one.reason,
        age=one.age,
        last_year=one.taken.fiscal_year if one.taken else None,
        last_source=one.taken.source if one.taken else None,
        next_year=one.next_year,
        methods=tuple(rule.id for rule in one.methods),
    )


def one_by_one(numbers: list[str], fiscal_year: int) -> dict[str, dict[Programme, StoredAssessment]]:
    """Decide each person from the records, as their own page does."""
    found = {}
    for number in numbers:
        assessed = queries.assess_person(number, fiscal_year, ON)
        kept = {code: as_stored(number, one) for code, one in assessed.items() if one.reason is not Reason.NOT_RESIDENT}
        found[number] = kept
    return found


def listed(numbers: list[str], fiscal_year: int) -> dict[str, dict[Programme, StoredAssessment]]:
    return {number: queries.stored_of(number, fiscal_year) for number in numbers}


@pytest.mark.parametrize("options", CHOICES.values(), ids=CHOICES)
def test_a_list_says_of_everybody_what_their_own_page_says(options: Options) -> None:
    numbers = fill(500, chance_of(len(options.chosen)), on=ON)
    set_options(options=options, from_fiscal_year=2020, reason="test", by=BY, at=AT)
    for fiscal_year in (2026, 2025):
        recompute(fiscal_year=fiscal_year, by=BY, at=AT)
        assert listed(numbers, fiscal_year) == one_by_one(numbers, fiscal_year)
        assert freshness(fiscal_year).is_fresh


def test_a_refreshed_list_is_what_a_new_one_would_be() -> None:
    chance = chance_of(5)
    numbers = fill(300, chance, on=ON)
    recompute(fiscal_year=2026, by=BY, at=AT)
    more = fill(400, chance, on=ON)
    behind = freshness().changed_people
    assert behind >= 100
    done = refresh_changed(by=BY, at=AT)
    assert (done.years, done.people) == ((2026,), behind)
    assert listed(more, 2026) == one_by_one(more, 2026)
    again = recompute(fiscal_year=2026, by=BY, at=AT)
    assert again.changed_lines == 0
    assert numbers == more[:300]


def test_every_change_of_a_record_is_noticed_and_brought_in() -> None:
    register(resident(birth_date=dt.date(1970, 6, 14)))
    recompute(fiscal_year=2026, by=BY, at=AT)
    assert standing() == (Status.DUE, Reason.NEVER_TAKEN)
    screening = lung(fiscal_year=2026, examined_date="2026-07-24")
    seen = ["unknown_facility:X_FACILITY_NUMBER"]
    stored = record_result(person=NUMBER, record=screening, fee_class="", by=BY, at=AT, acknowledged=seen)
    assert isinstance(stored, Recorded)
    assert (freshness().changed_people, standing()) == (1, (Status.DUE, Reason.NEVER_TAKEN))
    refresh_changed(by=BY, at=AT)
    assert standing() == (Status.TAKEN, Reason.TAKEN_THIS_YEAR)
    withdraw_result(result_id=stored.result_id, reason="test", by=BY, at=AT)
    excluded = exclude(person=NUMBER, programme=Programme.LUNG, kind=ExclusionKind.DIAGNOSED, valid_from=ON,
                       valid_to=None, note="", by=BY, at=AT)  # fmt: skip
    assert excluded
    assert freshness().changed_people == 1
    refresh_changed(by=BY, at=AT)
    assert standing() == (Status.NOT_DUE, Reason.DIAGNOSED)
    register(resident(birth_date=dt.date(1970, 6, 14), moved_out_date=dt.date(2026, 11, 1)))
    refresh_changed(by=BY, at=AT)
    assert queries.stored_of(NUMBER, 2026) == {}
    assert freshness().run.people == 0


def standing() -> tuple[Status, Reason]:
    found = queries.stored_of(NUMBER, 2026)[Programme.LUNG]
    return found.status, found.reason


def test_a_day_that_passes_is_noticed_although_nobody_touched_a_record() -> None:
    register(resident(moved_out_date=dt.date(2026, 12, 1)))
    recompute(fiscal_year=2026, by=BY, at=AT)
    assert freshness().is_fresh
    assert freshness(on=dt.date(2026, 12, 1)).changed_people == 1
    refresh_changed(by=BY, at=dt.datetime(2026, 12, 1, 3, 0, tzinfo=dt.UTC))
    assert queries.stored_of(NUMBER, 2026) == {}
    assert freshness(on=dt.date(2026, 12, 1)).is_fresh


def test_changed_options_ask_for_a_new_computation() -> None:
    register(resident())
    recompute(fiscal_year=2026, by=BY, at=AT)
    chosen = replace(default_options(), chosen=frozenset({"stomach_xray_yearly"}))
    effect = queries.effect_of(chosen, 2026, ON)
    assert set(effect) == {Programme.STOMACH}
    set_options(options=chosen, from_fiscal_year=2027, reason="test", by=BY, at=AT)
    assert not freshness().needs_recomputing
    set_options(options=chosen, from_fiscal_year=2026, reason="test", by=BY, at=AT)
    assert freshness().options_changed
    recompute(fiscal_year=2026, by=BY, at=AT)
    assert freshness().is_fresh
    assert [one.version for one in queries.options_history()] == sorted(
        (one.version for one in queries.options_history()), reverse=True
    )


def test_the_effect_of_options_is_what_the_list_says_afterwards() -> None:
    fill(400, chance_of(9), on=ON)
    recompute(fiscal_year=2026, by=BY, at=AT)
    proposed = CHOICES["everything a town may choose"]
    effect = queries.effect_of(proposed, 2026, ON)
    before, after = ({code: dict(pair[side]) for code, pair in effect.items()} for side in (0, 1))
    assert counted(before.keys()) == before
    set_options(options=proposed, from_fiscal_year=2026, reason="test", by=BY, at=AT)
    recompute(fiscal_year=2026, by=BY, at=AT)
    assert counted(after.keys()) == after
    assert before != after


def counted(programmes: object) -> dict[Programme, dict[tuple[Status, Reason], int]]:
    found: dict[Programme, dict[tuple[Status, Reason], int]] = {}
    for one in queries.counts(2026):
        if one.programme in programmes:  # type: ignore[operator]  # the keys of a mapping
            found.setdefault(one.programme, {})[one.status, one.reason] = one.people
    return found


def test_a_list_is_filtered_and_paged_and_its_numbers_are_those_of_its_rows() -> None:
    fill(600, chance_of(3), on=ON)
    recompute(fiscal_year=2026, by=BY, at=AT)
    wanted = DueFilter(age_from=45, age_to=60, sex="2", past=Past.NEVER)
    page = queries.due_list(Programme.COLORECTAL, 2026, wanted=wanted, limit=7)
    assert page.total > 7 == len(page.rows)
    assert all(45 <= row.age <= 60 and row.last_year is None and row.status is Status.DUE for row in page.rows)
    numbers = queries.due_numbers(Programme.COLORECTAL, 2026, wanted=wanted)
    assert len(numbers) == page.total
    rest = queries.due_list(Programme.COLORECTAL, 2026, wanted=wanted, limit=1000)
    assert sorted(row.system_person_number for row in rest.rows) == numbers
    first = queries.due_numbers(Programme.COLORECTAL, 2026, wanted=replace(wanted, past=Past.FIRST_IN_YEARS))
    assert set(numbers) < set(first)


def test_protected_people_are_in_no_list_of_an_area() -> None:
    register(resident(), resident("0001000003", protected_from=dt.date(2026, 4, 1)))
    recompute(fiscal_year=2026, by=BY, at=AT)
    assert len(queries.due_numbers(Programme.LUNG, 2026)) == 2
    assert queries.due_numbers(Programme.LUNG, 2026, wanted=DueFilter(postal_code="000-0504")) == [NUMBER]
    assert [(area.postal_code, area.label) for area in queries.areas()] == [("000-0504", "架空区仮想町")]


def test_each_computation_and_refresh_is_recorded() -> None:
    register(resident())
    recompute(fiscal_year=2026, by=BY, at=AT)
    refresh_changed(by=BY, at=AT)
    register(resident(household_number="1"))
    refresh_changed(by=BY, at=AT)
    kinds = [row["kind"] for row in rows("SELECT kind FROM evidence_entry WHERE kind LIKE 'elig%%' ORDER BY entry_id")]
    assert kinds == ["eligibility_computed", "eligibility_refreshed"]
