"""A new member of staff, from the application to their own home page: two people, a password, a second factor."""

import base64
import re

from django.db import connections
from playwright.sync_api import Browser, Page, expect

from tasuki import runtime
from tasuki.accounts.codes import code_at
from tests.browser.conftest import guarded
from tests.browser.journey import Journey
from tests.browser.looking import kept, looked_at

CHOSEN = "a sentence that only Hachiro knows"


def entered(page: Page, role: str) -> Journey:
    staff = Journey(page)
    staff.given_the_login_page()
    staff.when_they_enter_as(role)
    return staff


def applied_for(clerk: Journey) -> None:
    clerk.when_they_open("台帳と設定")
    clerk.when_they_follow("利用者の申請")
    looked_at(clerk, "account-applications-empty")
    clerk.when_they_follow("申請する")
    looked_at(clerk, "account-apply")
    clerk.when_they_press("申請を出す")
    kept(clerk.page, "account-apply-wrong")
    clerk.then_nothing_hinders_anybody()
    for label, text in (
        ("ID", "hachiro"),
        ("職員番号", "A-1024"),
        ("氏名", "新人 八郎"),
        ("所属", "健康づくり課"),
        ("申請の理由", "検診の受付を担当する"),
    ):
        clerk.when_they_fill(label, text)
    clerk.page.get_by_label("役割", exact=True).select_option("健康づくり課 担当")
    clerk.when_they_press("申請を出す")
    clerk.then_they_read("別の人が承認するまで、何も変わりません。")
    looked_at(clerk, "account-application-own")


def approved(administrator: Journey) -> str:
    """Approve what waits, and give the first password as the page shows it."""
    page = administrator.page
    looked_at(administrator, "account-home")
    page.get_by_role("link", name=re.compile("承認を待つ申請")).click()
    looked_at(administrator, "account-applications-waiting")
    page.get_by_role("link", name=re.compile("^20")).first.click()
    administrator.when_they_press("承認する")
    administrator.then_they_read("最初のパスワードは、いまだけ表示しています")
    administrator.then_nothing_hinders_anybody()
    kept(page, "account-given")
    first = page.locator(".secret").inner_text()
    administrator.when_they_follow("この利用者を見る")
    looked_at(administrator, "account")
    administrator.when_they_follow("利用者")
    looked_at(administrator, "accounts")
    administrator.when_they_follow("年次確認")
    looked_at(administrator, "accounts-confirm")
    return first


def enrolled(hachiro: Journey) -> list[str]:
    """Enrol as an authenticator would, from the letters below the picture; return the recovery codes."""
    page = hachiro.page
    hachiro.then_the_page_is("二要素認証の設定")
    looked_at(hachiro, "factor-enrol")
    assert page.locator(".qr svg path").count() > 0
    hachiro.when_they_fill("認証アプリに出た6桁の数字", "000000")
    hachiro.when_they_press("設定する")
    hachiro.then_they_read("数字が違います")
    hachiro.then_nothing_hinders_anybody()
    kept(page, "factor-enrol-wrong")
    secret = base64.b32decode(page.locator(".secret").inner_text().replace(" ", ""))
    hachiro.when_they_fill("認証アプリに出た6桁の数字", code_at(secret, runtime.now()))
    hachiro.when_they_press("設定する")
    hachiro.then_the_page_is("回復コード")
    kept(page, "recovery-codes")
    return page.locator("main ul.mono li").all_inner_texts()


def let_in_with(hachiro: Journey, code: str) -> None:
    """Log out, and in again without the device that shows codes."""
    hachiro.when_they_press("ログアウト")
    hachiro.when_they_fill("ID", "hachiro")
    hachiro.when_they_fill("パスワード", CHOSEN)
    hachiro.when_they_press("ログインする")
    hachiro.then_the_page_is("二要素認証")
    looked_at(hachiro, "factor-code")
    hachiro.when_they_fill("コード", code)
    hachiro.when_they_press("入る")
    hachiro.then_they_read("回復コードを一つ使いました。残りは9個です。")
    hachiro.then_the_page_is("今日の仕事")


def test_a_new_member_of_staff_comes_from_the_application_to_their_home_page(
    page: Page, browser: Browser, town: str
) -> None:
    applied_for(entered(page, "健康づくり課 担当"))
    with guarded(browser, town) as context:
        first = approved(entered(context.new_page(), "システム管理者"))
    with guarded(browser, town) as context:
        hachiro = Journey(context.new_page())
        hachiro.given_the_login_page()
        hachiro.when_they_fill("ID", "hachiro")
        hachiro.when_they_fill("パスワード", first)
        hachiro.when_they_press("ログインする")
        hachiro.then_the_page_is("パスワードの変更")
        looked_at(hachiro, "first-password")
        expect(hachiro.page.get_by_role("navigation", name="主なメニュー")).to_have_count(0)
        hachiro.when_they_fill("現在のパスワード", first)
        hachiro.when_they_fill("新しいパスワード", CHOSEN)
        hachiro.when_they_fill("新しいパスワード(確認)", CHOSEN)
        hachiro.when_they_press("パスワードを変える")
        codes = enrolled(hachiro)
        hachiro.when_they_follow("控えたので、先に進む")
        hachiro.then_the_page_is("今日の仕事")
        let_in_with(hachiro, codes[0])
        hachiro.when_they_follow("パスワード")
        hachiro.when_they_follow("ログイン中の端末")
        looked_at(hachiro, "sessions")
    connections.close_all()
