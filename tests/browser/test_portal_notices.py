"""From the list of those whose answer is missing to a notice in the person's portal, and back again."""

import re
from datetime import timedelta
from typing import cast

import pytest
from django.db import connections
from playwright.sync_api import Page

from tasuki import runtime
from tasuki.linkage.operations.notices import carry_notices
from tasuki.linkage.types import SYSTEM as SCREENING
from tasuki.nodes.sql import run
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.shared.actor import system_actor
from tasuki.web.staff import inquiries
from tests.browser.conftest import AT, CIPHER
from tests.browser.looking import kept, looked_at
from tests.browser.test_followup import given_somebody_needs_a_detailed_examination
from tests.fakes.gateway import FakeGateway

NUMBER = "000200071"


@pytest.fixture
def gateway(town: str) -> FakeGateway:
    """The town's gateway, which delivers what it is given."""
    number_people(
        system=SCREENING, people=[PersonToNumber(NUMBER, None)], cipher=CIPHER, by=system_actor("test"), at=AT
    )
    connections.close_all()
    return cast(FakeGateway, inquiries.asker().link)


def when_the_worker_carries(gateway: FakeGateway) -> None:
    at = runtime.now() + timedelta(minutes=10)
    carry_notices(institution="1000000000000001", link=gateway, by=system_actor("test"), at=at)  # type: ignore[arg-type]  # it has the link's methods
    connections.close_all()


def test_a_notice_is_sent_seen_as_the_person_sees_it_and_taken_back(page: Page, gateway: FakeGateway) -> None:
    clerk = given_somebody_needs_a_detailed_examination(page, NUMBER)
    clerk.when_they_open("精検追跡")
    clerk.when_they_follow("送ったお知らせ")
    clerk.then_the_page_is("送ったお知らせ")
    clerk.then_they_read("送ったお知らせはありません")
    looked_at(clerk, "sent-empty")
    clerk.when_they_open("精検追跡")
    page.get_by_role("link", name=re.compile("検診から90日より前")).click()
    clerk.when_they_follow("この一覧の人にお知らせを送る")
    clerk.then_the_page_is("お知らせを送る")
    clerk.then_they_read("符号がまだない人: 1人")
    looked_at(clerk, "notify-nobody")
    run("UPDATE persons_person SET code_bound_at = numbered_at", alias="index")
    connections.close_all()
    page.reload()
    looked_at(clerk, "notify")
    page.get_by_label("見られる日数").fill("999")
    clerk.when_they_press("1人に送る")
    clerk.then_they_read("90日までです。短い日数を入力してください。")
    clerk.then_nothing_hinders_anybody()
    kept(page, "notify-wrong")
    page.get_by_label("見られる日数").fill("14")
    clerk.when_they_press("1人に送る")
    clerk.then_they_read("1人へのお知らせを受け付けました")
    when_the_worker_carries(gateway)
    page.reload()
    clerk.then_they_read("届いた: 1人")
    looked_at(clerk, "sent")
    clerk.when_they_open("住民")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", NUMBER)
    clerk.when_they_press("探す")
    page.get_by_role("link", name=re.compile("見本")).first.click()
    clerk.when_they_follow("本人が見る画面")
    clerk.then_they_read("精密検査の結果がまだ届いていません")
    looked_at(clerk, "portal")
    clerk.when_they_open("精検追跡")
    clerk.when_they_follow("送ったお知らせ")
    page.get_by_role("button", name=re.compile("のお知らせを取り戻す$")).click()
    clerk.then_they_read("うち取り戻し中: 1人")
    looked_at(clerk, "taking-back")
    when_the_worker_carries(gateway)
    page.reload()
    clerk.then_they_read("取り戻した: 1人")
    clerk.then_the_address_says_nothing_about_a_person(NUMBER, "見本")
