"""From an access to its alert, its review and the month: what a colleague did comes before an auditor."""

from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Page

from tasuki import runtime
from tasuki.shared.actor import system_actor
from tasuki.watching.operations.alerts import judge_accesses
from tests.browser.journey import entered
from tests.browser.looking import kept, looked_at

PERSON = "000104223"


@pytest.fixture
def judging(town: str) -> Iterator[None]:
    """The worker's round over accesses, which this process plays; its connections are closed again."""
    yield
    connections.close_all()


def test_an_access_becomes_an_alert_and_gets_its_outcome(page: Page, judging: None) -> None:
    auditor = entered(page, "監査担当")
    page.goto("/accesses/alerts/")
    auditor.then_they_read("点検を待つ警告はありません")
    looked_at(auditor, "access-alerts-empty")
    page.context.clear_cookies()

    entered(page, "システム管理者")
    for _ in range(5):
        page.goto("/people/")
    judge_accesses(by=system_actor("test"), at=runtime.now())
    page.context.clear_cookies()

    auditor = entered(page, "監査担当")
    looked_at(auditor, "access-home")
    auditor.when_they_follow("点検を待つアクセス警告")
    auditor.then_they_read("権限のない画面を繰り返し開こうとした")
    looked_at(auditor, "access-alerts")
    row = (
        page.get_by_role("row")
        .filter(has_text="権限のない画面を繰り返し開こうとした")
        .filter(has_text="システム管理者")
    )
    row.get_by_role("link").first.click()
    looked_at(auditor, "access-alert")
    auditor.when_they_press("点検を終える")
    kept(page, "access-alert-error")
    page.get_by_role("radio", name="操作の誤りだった").check()
    auditor.when_they_fill("確かめたこと", "練習の画面と間違えたと本人に聞いた")
    auditor.when_they_press("点検を終える")
    auditor.then_they_read("点検の結果を記録しました。")
    looked_at(auditor, "access-alerts-closed")
    page.goto(f"/accesses/months/?month={runtime.now():%Y-%m}")
    auditor.then_they_read("権限のない画面を繰り返し開こうとした")
    looked_at(auditor, "access-month")


def test_an_auditor_searches_the_log_and_a_resident_is_told(page: Page, judging: None) -> None:
    clerk = entered(page, "健康づくり課 担当")
    page.goto("/people/")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", PERSON)
    clerk.when_they_press("探す")
    page.locator("main tbody a").first.click()
    clerk.when_they_follow("閲覧の記録")
    clerk.then_they_read("住民 · 検索")
    looked_at(clerk, "accesses-of-person")
    page.emulate_media(media="print")
    kept(page, "accesses-of-person-print")
    page.emulate_media(media="screen")
    page.context.clear_cookies()

    auditor = entered(page, "監査担当")
    auditor.when_they_open("台帳と設定")
    auditor.when_they_follow("アクセス記録")
    looked_at(auditor, "accesses")
    auditor.when_they_fill("宛名番号", PERSON)
    auditor.when_they_press("探す")
    auditor.then_they_read("氏名・フリガナ・住所・番号")
    auditor.then_the_address_says_nothing_about_a_person(PERSON)
    looked_at(auditor, "accesses-found")
