"""The follow-up on the screens: counts, lists, a case and its records, letters alone and together, closing."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.followup import queries
from tasuki.followup.types import ActKind, CaseFilter, CaseState
from tasuki.jobs.works import do_waiting_work
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.letters import queries as letters
from tasuki.letters.types import LetterKind
from tasuki.nodes.sql import rows
from tasuki.screening import queries as screening
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.operations.results import correct_result, record_result
from tasuki.screening.rules import acknowledgement_key
from tasuki.screening.types import Recorded, Rejected, ResidentRow
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tasuki.work import queries as works
from tests.integration.web.conftest import AT, AYANO, SHINOBU, SYSTEM, past_the_warning

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
NEEDS = {"9P502000000000011": "4", "9P504000000000011": "2"}
FINE = {"9P502000000000011": "1", "9P504000000000011": "1"}
YEAR = 2025
FACTS = {
    "SELF_REPORT-acted_date": "2026-02-01",
    "SELF_REPORT-examined_date": "R7.9",
    "SELF_REPORT-institution": "模擬病院",
    "SELF_REPORT-method": "CT",
    "SELF_REPORT-result_code": "1",
}


@pytest.fixture(autouse=True)
def people(residents: None) -> None:
    """Both residents of the town, as the tests of the screens know them."""


@pytest.fixture
def clerk(logged_in: LogIn, residents: None) -> Client:
    return past_the_warning(logged_in(Role.HEALTH_CLERK))


def store(person: ResidentRow = AYANO, items: dict[str, str] | None = None, **changed: Any) -> UUID:
    values: dict[str, Any] = {
        "programme": Programme.LUNG, "stage": Stage.PRIMARY, "fiscal_year": YEAR, "sequence": 1,
        "examined_date": "2025-07-24", "age": 41, "encounter_type": "1", "facility_number": None,
        "facility_name": "模擬町診療所", "items": NEEDS if items is None else items,
    }  # fmt: skip
    record = ScreeningRecord(**(values | changed))
    number = person.system_person_number
    outcome = record_result(person=number, record=record, fee_class="", by=SYSTEM, at=AT)
    if isinstance(outcome, Rejected):
        seen = {acknowledgement_key(problem) for problem in outcome.problems}
        outcome = record_result(person=number, record=record, fee_class="", acknowledged=seen, by=SYSTEM, at=AT)
    assert isinstance(outcome, Recorded), outcome
    return outcome.result_id


def token(person: ResidentRow = AYANO) -> str:
    return seal_person(SystemPersonNumber(person.system_person_number))


def state(result_id: UUID) -> CaseState:
    found = queries.case(result_id)
    assert found is not None
    return found.state


def post(client: Client, result_id: UUID, kind: ActKind, person: ResidentRow = AYANO, **typed: str) -> Any:
    sent = {f"{kind.value}-{name}": value for name, value in ({"acted_date": "2026-02-01"} | typed).items()}
    return client.post(reverse("case-record", args=[token(person), result_id, kind.value]), sent)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_overview_counts_everybody_once_and_each_count_opens_its_list(clerk: Client) -> None:
    first, second = store(), store(SHINOBU)
    post(clerk, second, ActKind.REMINDED, SHINOBU, means="PHONE")
    store(AYANO, FINE, sequence=2)
    page = text(clerk.get(reverse("followup"), {"year": YEAR}))
    totals = {CaseState.NEEDED: first, CaseState.REMINDED: second}
    shown = 0
    for one in CaseState:
        address = f"kind=all&amp;year={YEAR}&amp;state={one.value}"
        assert (address in page) == (one in totals)
        listed = text(clerk.get(reverse("followup-list"), {"kind": "all", "year": YEAR, "state": one.value}))
        expected = 1 if one in totals else 0
        assert f"{expected}件</h2>" in listed
        shown += expected
    assert shown == sum(queries.counts(CaseFilter(fiscal_year=YEAR)).values()) == 2
    assert re.search(r"要精検の計 2\"", page)


def test_the_fail_safe_list_holds_whoever_waits_whatever_was_said_and_its_address_names_nobody(clerk: Client) -> None:
    first, second = store(), store(SHINOBU)
    post(clerk, second, ActKind.UNDER_WAY, SHINOBU, ask_again_on="2199-01-01")
    response = clerk.get(reverse("followup-list"))
    page = text(response)
    assert "答えが届いていない人" in page
    assert AYANO.name in page
    assert SHINOBU.name in page
    assert SHINOBU.address not in page
    post(clerk, first, ActKind.NOT_TAKEN, reason="REFUSED")
    assert AYANO.name not in text(clerk.get(reverse("followup-list"), {"days": "60"}))
    assert clerk.get(reverse("followup-list"), {"days": "7"}).status_code == 422
    assert clerk.get(reverse("followup-list"), {"kind": "recall"}).status_code == 422


def test_lists_of_other_tests_needed(clerk: Client) -> None:
    hpv = {"9P562000000000011": "1", "XHPV0000000000011": "2"}
    named = {"facility_name": None, "programme": Programme.CERVIX}
    store(AYANO, hpv | {"7A021000008543311": "1"}, **named)
    store(AYANO, {"9P502000000000011": "1", "9P504000000000011": "9"}, fiscal_year=2024, examined_date="2024-07-01")
    recall = text(clerk.get(reverse("followup-list"), {"kind": "recall", "year": YEAR}))
    assert AYANO.name in recall
    assert AYANO.name not in text(clerk.get(reverse("followup-list"), {"kind": "triage", "year": YEAR}))
    assert AYANO.name in text(clerk.get(reverse("followup-list"), {"kind": "undetermined", "year": 2024}))
    store(AYANO, FINE)
    assert AYANO.name not in text(clerk.get(reverse("followup-list"), {"kind": "undetermined", "year": 2024}))


def test_three_facts_keep_a_case_open_and_the_fourth_ends_it_until_it_is_revoked(clerk: Client) -> None:
    case = store()
    address = reverse("case", args=[token(), case])
    record = reverse("case-record", args=[token(), case, "SELF_REPORT"])
    partly = clerk.post(record, FACTS | {"SELF_REPORT-institution": ""}, follow=True)
    assert "医療機関が分からないので、まだ「精検受診」に数えません" in text(partly)
    assert state(case) is CaseState.NEEDED
    assert AYANO.name in text(clerk.get(reverse("followup-list"), {"kind": "partly"}))
    whole = clerk.post(record, FACTS, follow=True)
    assert "今の状態は「精検受診」です" in text(whole)
    assert state(case) is CaseState.TAKEN
    assert "2025年9月(令和7年) 日は不明" in text(clerk.get(address))
    act = queries.acts_of(case)[-1]
    revoke = reverse("case-revoke", args=[token(), case, act.act_id])
    assert clerk.post(revoke, {f"{act.act_id}-reason": ""}).status_code == 422
    assert state(case) is CaseState.TAKEN
    revoked = text(clerk.post(revoke, {f"{act.act_id}-reason": "別の人の話だった"}, follow=True))
    assert "理由: 別の人の話だった" in revoked
    assert "<del>模擬病院</del>" in revoked
    assert state(case) is CaseState.NEEDED
    again = clerk.post(revoke, {f"{act.act_id}-reason": "もう一度"}, follow=True)
    assert "すでに取り消されています" in text(again)


def test_what_is_missing_is_said_while_typing_and_nothing_is_stored(clerk: Client) -> None:
    case = store()
    part = text(clerk.post(reverse("case-facts", args=[token(), case]), FACTS | {"SELF_REPORT-method": ""}))
    assert "検査の方法: まだ" in part
    assert "医療機関: 分かる" in part
    assert queries.acts_of(case) == []


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        (ActKind.SELF_REPORT, {"examined_date": "2025-01-05"}, "検診より前の日です"),
        (ActKind.SELF_REPORT, {"examined_date": "2199-01-05"}, "まだ来ていない日です"),
        (ActKind.SELF_REPORT, {"examined_date": "9月ごろ"}, "日付として読み取れません"),
        (ActKind.SELF_REPORT, {}, "四つのうち一つは入力してください"),
        (ActKind.SELF_REPORT, {"method": "XRAY_AGAIN"}, "精密検査として不適切です"),
        (ActKind.REMINDED, {"means": "PHONE", "acted_date": "2199-01-01"}, "まだ来ていない日です"),
        (ActKind.REMINDED, {}, "このフィールドは必須です"),
        (ActKind.UNDER_WAY, {"ask_again_on": "2020-01-01"}, "過ぎた日です"),
        (ActKind.NOT_TAKEN, {"reason": "LAZY"}, "正しく選択してください"),
        (ActKind.UNSUITABLE, {"method": "CT"}, "正しく選択してください"),
        (ActKind.NOTE, {"note": ""}, "このフィールドは必須です"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_reason_and_kept(
    clerk: Client, kind: ActKind, typed: dict[str, str], said: str
) -> None:
    case = store()
    response = post(clerk, case, kind, **typed)
    assert response.status_code == 422
    assert said in text(response)
    assert queries.acts_of(case) == []
    assert all(value in text(response) for name, value in typed.items() if name.endswith("date") and value)


def test_an_unsuitable_report_no_longer_counts(clerk: Client) -> None:
    case = store()
    report = store(stage=Stage.DETAILED, items={"9P507000000000011": "1"}, examined_date="2025-09-01")
    assert state(case) is CaseState.TAKEN
    page = text(clerk.get(reverse("case", args=[token(), case])))
    assert reverse("result", args=[token(), report]) in page
    assert reverse("case-record", args=[token(), case, "REMINDED"]) not in page
    assert post(clerk, case, ActKind.REMINDED, means="PHONE").status_code == 404
    assert post(clerk, case, ActKind.UNSUITABLE, method="XRAY_AGAIN").status_code == 302
    assert state(case) is CaseState.NOT_TAKEN


def test_a_case_is_found_only_under_its_own_person(clerk: Client) -> None:
    case, fine = store(), store(AYANO, FINE, sequence=2)
    assert clerk.get(reverse("case", args=[token(SHINOBU), case])).status_code == 404
    assert clerk.get(reverse("case", args=[token(), fine])).status_code == 404
    assert clerk.get(reverse("letter", args=[token(SHINOBU), case, "REFERRAL"])).status_code == 404
    assert clerk.get(reverse("letter", args=[token(), fine, "REFERRAL"])).status_code == 404
    assert clerk.get(reverse("letter", args=[token(), fine, "COUPON"])).status_code == 404
    page = text(clerk.get(reverse("person", args=[token()])))
    assert reverse("case", args=[token(), case]) in page
    assert "まだ通知していない" in page


def test_a_letter_is_made_recorded_and_reminds(clerk: Client) -> None:
    case = store()
    for kind in (LetterKind.RESULT_NOTICE, LetterKind.REFERRAL, LetterKind.DETAIL_REMINDER):
        address = reverse("letter", args=[token(), case, kind.value])
        assert AYANO.address in text(clerk.get(address))
        sent = {"deadline": "2199-01-01"} if kind is LetterKind.DETAIL_REMINDER else {}
        response = clerk.post(address, sent)
        assert response.headers["Content-Type"] == "application/pdf"
        assert response.content.startswith(b"%PDF")
        assert len(letters.letters_about([kind], [str(case)])) == 1
    assert state(case) is CaseState.REMINDED
    (act,) = queries.acts_of(case)
    assert act.letter_number == letters.letters_about([LetterKind.DETAIL_REMINDER], [str(case)])[0].number
    assert (
        clerk.post(reverse("letter", args=[token(), case, "DETAIL_REMINDER"]), {"deadline": "2020-01-01"}).status_code
        == 422
    )


def test_a_protected_person_is_written_to_only_after_they_were_asked(clerk: Client) -> None:
    case = store(SHINOBU)
    address = reverse("letter", args=[token(SHINOBU), case, "REFERRAL"])
    refused = clerk.post(address, {})
    assert refused.status_code == 422
    assert "送り先を本人に確かめてから" in text(refused)
    assert letters.letters_of(SHINOBU.system_person_number) == []
    assert clerk.post(address, {"asked": "on"}).headers["Content-Type"] == "application/pdf"


def test_nobody_who_died_is_written_to(clerk: Client) -> None:
    case = store()
    gone = ResidentRow(**{name: getattr(AYANO, name) for name in AYANO.__slots__} | {"died_date": date(2026, 1, 5)})
    register_residents(rows=[gone], by=SYSTEM, at=AT, reason="test")
    response = clerk.post(reverse("letter", args=[token(), case, "REFERRAL"]), {})
    assert "亡くなった" in text(response)
    assert letters.letters_of(AYANO.system_person_number) == []


def test_notices_go_out_together_once_and_again_after_a_correction(clerk: Client) -> None:
    first = store()
    store(SHINOBU)
    page = text(clerk.get(reverse("followup-notices"), {"year": YEAR}))
    assert "まだ通知していない結果 2件" in page
    response = clerk.post(reverse("followup-notices"), {"year": YEAR})
    do_waiting_work()
    [work] = works.works_of_kind(["result_notices"])
    assert response.headers["Location"] == reverse("work", args=[work.work_id])
    assert work.outcome["letters"] == 1
    assert [one.file_name for one in works.outputs_of(work.work_id)] == ["結果通知_日本語_001.pdf"]
    left = text(clerk.get(reverse("followup-left-out", args=[work.work_id])))
    assert SHINOBU.name in left
    assert "支援措置の対象" in left
    [protected] = queries.cases_of(SHINOBU.system_person_number)
    assert f"/letters/{protected.result_id}/RESULT_NOTICE/" in left
    assert AYANO.name not in left
    clerk.post(reverse("followup-notices"), {"year": YEAR})
    do_waiting_work()
    assert len(letters.letters_of(AYANO.system_person_number)) == 1
    correct(first)
    clerk.post(reverse("followup-notices"), {"year": YEAR})
    do_waiting_work()
    assert len(letters.letters_of(AYANO.system_person_number)) == 2


def correct(result_id: UUID) -> None:
    stored = screening.result(result_id)
    assert stored is not None
    outcome = correct_result(
        result_id=result_id, record=stored.record, fee_class="免除", reason="TRANSCRIPTION", by=SYSTEM,
        at=runtime.now() + timedelta(minutes=1),
        acknowledged={acknowledgement_key(problem) for problem in stored.warnings},
    )  # fmt: skip
    assert isinstance(outcome, Recorded), outcome


def test_a_list_is_reminded_together_and_nobody_twice_within_a_fortnight(clerk: Client) -> None:
    case = store()
    store(SHINOBU)
    address = f"{reverse('followup-remind')}?kind=overdue&days=90"
    assert "勧奨を作る対象 2件" in text(clerk.get(address))
    assert clerk.post(address, {"deadline": "2020-01-01"}).status_code == 422
    clerk.post(address, {"deadline": "2199-01-01"})
    do_waiting_work()
    [work] = works.works_of_kind(["detail_reminders"])
    assert (work.outcome["letters"], [one[1] for one in work.outcome["left_out"]]) == (1, ["PROTECTED"])  # type: ignore[attr-defined]  # a list
    assert state(case) is CaseState.REMINDED
    again = text(clerk.get(address))
    assert "勧奨を作る対象 1件" in again
    assert "14日以内に勧めた: 1件" in again
    clerk.post(address, {"deadline": "2199-01-01"})
    do_waiting_work()
    assert len(letters.letters_of(AYANO.system_person_number)) == 1
    assert clerk.get(reverse("followup-remind"), {"kind": "recall", "year": YEAR}).status_code == 404


def test_letters_of_others_work_are_not_shown(clerk: Client, logged_in: LogIn) -> None:
    store(SHINOBU)
    clerk.post(reverse("followup-notices"), {"year": YEAR})
    do_waiting_work()
    [work] = works.works_of_kind(["result_notices"])
    other = logged_in(Role.CENTRE_CLERK)
    assert other.get(reverse("followup-left-out", args=[work.work_id])).status_code == 404


def test_a_list_is_printed_and_that_is_recorded(clerk: Client) -> None:
    store()
    response = clerk.post(reverse("followup-list-print"), {"kind": "overdue", "days": "90"})
    assert response.content.startswith(b"%PDF")
    [entry] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = 'list_printed'")
    assert '"count":1' in entry["body"].replace(" ", "")
    assert AYANO.name not in entry["body"]


def test_closing_a_year_says_what_follows_and_keeps_the_unknown_on_the_list(clerk: Client, logged_in: LogIn) -> None:
    case, under_way = store(), store(SHINOBU)
    post(clerk, under_way, ActKind.UNDER_WAY, SHINOBU, ask_again_on="2199-01-01")
    address = reverse("followup-close", args=[YEAR])
    assert "1件が「精検未把握」になります" in text(clerk.get(address))
    assert logged_in(Role.CENTRE_CLERK).post(address, {"confirmed": "on"}).status_code == 403
    assert clerk.post(address, {}).status_code == 422
    assert queries.closing(YEAR) is None
    clerk.post(address, {"confirmed": "on"})
    assert (state(case), state(under_way)) == (CaseState.UNKNOWN, CaseState.UNDER_WAY)
    assert AYANO.name in text(clerk.get(reverse("followup-list")))
    assert "締めた年度" in text(clerk.get(reverse("followup"), {"year": YEAR}))


def test_a_year_that_is_not_over_cannot_be_closed(clerk: Client) -> None:
    this_year = fiscal_year_of(civil_date(runtime.now()))
    response = clerk.post(reverse("followup-close", args=[this_year]), {"confirmed": "on"})
    assert "まだ終わっていません" in text(response)
    assert queries.closing(this_year) is None


def test_who_may_not_see_the_follow_up_sees_nothing_of_it(logged_in: LogIn) -> None:
    case = store()
    approver = logged_in(Role.APPROVER)
    assert approver.get(reverse("followup")).status_code == 403
    assert reverse("case", args=[token(), case]) not in text(approver.get(reverse("person", args=[token()])))


@pytest.mark.parametrize("name", ["followup", "followup-list", "followup-notices", "followup-remind"])
def test_every_page_has_its_empty_state(clerk: Client, name: str) -> None:
    assert clerk.get(reverse(name)).status_code == 200
