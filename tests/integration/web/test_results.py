"""Entering, correcting, withdrawing and declaring results on the screens."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.eligibility.errors import NoSuchResident
from tasuki.eligibility.queries import objections_to
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme, ReplicaContent, ScreeningRecord, Stage
from tasuki.screening import queries
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.operations.results import adopt_results, correct_result, record_result
from tasuki.screening.rules import acknowledgement_key
from tasuki.screening.types import FacilityRow, Objection, Recorded, Source, StoredResult
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.integration.web.conftest import AT, AYANO, PROVIDER, SYSTEM, past_the_warning

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
NUMBER = AYANO.system_person_number
TOKEN = seal_person(SystemPersonNumber(NUMBER))


def field(programme: Programme, identifier: str) -> str:
    return f"item-{catalogue().item_named(programme, identifier).code}"


NEED = field(Programme.LUNG, "detailed_examination_need")
XRAY = field(Programme.LUNG, "chest_xray_judgement")
SPUTUM = field(Programme.LUNG, "sputum_judgement")
LUNG = {
    "fiscal_year": "2026",
    "sequence": "1",
    "examined_date": "R8.5.1",
    "encounter_type": "1",
    "facility_number": "1319910030",
    "facility_name": "",
    "fee_class": "免除",
    NEED: "1",
    XRAY: "1",
}


@pytest.fixture(autouse=True)
def institution(residents: None) -> None:
    """An institution that results name."""
    register_facilities(rows=[FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))], by=SYSTEM, at=AT)


@pytest.fixture
def clerk(logged_in: LogIn) -> Client:
    return logged_in(Role.HEALTH_CLERK)


def enter(client: Client, typed: dict[str, Any], programme: str = "51", stage: str = "1") -> Any:
    return client.post(reverse("result-enter", args=[TOKEN, programme, stage]), typed)


def stored() -> list[StoredResult]:
    return queries.results_of(NUMBER, withdrawn=True)


def only() -> StoredResult:
    [one] = stored()
    return one


def entered(client: Client, **changed: str) -> StoredResult:
    response = enter(client, LUNG | changed)
    assert response.status_code == 302, response.content.decode()
    return only()


def test_a_person_page_leads_to_a_form_of_each_examination(clerk: Client) -> None:
    page = clerk.get(reverse("person", args=[TOKEN])).content.decode()
    assert reverse("result-choose", args=[TOKEN]) in page
    choose = clerk.get(reverse("result-choose", args=[TOKEN])).content.decode()
    for programme in Programme:
        for stage in Stage:
            address = reverse("result-enter", args=[TOKEN, programme, stage])
            assert address in choose
            assert clerk.get(address).status_code == 200
    assert clerk.get(reverse("result-enter", args=[TOKEN, "99", "1"])).status_code == 404
    assert clerk.get(reverse("result-enter", args=[TOKEN, "51", "4"])).status_code == 404


def test_a_result_is_stored_as_it_was_typed(clerk: Client) -> None:
    one = entered(clerk)
    assert one.record == ScreeningRecord(
        Programme.LUNG, Stage.PRIMARY, 2026, 1, "2026-05-01", 41, "1", "1319910030", "模擬町診療所",
        {NEED.removeprefix("item-"): "1", XRAY.removeprefix("item-"): "1"},
    )  # fmt: skip
    assert (one.fee_class, one.warnings, one.source) == ("免除", (), Source.OWN)
    page = clerk.get(reverse("result", args=[TOKEN, one.result_id])).content.decode()
    assert "2026年5月1日(令和8年)" in page
    assert "免除" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({NEED: ""}, "必須の「肺がん検診の精密検査対象有無」がありません"),
        ({"examined_date": "2026/13/1"}, "実在しない日付"),
        ({"examined_date": "R9.5.1", "fiscal_year": "2027"}, "未来の日付"),
        ({"fiscal_year": "令和8"}, "年度が範囲外"),
        ({"facility_number": "13199", "facility_name": "模擬"}, "実施機関番号は10桁"),
        ({XRAY: "Z"}, "コード表にありません"),
        ({"fee_class": "免" * 21}, "長すぎます（40バイトまで、現在42バイト）"),
    ],
)
def test_an_error_stands_beside_its_field_and_everything_typed_is_kept(
    clerk: Client, changed: dict[str, str], said: str
) -> None:
    typed = LUNG | {"facility_name": "<b>模擬</b>"} | changed
    response = enter(clerk, typed)
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert "data-focus-first" in page
    assert 'aria-invalid="true"' in page or 'id="item-' in page
    assert f'value="{typed["examined_date"]}"' in page
    assert stored() == []


SUSPECTED = {XRAY: "4"}
KEY = "chest_xray_e_needs_detail:9P504000000000011"


def test_a_warning_is_acknowledged_by_name_and_kept_with_who_did(clerk: Client) -> None:
    response = enter(clerk, LUNG | SUSPECTED)
    page = response.content.decode()
    assert response.status_code == 422
    assert f'id="ack-{KEY}" value="{KEY}">' in page
    assert f'href="#ack-{KEY}"' in page
    assert "確認しました（" in page
    assert stored() == []
    assert enter(clerk, LUNG | SUSPECTED | {"acknowledged": ["another"]}).status_code == 422
    assert enter(clerk, LUNG | SUSPECTED | {"acknowledged": [KEY]}).status_code == 302
    [acknowledged] = only().acknowledgements
    assert (acknowledged.rule, acknowledged.by.startswith("STAFF:")) == ("chest_xray_e_needs_detail", True)
    history = clerk.get(reverse("result-history", args=[TOKEN, only().result_id])).content.decode()
    assert "確認済みの注意" in history
    assert history.count("架空 花子") >= 2


def test_a_ticked_warning_stays_ticked_while_something_else_is_wrong(clerk: Client) -> None:
    page = enter(clerk, LUNG | SUSPECTED | {"acknowledged": [KEY], "fiscal_year": "x"}).content.decode()
    assert f'value="{KEY}" checked>' in page


def test_the_form_takes_up_items_that_the_date_brings_before_it_stores_anything(clerk: Client) -> None:
    blank = clerk.get(reverse("result-enter", args=[TOKEN, "51", "1"])).content.decode()
    assert SPUTUM not in blank
    [shown] = re.findall(r'name="shown" value="([^"]+)"', blank)
    earlier = LUNG | {"examined_date": "R7.6.1", "fiscal_year": "2025", "shown": shown}
    response = enter(clerk, earlier)
    page = response.content.decode()
    assert response.status_code == 200
    assert SPUTUM in page
    assert "受診日に合わせて項目を表示し直しました" in page
    assert stored() == []
    [again] = re.findall(r'name="shown" value="([^"]+)"', page)
    assert enter(clerk, earlier | {"shown": again, SPUTUM: "1"}).status_code == 302
    assert only().record.items[SPUTUM.removeprefix("item-")] == "1"


def test_a_duplicate_is_shown_side_by_side_and_settled_by_name(clerk: Client) -> None:
    first = entered(clerk)
    response = enter(clerk, LUNG | {"examined_date": "R8.10.1"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "同じ検診の記録がもうあります" in page
    assert "これは別の検診です（回数を進める）" in page
    assert f'formaction="{reverse("result-correct", args=[TOKEN, first.result_id])}"' in page
    assert len(stored()) == 1
    settled = enter(clerk, LUNG | {"examined_date": "R8.10.1", "distinct": str(first.result_id)})
    assert settled.status_code == 302
    assert sorted(one.record.sequence for one in stored()) == [1, 2]
    second = next(one for one in stored() if one.record.sequence == 2)
    assert {one.rule for one in second.acknowledgements} == {"duplicate_in_year"}
    # What was said of the first does not hold for the second.
    assert enter(clerk, LUNG | {"examined_date": "R8.11.1", "distinct": str(first.result_id)}).status_code == 422


def test_a_duplicate_leads_to_correcting_what_is_stored_with_what_was_typed(clerk: Client) -> None:
    first = entered(clerk)
    address = reverse("result-correct", args=[TOKEN, first.result_id])
    response = clerk.post(address, LUNG | {"examined_date": "R8.10.1", "step": "form", "distinct": ""})
    page = response.content.decode()
    assert response.status_code == 200
    assert 'value="R8.10.1"' in page
    assert 'name="revision" value="1"' in page


def test_a_detailed_examination_takes_the_year_of_its_primary(clerk: Client) -> None:
    primary = entered(clerk, **{"fiscal_year": "2025", "examined_date": "2026-03-10", NEED: "2", XRAY: "4"})
    page = clerk.get(reverse("result", args=[TOKEN, primary.result_id])).content.decode()
    address = f"{reverse('result-enter', args=[TOKEN, '51', '2'])}?primary={primary.result_id}"
    assert address in page
    form = clerk.get(address).content.decode()
    assert 'id="fiscal_year" value="2025"' in form
    assert "2025年度で記録します" in form
    result = field(Programme.LUNG, "detailed_result")
    typed = {"fiscal_year": "2025", "sequence": "1", "examined_date": "2026-04-20", result: "1"}
    assert enter(clerk, typed, stage="2").status_code == 302


def test_a_detailed_examination_without_its_primary_is_asked_about(clerk: Client) -> None:
    result = field(Programme.LUNG, "detailed_result")
    typed = {"fiscal_year": "2026", "sequence": "1", "examined_date": "2026-04-20", result: "1"}
    response = enter(clerk, typed, stage="2")
    assert response.status_code == 422
    assert "一次検診の記録がありません" in response.content.decode()
    key = "detailed_without_primary:X_FISCAL_YEAR"
    assert enter(clerk, typed | {"acknowledged": [key]}, stage="2").status_code == 302


def correct_address(one: StoredResult) -> str:
    return reverse("result-correct", args=[TOKEN, one.result_id])


def test_a_correction_shows_what_changes_asks_why_and_keeps_what_was(clerk: Client) -> None:
    one = entered(clerk)
    form = clerk.get(correct_address(one)).content.decode()
    assert 'value="2026-05-01"' in form
    changed = LUNG | {"fee_class": "一部負担", "revision": "1"}
    compared = clerk.post(correct_address(one), changed | {"step": "compare"}).content.decode()
    assert "<del>免除</del>" in compared
    assert "<ins>一部負担</ins>" in compared
    assert only().revision == 1
    unexplained = clerk.post(correct_address(one), changed | {"step": "save"})
    assert unexplained.status_code == 422
    other = clerk.post(correct_address(one), changed | {"step": "save", "reason": "OTHER", "reason_text": " "})
    assert other.status_code == 422
    assert "理由を入力してください" in other.content.decode()
    assert only().revision == 1
    saved = clerk.post(
        correct_address(one),
        changed | {"step": "save", "reason": "TRANSCRIPTION", "reason_text": "区分の写し間違い"},
    )
    assert saved.status_code == 302
    assert (only().revision, only().fee_class) == (2, "一部負担")
    history = clerk.get(reverse("result-history", args=[TOKEN, one.result_id])).content.decode()
    for said in ("訂正", "転記・入力の誤り（区分の写し間違い）", "免除", "一部負担", "健康づくり課 架空 花子"):
        assert said in history


def test_a_correction_that_changes_nothing_is_none(clerk: Client) -> None:
    one = entered(clerk)
    typed = LUNG | {"revision": "1", "step": "compare", "facility_name": "模擬町診療所"}
    assert "変わったところがない" in clerk.post(correct_address(one), typed).content.decode()
    assert only().revision == 1


def test_who_was_overtaken_is_told_by_whom_and_loses_nothing(clerk: Client) -> None:
    one = entered(clerk)
    correct_result(
        result_id=one.result_id, record=one.record, fee_class="有料", reason="TRANSCRIPTION", by=SYSTEM, at=AT
    )
    late = LUNG | {"fee_class": "一部負担", "revision": "1", "step": "save", "reason": "TRANSCRIPTION"}
    response = clerk.post(correct_address(one), late)
    page = response.content.decode()
    assert response.status_code == 409
    assert "ほかの人が先に変更しました" in page
    assert "<del>有料</del>" in page
    assert 'name="fee_class" value="一部負担"' in page
    assert (only().revision, only().fee_class) == (2, "有料")


def other_towns() -> UUID:
    content = ReplicaContent(
        data_set=catalogue().data_sets_for(Programme.LUNG, Stage.PRIMARY)[0].code, layout_version="1",
        updated_on=date(2026, 1, 5), taken=True, fiscal_year=2024, sequence=1, examined_date="2024-07", age=40,
        encounter_type="1", facility_name="模擬市健診センター", items={"9P504000000000011": "1"}, absent={},
    )  # fmt: skip
    adopt_results(
        person=NUMBER, transaction_number="0198-1", institution=PROVIDER, contents=[content], by=SYSTEM, at=AT
    )
    return only().result_id


def test_what_another_town_gave_cannot_be_corrected_and_the_page_says_what_to_do(clerk: Client) -> None:
    address = reverse("result-correct", args=[TOKEN, other_towns()])
    for response in (clerk.get(address), clerk.post(address, LUNG | {"revision": "1", "step": "save"})):
        assert response.status_code == 409
        assert "模擬市から提供されたもの" in response.content.decode()
        assert "もう一度照会" in response.content.decode()
    assert only().revision == 1


def test_a_withdrawn_result_is_seen_on_request_and_stands_again(clerk: Client) -> None:
    one = entered(clerk)
    address = reverse("result-withdraw", args=[TOKEN, one.result_id])
    assert "取り消すと" in clerk.get(address).content.decode()
    assert clerk.post(address, {"revision": "1"}).status_code == 422
    late = clerk.post(address, {"revision": "9", "reason": "WRONG_PERSON"}, follow=True)
    assert "取り消していません" in late.content.decode()
    clerk.post(address, {"revision": "1", "reason": "WRONG_PERSON"})
    assert only().withdrawn_at is not None
    person = reverse("person", args=[TOKEN])
    assert "取り消し済み" not in clerk.get(person).content.decode()
    assert "取り消し済み" in clerk.get(f"{person}?withdrawn=1").content.decode()
    assert clerk.get(correct_address(one)).status_code == 409
    history = clerk.get(reverse("result-history", args=[TOKEN, one.result_id])).content.decode()
    restore = reverse("result-restore", args=[TOKEN, one.result_id])
    assert restore in history
    assert "別人の結果だった" in history
    assert clerk.post(restore, {"reason": "OTHER"}).status_code == 422
    assert clerk.post(restore, {"reason": "WITHDRAWN_BY_MISTAKE"}).status_code == 302
    assert only().withdrawn_at is None
    assert "元に戻せません" in clerk.post(restore, {"reason": "WITHDRAWN_BY_MISTAKE"}, follow=True).content.decode()


def test_what_took_the_place_of_a_withdrawn_result_is_named_when_it_should_stand_again(clerk: Client) -> None:
    one = entered(clerk)
    clerk.post(reverse("result-withdraw", args=[TOKEN, one.result_id]), {"revision": "1", "reason": "ENTERED_TWICE"})
    assert enter(clerk, LUNG).status_code == 302
    restore = reverse("result-restore", args=[TOKEN, one.result_id])
    page = clerk.post(restore, {"reason": "WITHDRAWN_BY_MISTAKE"}, follow=True).content.decode()
    assert "新しく登録されているため" in page


DECLARED = {"programme": "51", "examined_date": "令和8年5月", "fiscal_year": "", "place": "例示商事", "outcome": ""}


def test_a_declaration_counts_and_is_withdrawn_but_not_corrected(clerk: Client) -> None:
    address = reverse("result-declare", args=[TOKEN])
    assert clerk.get(address).status_code == 200
    assert clerk.post(address, DECLARED | {"outcome": "異常なし"}).status_code == 302
    one = only()
    assert (one.source, one.record.fiscal_year, one.record.examined_date, one.declared_outcome) == (
        Source.WORKPLACE, 2026, "2026-05", "異常なし",
    )  # fmt: skip
    page = clerk.get(reverse("result", args=[TOKEN, one.result_id])).content.decode()
    assert "異常なし" in page
    assert correct_address(one) not in page
    assert "取り消してから" in clerk.get(correct_address(one)).content.decode()
    again = clerk.post(address, DECLARED)
    assert again.status_code == 422
    assert "同じ年度に、同じ検診の記録があります" in again.content.decode()
    keys = ["duplicate_in_year:X_FISCAL_YEAR", "duplicate_on_day:X_EXAMINED_DATE"]
    assert clerk.post(address, DECLARED | {"acknowledged": keys}).status_code == 302


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"examined_date": "8/5"}, "日付として読み取れません"),
        ({"examined_date": "2025"}, "年度を入力してください"),
        ({"examined_date": "2025", "fiscal_year": "x"}, "西暦4桁"),
        ({"examined_date": "R9.5", "fiscal_year": "2027"}, "未来の日付"),
        ({"place": ""}, "必須"),
        ({"place": "架" * 51}, "長すぎます"),
        ({"programme": ""}, "必須"),
    ],
)
def test_a_declaration_that_cannot_be_is_explained(clerk: Client, changed: dict[str, str], said: str) -> None:
    response = clerk.post(reverse("result-declare", args=[TOKEN]), DECLARED | changed)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert stored() == []


def test_a_date_is_read_while_it_is_typed(clerk: Client) -> None:
    read = clerk.post(reverse("result-date"), {"date": "R8.5"}).json()
    assert read == {"text": "2026年5月(令和8年) 日は不明", "facilities": [["1319910030", "模擬町診療所"]]}
    assert clerk.post(reverse("result-date"), {"date": "2014-01-01"}).json()["facilities"] == []
    assert "読み取れません" in clerk.post(reverse("result-date"), {"date": "8/5"}).json()["text"]


def test_results_are_recorded_by_either_clerk_and_withdrawn_by_one(logged_in: LogIn) -> None:
    centre = logged_in(Role.CENTRE_CLERK)
    one = entered(centre)
    page = centre.get(reverse("result", args=[TOKEN, one.result_id])).content.decode()
    assert correct_address(one) in page
    assert reverse("result-withdraw", args=[TOKEN, one.result_id]) not in page
    refused = centre.post(
        reverse("result-withdraw", args=[TOKEN, one.result_id]), {"revision": "1", "reason": "WRONG_PERSON"}
    )
    assert refused.status_code == 403
    approver = logged_in(Role.APPROVER)
    assert reverse("result-choose", args=[TOKEN]) not in approver.get(reverse("person", args=[TOKEN])).content.decode()
    assert enter(approver, LUNG).status_code == 403
    assert approver.get(reverse("result-history", args=[TOKEN, one.result_id])).status_code == 200
    assert only().withdrawn_at is None


def test_nobodys_result_is_shown_or_changed_under_anothers_address(clerk: Client) -> None:
    one = entered(clerk)
    past_the_warning(clerk)
    other = seal_person(SystemPersonNumber("000104224"))
    for name in ("result-correct", "result-history", "result-withdraw", "result-restore"):
        assert clerk.get(reverse(name, args=[other, one.result_id])).status_code == 404


def test_what_was_stored_before_by_the_operation_is_corrected_on_the_screen(clerk: Client) -> None:
    record = ScreeningRecord(
        Programme.LUNG, Stage.PRIMARY, 2025, 1, "2025-07", 40, None, None, None, {"9P504000000000011": "1"}
    )
    assert isinstance(record_result(person=NUMBER, record=record, fee_class="", by=SYSTEM, at=AT), Recorded)
    typed = {
        "fiscal_year": "2025", "sequence": "1", "examined_date": "2025-07", "revision": "1", "step": "save",
        "fee_class": "免除", "reason": "REPORT_COMPLETED", NEED: "1",
    }  # fmt: skip
    assert clerk.post(correct_address(only()), typed).status_code == 302
    # The age was stated for a day that is not known; a correction of something else does not lose it.
    assert (only().record, only().fee_class) == (record, "免除")


def objecting(client: Client, typed: dict[str, Any], programme: str = "51", person: str = TOKEN) -> Any:
    return client.post(reverse("result-enter", args=[person, programme, "1"]), typed)


@pytest.mark.parametrize(
    ("birth_date", "sex", "programme", "rule", "said"),
    [
        (date(2000, 6, 2), "2", "51", "outside_age_rule:X_EXAMINED_DATE", "対象年齢の外"),
        (date(1984, 6, 2), "1", "52", "outside_sex_rule:X_EXAMINED_DATE", "対象の性別ではありません"),
    ],
)
def test_a_screening_of_somebody_not_due_must_be_acknowledged(
    clerk: Client, birth_date: date, sex: str, programme: str, rule: str, said: str
) -> None:
    somebody = replace(AYANO, system_person_number="000104230", birth_date=birth_date, sex=sex)
    register_residents(rows=[somebody], by=SYSTEM, at=AT, reason="test")
    person = seal_person(SystemPersonNumber(somebody.system_person_number))
    typed = {name: value for name, value in LUNG.items() if not name.startswith("item-")}
    typed |= {field(Programme(programme), "detailed_examination_need"): "1"}
    refused = objecting(clerk, typed, programme, person)
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert queries.results_of(somebody.system_person_number) == []
    keys = re.findall(r'name="acknowledged" id="[^"]+" value="([^"]+)"', refused.content.decode())
    assert rule in keys
    assert objecting(clerk, typed | {"acknowledged": keys}, programme, person).status_code == 302
    [stored] = queries.results_of(somebody.system_person_number)
    assert rule.partition(":")[0] in {warning.rule for warning in stored.warnings}


def test_a_broken_interval_must_be_acknowledged_when_entered_and_when_corrected(clerk: Client) -> None:
    need = field(Programme.BREAST, "detailed_examination_need")
    typed = {name: value for name, value in LUNG.items() if not name.startswith("item-")} | {need: "1"}
    first = objecting(clerk, typed | {"fiscal_year": "2025", "examined_date": "R7.5.1"}, "52")
    keys = re.findall(r'name="acknowledged" id="[^"]+" value="([^"]+)"', first.content.decode())
    assert "interval_broken:X_EXAMINED_DATE" not in keys
    if first.status_code == 422:
        earlier = {"fiscal_year": "2025", "examined_date": "R7.5.1", "acknowledged": keys}
        assert objecting(clerk, typed | earlier, "52").status_code == 302
    assert len(stored()) == 1
    refused = objecting(clerk, typed, "52")
    assert refused.status_code == 422
    assert "間隔があいていません" in refused.content.decode()
    keys = re.findall(r'name="acknowledged" id="[^"]+" value="([^"]+)"', refused.content.decode())
    assert objecting(clerk, typed | {"acknowledged": keys}, "52").status_code == 302
    second = next(one for one in stored() if one.record.fiscal_year == 2026)
    address = reverse("result-correct", args=[TOKEN, second.result_id])
    again = clerk.post(address, typed | {"step": "compare", "revision": "1", "fee_class": "一部"})
    assert again.status_code == 422
    assert "間隔があいていません" in again.content.decode()


def test_what_is_no_screening_or_the_result_itself_breaks_no_interval() -> None:
    items = {catalogue().item_named(Programme.BREAST, "detailed_examination_need").code: "1"}
    record = ScreeningRecord(
        Programme.BREAST, Stage.PRIMARY, 2025, 1, "2025-05-01", 40, "1", None, "模擬町診療所", items
    )
    outcome = record_result(person=NUMBER, record=record, fee_class="", by=SYSTEM, at=AT)
    if not isinstance(outcome, Recorded):
        keys = {acknowledgement_key(one) for one in outcome.problems}
        outcome = record_result(person=NUMBER, record=record, fee_class="", by=SYSTEM, at=AT, acknowledged=keys)
    assert isinstance(outcome, Recorded)
    on = AT.date()
    next_year = record._replace(fiscal_year=2026)
    assert objections_to(NUMBER, next_year, on) == {Objection.INTERVAL}
    assert objections_to(NUMBER, next_year, on, replacing=outcome.result_id) == frozenset()
    assert objections_to(NUMBER, next_year._replace(stage=Stage.DETAILED), on) == frozenset()
    assert objections_to(NUMBER, record._replace(fiscal_year=2027), on) == frozenset()
    with pytest.raises(NoSuchResident):
        objections_to("999999999", next_year, on)
