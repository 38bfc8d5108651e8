"""Cases on the real database: everybody who needs a detailed examination is in exactly one state, whatever happens."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.db.utils import ProgrammingError

from tasuki.followup import queries
from tasuki.followup.errors import NoSuchActError, NoSuchCaseError
from tasuki.followup.operations.cases import close_year, record_act, record_reminders, revoke_act
from tasuki.followup.rules import state_of
from tasuki.followup.tables import APPEND_ONLY_TABLES
from tasuki.followup.types import ActKind, Answer, Case, CaseFilter, CaseState, HpvStep, Refused
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.nodes.sql import rows, run
from tasuki.screening.operations.results import record_result, withdraw_result
from tasuki.screening.rules import acknowledgement_key
from tasuki.screening.types import Recorded, Rejected
from tests.integration.screening.town import AT, BY, NUMBER, lung, register, resident

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 23)
NEEDS = {"9P502000000000011": "4", "9P504000000000011": "2"}
FINE = {"9P502000000000011": "1", "9P504000000000011": "1"}
FOUR = Answer(examined_date="2026-09-01", institution="模擬病院", method="CT", result_code="1")
REASON = Answer(reason="REFUSED")


def store(number: str = NUMBER, **changed: object) -> UUID:
    record: ScreeningRecord = lung(**changed)
    outcome = record_result(person=number, record=record, fee_class="", by=BY, at=AT)
    if isinstance(outcome, Rejected):
        seen = {acknowledgement_key(problem) for problem in outcome.problems}
        outcome = record_result(person=number, record=record, fee_class="", acknowledged=seen, by=BY, at=AT)
    assert isinstance(outcome, Recorded)
    return outcome.result_id


def learn(result_id: UUID, kind: ActKind, answer: Answer | None = None) -> Case:
    outcome = record_act(result_id=result_id, kind=kind, acted_date=ON, answer=answer or Answer(), by=BY, at=AT)
    assert isinstance(outcome, Case)
    return outcome


def detailed(code: str = "1") -> UUID:
    return store(stage=Stage.DETAILED, items={"9P507000000000011": code}, examined_date="2025-09-01")


def test_only_what_needs_a_detailed_examination_is_a_case() -> None:
    register(resident())
    fine = store(items=FINE, sequence=1)
    needing = store(items=NEEDS, sequence=2)
    assert queries.case(fine) is None
    found = queries.case(needing)
    assert found is not None
    assert (found.state, found.programme, found.reminders) == (CaseState.NEEDED, Programme.LUNG, 0)
    with pytest.raises(NoSuchCaseError):
        record_act(result_id=fine, kind=ActKind.NOTE, acted_date=ON, answer=Answer(note="x"), by=BY, at=AT)
    withdraw_result(result_id=needing, reason="取り違え", by=BY, at=AT)
    assert queries.case(needing) is None


def test_a_report_of_the_institution_ends_it_and_its_withdrawal_opens_it_again() -> None:
    register(resident())
    case_id = store(items=NEEDS)
    assert learn(case_id, ActKind.NOT_TAKEN, REASON).state is CaseState.NOT_TAKEN
    report = detailed("4")
    found = queries.case(case_id)
    assert found is not None
    assert (found.state, found.detailed_id, found.finding_code) == (CaseState.TAKEN, report, "4")
    withdraw_result(result_id=report, reason="別人", by=BY, at=AT)
    again = queries.case(case_id)
    assert again is not None
    assert again.state is CaseState.NOT_TAKEN


def test_a_report_of_an_unsuitable_examination_counts_as_not_taken() -> None:
    register(resident())
    case_id = store(items=NEEDS)
    report = detailed()
    wrong = record_act(
        result_id=case_id, kind=ActKind.UNSUITABLE, acted_date=ON,
        answer=Answer(method="XRAY_AGAIN", unsuitable_result=str(UUID(int=5))), by=BY, at=AT,
    )  # fmt: skip
    assert isinstance(wrong, Refused)
    found = learn(case_id, ActKind.UNSUITABLE, Answer(method="XRAY_AGAIN", unsuitable_result=str(report)))
    assert (found.state, found.detailed_id) == (CaseState.NOT_TAKEN, None)


def test_three_facts_of_four_keep_somebody_on_the_list() -> None:
    register(resident())
    case_id = store(items=NEEDS)
    partly = learn(case_id, ActKind.SELF_REPORT, replace(FOUR, institution=""))
    assert (partly.state, partly.is_partly_known) == (CaseState.NEEDED, True)
    whole = learn(case_id, ActKind.SELF_REPORT, FOUR)
    assert (whole.state, whole.finding_code) == (CaseState.TAKEN, "1")


def test_a_mistake_is_taken_back_once_and_stays_readable() -> None:
    register(resident())
    case_id = store(items=NEEDS)
    learn(case_id, ActKind.NOT_TAKEN, REASON)
    (act,) = queries.acts_of(case_id)
    assert revoke_act(act_id=act.act_id, reason="別の人", by=BY, at=AT).state is CaseState.NEEDED
    assert [one.is_revoked for one in queries.acts_of(case_id)] == [True]
    with pytest.raises(NoSuchActError):
        revoke_act(act_id=act.act_id, reason="もう一度", by=BY, at=AT)


def test_letters_remind_many_at_once_and_only_those_who_still_need_it() -> None:
    register(resident())
    first, fine = store(items=NEEDS, sequence=1), store(items=FINE, sequence=2)
    assert record_reminders(letters=[(first, "第1号"), (fine, "第2号")], acted_date=ON, by=BY, at=AT) == 1
    found = queries.case(first)
    assert found is not None
    assert (found.state, found.reminders, found.last_reminded) == (CaseState.REMINDED, 1, ON)
    assert [one.letter_number for one in queries.acts_of(first)] == ["第1号"]
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'followup_recorded'")) == 1


def test_closing_a_year_makes_silence_unknown_and_an_answer_still_counts() -> None:
    register(resident())
    case_id = store(items=NEEDS)
    learn(case_id, ActKind.REMINDED, Answer(means="PHONE"))
    closing = close_year(fiscal_year=2025, by=BY, at=AT)
    assert close_year(fiscal_year=2025, by=BY, at=AT + timedelta(days=1)) == closing
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'followup_closed'")) == 1
    found = queries.case(case_id)
    assert found is not None
    assert found.state is CaseState.UNKNOWN
    assert [one.result_id for one in queries.list_cases(queries.overdue(ON, after_days=90)).rows] == [case_id]
    assert learn(case_id, ActKind.SELF_REPORT, FOUR).state is CaseState.TAKEN


def test_the_fail_safe_list_waits_its_days_and_takes_unknown_days_by_when_they_were_recorded() -> None:
    register(resident())
    known = store(items=NEEDS, examined_date="2026-01-15", sequence=1)
    vague = store(items=NEEDS, examined_date=None, sequence=2)
    listed = queries.result_ids(queries.overdue(date(2026, 4, 15), after_days=90))
    assert listed == []
    assert queries.result_ids(queries.overdue(date(2026, 4, 16), after_days=90)) == [known]
    assert set(queries.result_ids(queries.overdue(date(2027, 3, 1), after_days=90))) == {known, vague}


def test_whatever_happens_everybody_is_in_exactly_one_state_as_the_rules_decide() -> None:
    chance = random.Random(7)  # noqa: S311 — a repeatable draw
    numbers = [f"00020000{one:02}" for one in range(40)]
    register(*(resident(number) for number in numbers))
    needing = {number: store(number, items=NEEDS) for number in numbers}
    close_year(fiscal_year=2024, by=BY, at=AT)
    kinds = [
        (ActKind.REMINDED, Answer(means="PHONE")), (ActKind.SELF_REPORT, FOUR),
        (ActKind.SELF_REPORT, replace(FOUR, method="")), (ActKind.UNDER_WAY, Answer()), (ActKind.NOT_TAKEN, REASON),
        (ActKind.UNSUITABLE, Answer(method="XRAY_AGAIN")), (ActKind.NOTE, Answer(note="留守")),
    ]  # fmt: skip
    reported = set()
    for number, result_id in needing.items():
        for kind, answer in chance.choices(kinds, k=chance.randrange(4)):
            learn(result_id, kind, answer)
        acts = queries.acts_of(result_id)
        if acts and chance.random() < 0.4:
            revoke_act(act_id=chance.choice(acts).act_id, reason="誤り", by=BY, at=AT)
        if chance.random() < 0.2:
            store(number, stage=Stage.DETAILED, items={"9P507000000000011": "1"}, examined_date="2025-09-01")
            reported.add(result_id)
    by_state = {state: queries.result_ids(CaseFilter(states=(state,))) for state in CaseState}
    everybody = Counter(one for ids in by_state.values() for one in ids)
    assert everybody == Counter(needing.values())
    for state, ids in by_state.items():
        for result_id in ids:
            acts = queries.acts_of(result_id)
            assert state is state_of(has_suitable_detail=result_id in reported, acts=acts, is_closed=False)
    counted = queries.counts(CaseFilter(fiscal_year=2025))
    assert {state: len(ids) for state, ids in by_state.items() if ids} == {
        state: n for (_, state), n in counted.items()
    }
    assert all(state.is_open or state in (CaseState.TAKEN, CaseState.NOT_TAKEN) for state in CaseState)


def test_pages_count_everybody_and_go_on() -> None:
    numbers = [f"00020000{one:02}" for one in range(5)]
    register(*(resident(number) for number in numbers))
    for place, number in enumerate(numbers):
        store(number, items=NEEDS, examined_date=f"2025-07-{10 + place}")
    first = queries.list_cases(CaseFilter(fiscal_year=2025, programme=Programme.LUNG), limit=2)
    assert (first.total, [one.system_person_number for one in first.rows]) == (5, numbers[:2])
    assert queries.list_cases(CaseFilter(), limit=2, offset=8) == replace(first, rows=())
    assert queries.list_cases(CaseFilter(programme=Programme.BREAST)).total == 0


def test_hpv_tests_are_listed_by_what_follows_until_it_is_done() -> None:
    register(resident(sex="2"))
    test = {"9P562000000000011": "1", "XHPV0000000000011": "2", "7A021000008543311": "1"}
    recall = store(programme=Programme.CERVIX, items=test, facility_number=None, facility_name=None)
    assert queries.hpv_list(2025, HpvStep.RECALL_NEXT_YEAR) == [recall]
    assert queries.hpv_list(2025, HpvStep.TRIAGE_MISSING) == []
    store(
        programme=Programme.CERVIX, items={"9P562000000000011": "1", "XHPV0000000000011": "1"}, fiscal_year=2026,
        examined_date="2026-07-24", facility_number=None, facility_name=None,
    )  # fmt: skip
    assert queries.hpv_list(2025, HpvStep.RECALL_NEXT_YEAR) == []


def test_nothing_is_kept_when_its_record_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    register(resident())
    case_id = store(items=NEEDS)

    def refuse(**_: object) -> None:
        raise RuntimeError("no evidence")

    monkeypatch.setattr("tasuki.followup.operations.cases.append_many", refuse)
    with pytest.raises(RuntimeError), transaction.atomic():
        learn(case_id, ActKind.NOT_TAKEN, REASON)
    assert queries.acts_of(case_id) == []


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
def test_what_was_recorded_stays(table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        run(f"DELETE FROM {table}")  # noqa: S608 — our own tables


def test_reminders_of_many_go_into_several_records_of_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasuki.followup.operations.cases.RESULTS_OF_ENTRY", 2)
    register(resident())
    cases = [store(items=NEEDS, sequence=one) for one in (1, 2, 3)]
    assert record_reminders(letters=[(one, str(one)) for one in cases], acted_date=ON, by=BY, at=AT) == 3
    bodies = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'followup_recorded'")
    assert len(bodies) == 2
    assert all(sum(str(one) in row["body"] for row in bodies) == 1 for one in cases)
    assert record_reminders(letters=[], acted_date=ON, by=BY, at=AT) == 0
