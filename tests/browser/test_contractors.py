"""A contractor's whole work: asked for, reviewed by two, done while a colleague is present, reported, inspected."""

import re
from datetime import timedelta

from django.db import connections
from playwright.sync_api import Browser, Page, expect

from tasuki import runtime
from tasuki.shared.dates import to_jst
from tests.browser.conftest import guarded
from tests.browser.journey import Journey, entered
from tests.browser.looking import kept, looked_at

CLERK = "健康づくり課 担当"


def kept_on_the_registers(clerk: Journey) -> None:
    """Put a firm and its supervisor on the registers, with pledge and training."""
    page = clerk.page
    clerk.when_they_open("台帳と設定")
    clerk.when_they_follow("委託作業")
    looked_at(clerk, "contractors-empty")
    clerk.when_they_follow("委託先と取扱者")
    looked_at(clerk, "handlers-empty")
    clerk.when_they_follow("委託先を載せる")
    today = to_jst(runtime.now())
    for label, text in (
        ("委託先の名前", "架空システム株式会社"),
        ("契約番号", "K-2026-7"),
        ("契約の始まる日", f"{today:%Y/%m/%d}"),
        ("契約の最後の日", f"{today + timedelta(days=300):%Y/%m/%d}"),
    ):
        clerk.when_they_fill(label, text)
    clerk.when_they_press("台帳に載せる")
    clerk.when_they_follow("取扱者を載せる")
    page.get_by_label("委託先", exact=True).select_option("架空システム株式会社")
    clerk.when_they_fill("氏名", "委託 三郎")
    clerk.when_they_fill("社員番号", "S-77")
    page.get_by_label("取扱責任者", exact=True).check()
    clerk.when_they_fill("利用者のID", "persona-itaku")
    clerk.when_they_press("台帳に載せる")
    kept(page, "handler-add-wrong-ja-1280")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_fill("指定の日", f"{today:%Y/%m/%d}")
    clerk.when_they_press("台帳に載せる")
    clerk.then_they_read("いまは作業できません。")
    looked_at(clerk, "handler")
    clerk.when_they_fill("誓約の日", f"{today:%Y/%m/%d}")
    clerk.when_they_fill("誓約書の番号", "誓-1")
    clerk.when_they_press("誓約書を記録する")
    clerk.when_they_fill("教育の日", f"{today:%Y/%m/%d}")
    clerk.when_they_fill("教育の内容", "個人情報の保護")
    clerk.when_they_press("教育を記録する")
    page.goto("/contractors/handlers/")
    clerk.then_they_read("作業できる")
    looked_at(clerk, "handlers")


def asked_for(clerk: Journey) -> str:
    """Ask for a work that may begin now; return its address."""
    page, now = clerk.page, to_jst(runtime.now())
    begins = now - timedelta(minutes=5)
    page.goto("/contractors/ask/")
    looked_at(clerk, "contractor-ask")
    clerk.when_they_press("申請を出す")
    kept(page, "contractor-ask-wrong-ja-1280")
    page.get_by_label("架空システム株式会社 委託 三郎").check()
    for label, text in (
        ("作業の内容", "保守の試験"),
        ("目的", "改修した画面を確かめる"),
        ("場所", "端末室"),
        ("扱うデータ", "模擬データ"),
        ("使う機器・持ち込む機器", "端末3、持込みなし"),
        ("作業の日", f"{begins:%Y/%m/%d}"),
        ("始まる時刻", f"{begins:%H:%M}"),
        ("終わる時刻", f"{now + timedelta(hours=2):%H:%M}"),
    ):
        clerk.when_they_fill(label, text)
    clerk.when_they_press("申請を出す")
    clerk.then_they_read("ほかの二人が承認するまで、作業は始められません。")
    looked_at(clerk, "contractor-work-requested")
    return page.url


def approved_by(role: str, browser: Browser, town: str, address: str) -> None:
    """Approve the work in another browser, as a reviewer who comes from the home page."""
    with guarded(browser, town) as context:
        reviewer = entered(context.new_page(), role)
        reviewer.page.get_by_role("link", name=re.compile("審査を待つ委託作業")).click()
        reviewer.page.goto(address)
        looked_at(reviewer, "contractor-work-review")
        reviewer.when_they_press("承認する")
        reviewer.then_they_read("承認しました。")


def reported_from_inside(contractor: Journey) -> None:
    """Look at what is harmless, and report the work complete."""
    page = contractor.page
    contractor.then_the_page_is("今日の仕事")
    expect(page.get_by_role("link", name="住民")).to_have_count(0)
    page.goto("/people/")
    contractor.then_the_page_is("この画面を使う権限がありません")
    page.goto("/settings/environment/")
    contractor.when_they_open("いまの作業")
    looked_at(contractor, "contractor-own")
    contractor.when_they_press("完了を報告する")
    contractor.then_nothing_hinders_anybody()
    contractor.when_they_fill("完了の報告", "画面を確かめた。残ったことはない。")
    contractor.when_they_press("完了を報告する")
    contractor.then_they_read("完了の報告を記録しました。")


def test_a_contractors_whole_work(page: Page, browser: Browser, town: str) -> None:
    clerk = entered(page, CLERK)
    kept_on_the_registers(clerk)
    address = asked_for(clerk)
    for role in ("承認者", "セキュリティ担当"):
        approved_by(role, browser, town, address)
    with guarded(browser, town) as context:
        contractor = entered(context.new_page(), "委託先")
        contractor.then_they_read("立ち会う職員が立会いを始めてから入れます")
        contractor.then_the_page_is("ログイン")
        page.goto(address)
        clerk.when_they_press("立会いを始める")
        clerk.then_they_read("立会い中です。")
        looked_at(clerk, "contractor-work-attended")
        contractor.when_they_enter_as("委託先")
        reported_from_inside(contractor)
        page.goto("/contractors/passages/")
        looked_at(clerk, "passages-empty")
        page.goto(address)
        clerk.when_they_press("立会いを終える")
        contractor.page.goto("/contractors/own/")
        contractor.then_they_read("立会いが終わったか、作業の時間が過ぎたので、ログアウトしました。")
    clerk.then_they_read("委託先の人が開いた画面")
    looked_at(clerk, "contractor-work-reported")
    clerk.when_they_fill("理由・確かめたこと", "申請のとおりに終わった")
    clerk.when_they_press("合格とする")
    clerk.then_they_read("検査を記録しました。")
    page.goto("/contractors/")
    looked_at(clerk, "contractors")
    connections.close_all()
