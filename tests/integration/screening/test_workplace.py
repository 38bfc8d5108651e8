"""Screenings at a workplace that a resident declares: they count, and they stay here."""

import pytest

from tasuki.layouts.types import Programme, ScreeningRecord
from tasuki.screening import queries
from tasuki.screening.changes import changes_to_carry
from tasuki.screening.declarations import declared
from tasuki.screening.errors import NoSuchPerson, SelfDeclared
from tasuki.screening.operations.results import correct_result, withdraw_result
from tasuki.screening.operations.workplace import declare_workplace_screening
from tasuki.screening.types import Recorded, Rejected, Source
from tests.integration.screening.town import AT, BY, NUMBER, lung, register, resident

pytestmark = pytest.mark.django_db


def said(**changed: object) -> ScreeningRecord:
    values: dict[str, object] = {
        "programme": Programme.LUNG, "fiscal_year": 2025, "examined_date": "2025-06", "age": None, "place": "例示商事",
    }  # fmt: skip
    return declared(**(values | changed))  # type: ignore[arg-type]  # the tests name the fields they change


def declare(record: ScreeningRecord, *acknowledged: str) -> Recorded | Rejected:
    return declare_workplace_screening(
        person=NUMBER, record=record, outcome="異常なし", by=BY, at=AT, acknowledged=acknowledged
    )


def test_a_declaration_counts_as_history_and_is_provided_to_nobody() -> None:
    register(resident())
    before = len(queries.outbox(100))
    assert isinstance(declare(said()), Recorded)
    (stored,) = queries.results_of(NUMBER)
    assert (stored.source, stored.declared_outcome, stored.record.facility_name) == (
        Source.WORKPLACE, "異常なし", "例示商事",
    )  # fmt: skip
    assert (stored.record.items, stored.record.examined_date) == ({}, "2025-06")
    assert len(queries.outbox(100)) == before
    assert [change for change in changes_to_carry(limit=100, on=AT.date()) if change.record is not None] == []


def test_a_second_declaration_in_a_year_is_asked_about_and_takes_the_next_sequence() -> None:
    register(resident())
    declare(said())
    refused = declare(said(examined_date="2025-12"))
    assert isinstance(refused, Rejected)
    assert {problem.rule for problem in refused.problems} == {"duplicate_in_year"}
    declare(said(examined_date="2025-12"), "duplicate_in_year:X_FISCAL_YEAR")
    assert sorted(result.record.sequence for result in queries.results_of(NUMBER)) == [1, 2]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"examined_date": "2026-12", "fiscal_year": 2026}, "date_in_future"),
        ({"place": ""}, "place_missing"),
        ({"place": "架" * 51}, "too_long"),
        ({"fiscal_year": 1999}, "impossible_fiscal_year"),
        ({"examined_date": "2023-06"}, "date_outside_fiscal_year"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(changed: dict[str, object], rule: str) -> None:
    register(resident())
    refused = declare(said(**changed))
    assert isinstance(refused, Rejected)
    assert rule in {problem.rule for problem in refused.problems}
    assert queries.results_of(NUMBER) == []


def test_a_declaration_is_withdrawn_but_never_corrected() -> None:
    register(resident())
    with pytest.raises(NoSuchPerson):
        declare_workplace_screening(person="0", record=said(), outcome="", by=BY, at=AT)
    stored = declare(said())
    assert isinstance(stored, Recorded)
    with pytest.raises(SelfDeclared):
        correct_result(result_id=stored.result_id, record=lung(), fee_class="", reason="x", by=BY, at=AT)
    withdraw_result(result_id=stored.result_id, reason="本人の思い違い", by=BY, at=AT)
    assert queries.results_of(NUMBER) == []
