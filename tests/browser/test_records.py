"""Exchange records before those who look after them, and before whom they concern."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from django.db import connections
from playwright.sync_api import Page

from tasuki.linkage.models import Correction, TownInquiry
from tasuki.linkage.types import SYSTEM as SCREENING
from tasuki.persons.queries import unified_numbers
from tasuki.protocol.amending import Amendment, CorrectedField, CorrectionGround
from tasuki.protocol.messages import Direction, Exchange, State
from tasuki.web.staff import inquiries
from tests.browser.conftest import AT
from tests.browser.journey import Journey, entered
from tests.browser.looking import kept, looked_at
from tests.fakes.gateway import FakeGateway

PERSON, OTHER = "000104223", "1000000000000002"
LUNG, COLORECTAL = "TM00000000000090", "TM00000000000098"


def exchange(last: int, **changed: Any) -> Exchange:
    at = AT - timedelta(days=last)
    values = {
        "transaction_number": f"01920000-0000-7000-8000-{last:012d}", "direction": Direction.INQUIRED,
        "unified_person_number": unified_numbers(SCREENING, [PERSON])[PERSON], "other": OTHER,
        "data_sets": [LUNG, COLORECTAL], "procedure": "JT99990000000141", "department": "健康づくり課",
        "basis": "番号法19条8号", "state": State.RECEIVED, "requested_at": at,
        "provided_at": at, "received_at": at,
    }  # fmt: skip
    return Exchange(**values | changed)


@pytest.fixture
def gateway(town: str) -> Iterator[FakeGateway]:
    """The town's gateway, with three records of one person, one of them not to be disclosed."""
    fake = cast(FakeGateway, inquiries.asker().link)
    fake.exchanged = [
        exchange(1),
        exchange(2, direction=Direction.PROVIDED, state=State.WITHHELD, provided_at=None, department="保健センター"),
        exchange(3, non_disclosure=True, refused_data_sets=[COLORECTAL]),
    ]
    yield fake
    fake.exchanged, fake.is_away = [], False
    connections.close_all()


def test_an_index_clerk_finds_a_persons_records_and_discloses_them(page: Page, gateway: FakeGateway) -> None:
    staff = entered(page, "統合宛名 担当")
    staff.when_they_open("台帳と設定")
    staff.when_they_follow("情報提供等の記録")
    looked_at(staff, "records-search")
    staff.when_they_fill("いつから", "令和8年11月1日")
    staff.when_they_fill("宛名番号", PERSON)

    staff.when_they_press("探す")

    staff.then_they_read("3件の記録")
    staff.then_the_address_says_nothing_about_a_person(PERSON)
    looked_at(staff, "records-found")

    staff.when_they_follow(PERSON)
    staff.then_they_read("不開示とされた記録が1件あり、下の表には載せていません。")
    looked_at(staff, "records-disclosure")
    page.emulate_media(media="print")
    assert not page.get_by_text("不開示とされた記録").first.is_visible()
    kept(page, "records-disclosure-print")
    page.emulate_media(media="screen")


def test_a_record_is_corrected_by_two_people(page: Page, gateway: FakeGateway) -> None:
    number = gateway.exchanged[0].transaction_number
    clerk = entered(page, "統合宛名 担当")
    page.goto("/records/corrections/")
    looked_at(clerk, "record-corrections-empty")
    page.goto(f"/records/{number}/")
    page.get_by_role("radio", name="照会した部署").check()
    clerk.when_they_fill("正しい内容", "健康づくり課")
    page.get_by_role("radio", name="本人の請求による").check()
    clerk.when_they_fill("理由", "窓口で請求があった")
    clerk.when_they_press("案を出す")
    clerk.then_they_read("いまの内容と同じです。")
    clerk.then_nothing_hinders_anybody()
    kept(page, "record-error")
    clerk.when_they_fill("正しい内容", "保健課")
    clerk.when_they_press("案を出す")
    clerk.then_they_read("別の承認者が決めるのを待っています。")
    looked_at(clerk, "record-proposed")
    page.goto("/records/corrections/")
    looked_at(clerk, "record-corrections")
    page.context.clear_cookies()
    approver = entered(page, "承認者")
    page.goto(f"/records/{number}/")
    looked_at(approver, "record-decide")
    approver.when_they_press("案のとおりに訂正する")
    approver.then_they_read("元の記載は残ります。")
    said = Amendment(
        field=CorrectedField.DEPARTMENT, former="健康づくり課", value="保健課", ground=CorrectionGround.REQUESTED,
        by="1000000000000001", decided_at=AT,
    )  # fmt: skip
    gateway.exchanged[0] = gateway.exchanged[0].model_copy(update={"amendments": [said]})
    page.reload()
    approver.then_they_read("訂正後")
    looked_at(approver, "record-corrected")


def test_without_the_gateway_the_pages_say_so(page: Page, gateway: FakeGateway) -> None:
    gateway.is_away = True
    staff = entered(page, "統合宛名 担当")
    page.goto("/records/")
    staff.when_they_press("探す")
    staff.then_they_read("記録は中間サーバーにあるため、いまは探せません。")
    looked_at(staff, "records-away")
    gateway.is_away, gateway.exchanged = False, []
    page.goto("/records/")
    staff.when_they_press("探す")
    staff.then_they_read("当てはまる記録はありません")
    looked_at(staff, "records-empty")
    staff.when_they_fill("いつまで", "2020/1/1")
    staff.when_they_press("探す")
    staff.then_they_read("「いつから」より後の日付を入力してください。")
    # A form's answer has no address of its own, so the language cannot be switched on it.
    staff.then_nothing_hinders_anybody()
    kept(page, "records-error")


def test_a_clerk_sees_what_the_person_sees(page: Page, gateway: FakeGateway) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    page.get_by_role("searchbox").fill("架空")
    page.keyboard.press("Enter")
    clerk.when_they_follow("架空　綾乃")
    clerk.when_they_follow("本人が見る画面")
    clerk.then_they_read("マイナポータルでの並べ方と言葉は、国の画面によります。")
    assert not page.get_by_text("不開示").count()
    looked_at(clerk, "portal")


@pytest.fixture
def corrected(gateway: FakeGateway) -> Iterator[None]:
    """An answer about the person, adopted, that the other town corrected since."""
    number = "01920000-0000-7000-8000-000000000009"
    TownInquiry.objects.create(
        transaction_number=number, system_person_number=PERSON, provider=OTHER, data_sets=[LUNG, COLORECTAL],
        procedure="JT99990000000141", department="健康づくり課", requested_at=AT, requested_by="staff:1",
        state="received", state_at=AT, received_at=AT, adopted_at=AT, adopted_count=2,
    )  # fmt: skip
    Correction.objects.create(
        transaction_number=number, data_set=LUNG, ordinal=7, kind="corrected", corrected_at=AT, heard_at=AT
    )
    yield
    connections.close_all()


def test_a_clerk_hears_of_a_correction_and_asks_again(page: Page, corrected: None) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_follow("相手方で訂正された回答")
    clerk.then_the_page_is("相手方で訂正された回答")
    looked_at(clerk, "corrections")
    clerk.when_they_follow("架空　綾乃")
    clerk.then_they_read("模擬市で訂正されました。")
    looked_at(clerk, "corrected-inquiry")

    clerk.when_they_press("もう一度照会する")

    clerk.then_they_read("件の受診が見つかりました")
    page.goto("/answers/corrected/")
    clerk.then_they_read("訂正された回答はありません")
    looked_at(clerk, "corrections-empty")
