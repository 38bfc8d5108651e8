"""The yearly check from its reminder to two signatures, as an auditor and the security adviser live it."""

from playwright.sync_api import Page

from tests.browser.journey import entered
from tests.browser.looking import kept, looked_at


def test_a_year_is_checked_and_signed_by_two(page: Page) -> None:
    auditor = entered(page, "監査担当")
    auditor.when_they_open("台帳と設定")
    auditor.when_they_follow("確認記録票")
    auditor.then_they_read("確認記録票はまだありません")
    looked_at(auditor, "checks-empty")
    page.get_by_role("button", name="年度の確認記録票を作る").click()
    auditor.then_they_read("項ごとに評価してください")
    first = page.locator("main form:has(select[name$='-answer'])").first
    first.locator("select").first.select_option("PARTLY")
    first.get_by_role("button").click()
    auditor.then_they_read("わけを書いてください。")
    auditor.then_nothing_hinders_anybody()
    kept(page, "check-error")
    first.locator("input[name$='-remark']").first.fill("手順書を改めている")
    tables = page.locator("main form:has(select[name$='-answer'])")
    for place in range(tables.count()):
        for box in tables.nth(place).locator("select").all():
            if not box.input_value():
                box.select_option("KEPT")
        with page.expect_navigation():
            tables.nth(place).get_by_role("button").click()
        auditor.then_they_read("評価を保存しました。")
    # Where one was in the sheet stands in the address; the page itself is looked at.
    page.goto(page.url.partition("#")[0])
    looked_at(auditor, "check")
    auditor.when_they_press("署名する")
    auditor.then_they_read("一人目として署名しました")
    page.context.clear_cookies()

    adviser = entered(page, "セキュリティ担当")
    page.goto("/checks/")
    looked_at(adviser, "checks")
    page.locator("main tbody a").first.click()
    adviser.when_they_press("署名する")
    adviser.then_they_read("確定し、もう変わりません")
    looked_at(adviser, "check-signed")
