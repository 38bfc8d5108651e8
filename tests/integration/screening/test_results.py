"""Single results: recorded, corrected, withdrawn, adopted."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from tasuki.evidence import queries as evidence
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import AbsentReason, Programme, ReplicaContent, Stage
from tasuki.screening import queries
from tasuki.screening.changes import changes_to_carry
from tasuki.screening.errors import AlreadyWithdrawn, NoSuchPerson, NoSuchResult, NotOurResult, NotRestorable
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.results import (
    adopt_results,
    correct_result,
    record_result,
    restore_result,
    withdraw_result,
)
from tasuki.screening.rules import acknowledgement_key
from tasuki.screening.types import (
    Adopted,
    FacilityRow,
    FormerPlace,
    HistoryAct,
    Outdated,
    Recorded,
    Rejected,
    Source,
    Withdrawn,
)
from tests.integration.screening.town import AT, BY, LUNG_ITEMS, NUMBER, lung, register, resident

pytestmark = pytest.mark.django_db
AGAIN = ["duplicate_in_year:X_FISCAL_YEAR", "duplicate_on_day:X_EXAMINED_DATE"]


@pytest.fixture(autouse=True)
def institution(db: None) -> None:
    """The institution every record here names."""
    register_facilities(rows=[FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))], by=BY, at=AT)


def test_a_result_reads_back_as_it_was_recorded() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="免除", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    (stored,) = queries.results_of(NUMBER)
    assert (stored.record, stored.fee_class, stored.revision) == (lung(), "免除", 1)


def test_a_correction_and_a_withdrawal_keep_what_was_said_before() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    better = lung(items=LUNG_ITEMS | {"9P505160800000049": "所見なし"})
    correct_result(result_id=recorded.result_id, record=better, fee_class="", reason="転記漏れ", by=BY, at=AT)
    withdraw_result(result_id=recorded.result_id, reason="別人の結果", by=BY, at=AT)
    assert queries.results_of(NUMBER) == []
    withdrawn, corrected = queries.history_of(recorded.result_id)
    assert (corrected.act, corrected.reason, corrected.result.record) == (HistoryAct.CORRECTED, "転記漏れ", lung())
    assert (withdrawn.act, withdrawn.reason, withdrawn.result.record) == (HistoryAct.WITHDRAWN, "別人の結果", better)
    assert [entry.revision for entry in queries.outbox(10) if entry.result_id] == [1, 2, 3]


def rules_of(outcome: Recorded | Rejected | Outdated) -> set[str]:
    assert isinstance(outcome, Rejected)
    return {problem.rule for problem in outcome.problems}


def keys_of(outcome: Recorded | Rejected | Outdated) -> set[str]:
    assert isinstance(outcome, Rejected)
    return {acknowledgement_key(problem) for problem in outcome.problems}


SUSPECTED = LUNG_ITEMS | {"9P502000000000011": "4"}


def test_errors_reject_and_warnings_wait_for_acknowledgement() -> None:
    register(resident(died_date=date(2025, 1, 1)))
    values = {"person": NUMBER, "fee_class": "", "by": BY, "at": AT}
    assert rules_of(record_result(record=lung(items={}), acknowledged=["after_death:X_EXAMINED_DATE"], **values)) == {
        "mandatory_missing", "after_death",
    }  # fmt: skip
    waiting = record_result(record=lung(items=SUSPECTED), acknowledged=["after_death:X_EXAMINED_DATE"], **values)
    assert rules_of(waiting) == {"after_death", "chest_xray_e_needs_detail"}
    assert isinstance(waiting, Rejected)
    assert waiting.only_needs_acknowledgement
    assert queries.results_of(NUMBER) == []
    # Acknowledging the rule without its field is not enough: one rule may be broken by two.
    assert isinstance(record_result(record=lung(items=SUSPECTED), acknowledged=rules_of(waiting), **values), Rejected)
    recorded = record_result(record=lung(items=SUSPECTED), acknowledged=keys_of(waiting), **values)
    assert isinstance(recorded, Recorded)
    (stored,) = queries.results_of(NUMBER)
    assert {warning.rule for warning in stored.warnings} == rules_of(waiting)
    assert set(stored.warnings) == set(waiting.problems)
    assert {(one.rule, one.by, one.at) for one in stored.acknowledgements} == {
        (rule, str(BY), AT) for rule in rules_of(waiting)
    }


def test_a_screening_stands_once_however_it_comes_to_be_recorded() -> None:
    register(resident())
    first = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    second = record_result(person=NUMBER, record=lung(sequence=2), fee_class="", by=BY, at=AT, acknowledged=AGAIN)
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)
    repeated = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT, acknowledged=AGAIN)
    assert rules_of(repeated) == {"already_stored"}
    moved = correct_result(
        result_id=second.result_id, record=lung(), fee_class="", reason="x", by=BY, at=AT, acknowledged=AGAIN
    )
    assert rules_of(moved) == {"already_stored"}
    assert queries.history_of(second.result_id) == []
    withdraw_result(result_id=first.result_id, reason="x", by=BY, at=AT)
    again = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT, acknowledged=AGAIN)
    assert isinstance(again, Recorded)
    # What took its place meanwhile keeps the withdrawn one from standing again.
    assert rules_of(restore_result(result_id=first.result_id, reason="x", by=BY, at=AT)) == {"already_stored"}


def test_what_is_not_there_or_no_longer_stands_is_a_fault() -> None:
    register(resident())
    with pytest.raises(NoSuchPerson):
        record_result(person="0", record=lung(), fee_class="", by=BY, at=AT)
    with pytest.raises(NoSuchResult):
        withdraw_result(result_id=UUID(int=0), reason="x", by=BY, at=AT)
    recorded = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    withdraw_result(result_id=recorded.result_id, reason="x", by=BY, at=AT)
    with pytest.raises(AlreadyWithdrawn):
        correct_result(result_id=recorded.result_id, record=lung(), fee_class="", reason="x", by=BY, at=AT)


ANSWER = ReplicaContent(
    data_set="", layout_version="1", updated_on=date(2026, 1, 5), taken=True, fiscal_year=2024, sequence=1,
    examined_date="2024-07", age=54, encounter_type="1", facility_name="模擬市健診センター",
    items={"9P504000000000011": "1"}, absent={"9P502000000000011": AbsentReason.UNKNOWN},
)  # fmt: skip
THERE = "1000000000000002"


def adopt(number: str, *contents: ReplicaContent) -> Adopted:
    return adopt_results(person=NUMBER, transaction_number=number, institution=THERE, contents=contents, by=BY, at=AT)


def test_an_answer_is_adopted_once_and_a_later_one_takes_its_place() -> None:
    register(resident())
    answer = replace(ANSWER, data_set=data_set_of_lung())
    waiting = len(queries.outbox(100))
    assert adopt("0198-1", answer, replace(answer, fiscal_year=2023, taken=False)) == Adopted(1, 0, 1)
    assert adopt("0198-1", answer) == Adopted(0, 1, 0)
    assert adopt("0198-2", replace(answer, items={"9P504000000000011": "2"})) == Adopted(1, 0, 0)
    (stored,) = queries.results_of(NUMBER)
    assert (stored.source, stored.source_institution, stored.transaction_number, stored.revision) == (
        Source.OTHER_MUNICIPALITY, THERE, "0198-2", 2,
    )  # fmt: skip
    assert stored.record.items == {"9P504000000000011": "2"}
    (former,) = queries.history_of(stored.result_id)
    assert former.result.record.items == answer.items
    assert former.result.record.absent == answer.absent
    assert [entry.kind for entry in evidence.entries_of("0198-1")] == ["result_adopted"] * 2
    assert len(queries.outbox(100)) == waiting
    with pytest.raises(NotOurResult):
        correct_result(result_id=stored.result_id, record=lung(), fee_class="", reason="x", by=BY, at=AT)


def data_set_of_lung() -> str:
    """Find the data set of primary lung cancer screenings."""
    (found,) = catalogue().data_sets_for(lung().programme, lung().stage)
    return found.code


def test_who_looked_at_an_older_revision_changes_nothing() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    mine = recorded.result_id
    values = {"result_id": mine, "reason": "x", "by": BY, "at": AT}
    assert isinstance(correct_result(record=lung(), fee_class="免除", revision=1, **values), Recorded)
    assert correct_result(record=lung(), fee_class="", revision=1, **values) == Outdated(mine, 2)
    assert withdraw_result(revision=1, **values) == Outdated(mine, 2)
    assert withdraw_result(revision=2, **values) == Withdrawn(mine, 3)
    assert len(queries.history_of(mine)) == 2


def test_a_withdrawn_result_stands_again_with_its_history() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    with pytest.raises(NotRestorable):
        restore_result(result_id=recorded.result_id, reason="x", by=BY, at=AT)
    withdraw_result(result_id=recorded.result_id, reason="別人の結果", by=BY, at=AT)
    restored = restore_result(result_id=recorded.result_id, reason="取り消しの誤り", by=BY, at=AT)
    assert restored == Recorded(recorded.result_id, 3)
    (stored,) = queries.results_of(NUMBER)
    assert (stored.record, stored.withdrawn_at) == (lung(), None)
    assert [former.act for former in queries.history_of(recorded.result_id)] == [
        HistoryAct.RESTORED, HistoryAct.WITHDRAWN,
    ]  # fmt: skip
    assert [entry.revision for entry in queries.outbox(10) if entry.result_id] == [1, 2, 3]


def test_kind_and_stage_of_a_result_cannot_be_corrected() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    detailed = lung(stage=Stage.DETAILED, items={"9P506000000000011": "1"})
    refused = correct_result(result_id=recorded.result_id, record=detailed, fee_class="", reason="x", by=BY, at=AT)
    assert rules_of(refused) == {"other_examination"}


def test_a_corrected_year_leaves_nothing_to_be_provided_under_the_former_one() -> None:
    register(resident())
    recorded = record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT)
    assert isinstance(recorded, Recorded)
    moved = lung(fiscal_year=2024, examined_date="2024-07-24")
    values = {"result_id": recorded.result_id, "fee_class": "", "reason": "x", "by": BY, "at": AT}
    assert isinstance(correct_result(record=moved, **values), Recorded)
    changes = [change for change in changes_to_carry(limit=10, on=AT.date()) if change.record is not None]
    assert {change.former_places for change in changes} == {(FormerPlace(Programme.LUNG, Stage.PRIMARY, 2025, 1),)}
    # Another record now stands there: it must not be removed in the name of the one that left.
    assert isinstance(record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT), Recorded)
    changes = [change for change in changes_to_carry(limit=10, on=AT.date()) if change.record is not None]
    assert {change.former_places for change in changes} == {()}
