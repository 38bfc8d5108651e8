"""Where a case stands, and what an answer must say, row by row with its source.

Sources: 精検受診・精検未受診・精検未把握 as 地域保健・健康増進事業報告 defines them; HPV検査単独法の流れ.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tasuki.followup.methods import methods_of
from tasuki.followup.rules import hpv_step, problems_with_answer, state_of
from tasuki.followup.types import Act, ActKind, Answer, CaseState, HpvStep
from tasuki.layouts.types import Programme

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
FOUR = Answer(examined_date="2026-09-01", institution="模擬病院", method="COLONOSCOPY", result_code="1")
HPV, CYTOLOGY = "XHPV0000000000011", "7A021000008543311"


def act(kind: ActKind, answer: Answer | None = None, *, is_revoked: bool = False) -> Act:
    return Act(UUID(int=1), UUID(int=2), kind, date(2026, 9, 2), answer or Answer(), AT, "STAFF:7", is_revoked)


@pytest.mark.parametrize(
    ("acts", "is_closed", "state"),
    [
        ([], False, CaseState.NEEDED),
        ([], True, CaseState.UNKNOWN),
        ([act(ActKind.REMINDED)], False, CaseState.REMINDED),
        ([act(ActKind.REMINDED)], True, CaseState.UNKNOWN),
        ([act(ActKind.REMINDED, is_revoked=True)], False, CaseState.NEEDED),
        ([act(ActKind.NOTE, Answer(note="留守"))], False, CaseState.NEEDED),
        # 受診者が詳細(精検日・受診機関・精検法・精検結果の4つ全て)を申告したもの
        ([act(ActKind.SELF_REPORT, FOUR)], False, CaseState.TAKEN),
        ([act(ActKind.SELF_REPORT, replace(FOUR, examined_date=""))], False, CaseState.NEEDED),
        ([act(ActKind.SELF_REPORT, replace(FOUR, institution=""))], False, CaseState.NEEDED),
        ([act(ActKind.SELF_REPORT, replace(FOUR, method=""))], False, CaseState.NEEDED),
        ([act(ActKind.SELF_REPORT, replace(FOUR, result_code=""))], True, CaseState.UNKNOWN),
        ([act(ActKind.SELF_REPORT, FOUR, is_revoked=True)], False, CaseState.NEEDED),
        # 精検機関に行かなかったことが判明しているもの
        ([act(ActKind.NOT_TAKEN)], False, CaseState.NOT_TAKEN),
        # 精検として不適切な検査が行われたもの
        ([act(ActKind.UNSUITABLE)], True, CaseState.NOT_TAKEN),
        # 精密検査が継続中
        ([act(ActKind.UNDER_WAY)], True, CaseState.UNDER_WAY),
        ([act(ActKind.UNDER_WAY), act(ActKind.NOT_TAKEN)], False, CaseState.NOT_TAKEN),
        ([act(ActKind.NOT_TAKEN), act(ActKind.SELF_REPORT, FOUR)], True, CaseState.TAKEN),
        ([act(ActKind.NOT_TAKEN), act(ActKind.SELF_REPORT, replace(FOUR, method=""))], True, CaseState.NOT_TAKEN),
    ],
)
def test_where_a_case_stands(acts: list[Act], is_closed: bool, state: CaseState) -> None:
    assert state_of(has_suitable_detail=False, acts=acts, is_closed=is_closed) is state
    # 精検機関より精検結果の報告があったもの
    assert state_of(has_suitable_detail=True, acts=acts, is_closed=is_closed) is CaseState.TAKEN


@pytest.mark.parametrize(
    ("programme", "method", "items", "suits"),
    [
        (Programme.COLORECTAL, "COLONOSCOPY", {}, True),
        (Programme.COLORECTAL, "OCCULT_BLOOD_AGAIN", {}, False),
        (Programme.CERVIX, "COLPOSCOPY", {CYTOLOGY: "5"}, True),
        (Programme.CERVIX, "CYTOLOGY_AGAIN", {CYTOLOGY: "5"}, False),
        (Programme.CERVIX, "CYTOLOGY_AGAIN", {CYTOLOGY: "2"}, True),
        (Programme.CERVIX, "HPV", {CYTOLOGY: "2"}, True),
        (Programme.CERVIX, "HPV", {CYTOLOGY: "5"}, False),
        (Programme.LUNG, "XRAY_AGAIN", {}, False),
    ],
)
def test_an_unsuitable_test_again_is_not_taken(
    programme: Programme, method: str, items: dict[str, str], suits: bool
) -> None:
    reported = problems_with_answer(ActKind.SELF_REPORT, Answer(method=method), programme, items)
    unsuitable = problems_with_answer(ActKind.UNSUITABLE, Answer(method=method), programme, items)
    assert reported == ({} if suits else {"method": "unsuitable"})
    assert unsuitable == ({"method": "suitable"} if suits else {})


@pytest.mark.parametrize(
    ("kind", "answer", "problems"),
    [
        (ActKind.SELF_REPORT, Answer(), {"examined_date": "missing"}),
        (ActKind.SELF_REPORT, replace(FOUR, examined_date="2026-13"), {"examined_date": "not_a_date"}),
        (ActKind.SELF_REPORT, replace(FOUR, examined_date="2026-09"), {}),
        (ActKind.SELF_REPORT, replace(FOUR, result_code="77"), {"result_code": "unknown_code"}),
        (ActKind.SELF_REPORT, replace(FOUR, method="SPELL"), {"method": "unknown_code"}),
        (ActKind.NOT_TAKEN, Answer(), {"reason": "missing"}),
        (ActKind.NOT_TAKEN, Answer(reason="REFUSED"), {}),
        (ActKind.REMINDED, Answer(), {"means": "missing"}),
        (ActKind.REMINDED, Answer(means="PHONE"), {}),
        (ActKind.UNSUITABLE, Answer(), {"method": "missing"}),
        (ActKind.NOTE, Answer(), {"note": "missing"}),
        (ActKind.UNDER_WAY, Answer(), {}),
    ],
)
def test_what_an_answer_must_say(kind: ActKind, answer: Answer, problems: dict[str, str]) -> None:
    assert problems_with_answer(kind, answer, Programme.COLORECTAL, {}) == problems


@pytest.mark.parametrize(
    ("items", "step"),
    [
        ({}, None),
        ({CYTOLOGY: "1"}, None),
        ({HPV: "1"}, HpvStep.NEXT_ROUND),
        ({HPV: "9"}, HpvStep.UNJUDGED),
        ({HPV: "2"}, HpvStep.TRIAGE_MISSING),
        ({HPV: "2", CYTOLOGY: "99"}, HpvStep.TRIAGE_MISSING),
        ({HPV: "2", CYTOLOGY: "1"}, HpvStep.RECALL_NEXT_YEAR),
        ({HPV: "2", CYTOLOGY: "2"}, HpvStep.DETAIL_NEEDED),
    ],
)
def test_what_follows_an_hpv_test(items: dict[str, str], step: HpvStep | None) -> None:
    assert hpv_step(items) is step


@pytest.mark.parametrize("programme", Programme)
def test_every_programme_has_a_suitable_method(programme: Programme) -> None:
    assert any(one.suitable for one in methods_of(programme))
    codes = [one.code for one in methods_of(programme)]
    assert len(set(codes)) == len(codes)
