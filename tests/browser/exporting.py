"""A file leaves: whoever pressed its button says what for, an approver decides, it is taken, and comes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.journey import Journey
from tests.browser.looking import kept, looked_at
from tests.integration.web.taking import opened

CLERK, APPROVER = "健康づくり課 担当", "承認者"


def as_somebody_else(staff: Journey, role: str) -> None:
    """Log out, and in again in another role."""
    staff.when_they_press("ログアウト")
    staff.given_the_login_page()
    staff.when_they_enter_as(role)


def say_what_for(staff: Journey) -> None:
    """Fill the request in, forgetting the medium's number at first."""
    page = staff.page
    staff.then_the_page_is("持出しの申請")
    staff.when_they_fill("内容", "架空の検診結果1件")
    staff.when_they_fill("目的", "紹介先への引継ぎ")
    staff.when_they_fill("渡す相手", "模擬病院")
    page.get_by_label("USBメモリ", exact=True).check()
    staff.when_they_fill("返却・廃棄の期限", (datetime.now(UTC) + timedelta(days=10)).date().isoformat())
    kept(page, "export-ask-ja-1280")
    staff.when_they_press("申請する")
    staff.then_they_read("媒体の管理番号を入れてください。")
    staff.then_the_page_is("持出しの申請")
    kept(page, "export-ask-wrong-ja-1280")
    staff.when_they_fill("媒体の管理番号", "USB-0012")
    staff.when_they_press("申請する")
    staff.then_they_read("申請した人は承認できません。")


def decided(staff: Journey) -> None:
    """Approve the request, as an approver who comes from the home page."""
    page = staff.page
    as_somebody_else(staff, APPROVER)
    page.get_by_role("link", name="承認を待つ持出し").click()
    staff.then_the_page_is("持出し管理簿")
    looked_at(staff, "exports")
    page.get_by_role("table").get_by_role("link").first.click()
    staff.then_they_read("模擬病院")
    looked_at(staff, "export-waiting")
    staff.when_they_press("承認する")
    staff.then_they_read("承認済み・未作成")


def made_and_taken(staff: Journey) -> bytes:
    """Have it made, note the password, take the archive; return what is in it."""
    page = staff.page
    as_somebody_else(staff, CLERK)
    address = _newest(staff)
    staff.when_they_press("暗号化したファイルを作る")
    staff.then_the_page_is("暗号化したファイルを作りました")
    kept(page, "export-made-ja-1280")
    password = page.locator(".export-secret").inner_text()
    staff.when_they_follow("控えたので、受取りへ進む")
    with page.expect_download() as leaving:
        staff.when_they_press("暗号化したファイルを受け取る")
    files = opened(Path(leaving.value.path()).read_bytes(), password)
    page.goto(address)
    staff.then_they_read("持出し中")
    assert "模擬病院" in files.pop("持出し記録.txt").decode("utf-8-sig")
    [content] = files.values()
    return content


def given_back(staff: Journey) -> None:
    """Confirm, as the approver, that the medium came back."""
    page = staff.page
    as_somebody_else(staff, APPROVER)
    _newest(staff)
    looked_at(staff, "export-out")
    page.get_by_label("返却された", exact=True).check()
    staff.when_they_fill("確かめ方", "媒体を受け取り、空であることを見た")
    staff.when_they_press("確かめたことを記録する")
    staff.then_they_read("返却・廃棄の確認済み")
    expect(page.get_by_role("button", name="確かめたことを記録する")).to_have_count(0)


def _newest(staff: Journey) -> str:
    page: Page = staff.page
    page.goto("/exports/")
    page.get_by_role("table").get_by_role("link").first.click()
    return page.url
