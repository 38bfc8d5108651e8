"""From the list of those whose answer is missing to a case: three facts, the fourth, and a mistake taken back."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.journey import Journey
from tests.browser.test_results import NEED, XRAY, choose, given_a_resident

NUMBER = "000200070"


def given_somebody_needs_a_detailed_examination(page: Page, number: str) -> Journey:
    clerk = given_a_resident(page, number)
    clerk.when_they_follow("検診結果を入力")
    clerk.when_they_follow("肺がん 一次検診")
    page.get_by_label("受診日", exact=True).fill("R8.5.1")
    choose(page, XRAY, "肺癌の疑い")
    choose(page, NEED, "^要精密検査|精密検査が必要|^2")
    clerk.when_they_press("登録する")
    clerk.then_they_read("検診結果を登録しました。")
    return clerk


def test_three_facts_stay_on_the_list_the_fourth_ends_it_and_a_mistake_is_taken_back(page: Page) -> None:
    clerk = given_somebody_needs_a_detailed_examination(page, NUMBER)
    clerk.when_they_open("精検追跡")
    clerk.then_the_page_is("精密検査の追跡")
    page.get_by_role("link", name=re.compile("検診から90日より前")).click()
    clerk.then_the_page_is("答えが届いていない人")
    page.get_by_role("link", name=re.compile("見本.*肺がん")).first.click()
    expect(page.get_by_role("heading", name="まだ勧めていない")).to_be_visible()
    clerk.then_nothing_hinders_anybody()
    page.get_by_text("本人の申告を記録する").first.click()
    page.locator("#id_SELF_REPORT-examined_date").fill("令和8年9月")
    page.locator("#id_SELF_REPORT-institution").fill("模擬病院")
    page.get_by_label("検査の方法").select_option(label="胸部CT")
    page.get_by_label("検査の方法").blur()
    expect(page.get_by_text("医療機関: 分かる")).to_be_visible()
    expect(page.get_by_text("検査の結果: まだ")).to_be_visible()
    page.get_by_role("button", name="記録する 本人の申告を記録する").click()
    clerk.then_they_read("検査の結果が分からないので、まだ「精検受診」に数えません")
    clerk.then_nothing_hinders_anybody()
    page.get_by_text("本人の申告を記録する").first.click()
    page.locator("#id_SELF_REPORT-examined_date").fill("令和8年9月")
    page.locator("#id_SELF_REPORT-institution").fill("模擬病院")
    page.get_by_label("検査の方法").select_option(label="胸部CT")
    page.get_by_label("検査の結果").select_option(index=1)
    page.get_by_role("button", name="記録する 本人の申告を記録する").click()
    clerk.then_they_read("今の状態は「精検受診」です")
    clerk.then_nothing_hinders_anybody()
    page.get_by_text("この記録を取り消す").first.click()
    page.get_by_label("取り消す理由").first.fill("別の人の話だった")
    page.get_by_role("button", name="取り消す", exact=True).first.click()
    clerk.then_they_read("今の状態は「まだ勧めていない」です")
    clerk.then_they_read("理由: 別の人の話だった")
    clerk.then_nothing_hinders_anybody()
    clerk.then_the_address_says_nothing_about_a_person(NUMBER, "見本")


def test_a_referral_is_taken_as_pdf(page: Page, tmp_path: Path) -> None:
    clerk = given_somebody_needs_a_detailed_examination(page, "000200071")
    clerk.when_they_follow("検診歴")
    clerk.when_they_follow("2026年度 肺がんの追跡を開く")
    clerk.when_they_follow("紹介状と報告書")
    clerk.then_the_page_is("精密検査の紹介状")
    with page.expect_download() as taken:
        clerk.when_they_press("PDFを作って受け取る")
    file = tmp_path / "letter.pdf"
    taken.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF")


def test_lists_and_letters_in_english_and_on_a_narrow_screen(page: Page) -> None:
    clerk = given_somebody_needs_a_detailed_examination(page, "000200072")
    clerk.when_they_switch_the_language("English")
    page.set_viewport_size({"width": 390, "height": 844})
    for address, heading in (
        ("/follow-up/", "Follow-up of detailed examinations"),
        ("/follow-up/list/", "No answer yet"),
        ("/follow-up/list/?kind=undetermined&year=2026", "Not judged, to be tested again"),
        ("/follow-up/notices/", "Make result notices together"),
        ("/follow-up/remind/?kind=overdue&days=90", "Make reminders of detailed examinations"),
        ("/follow-up/close/2025/", "Close the follow-up of fiscal year 2025"),
    ):
        page.goto(address)
        clerk.then_the_page_is(heading)
