"""Entering a result with its warning, correcting it, reading its history; by mouse, by keyboard, in both languages."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journey import Journey

XRAY = re.compile("胸部エックス線検査判定")
NEED = re.compile("精密検査の?対象有無")


def given_a_resident(page: Page, number: str) -> Journey:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", number)
    clerk.when_they_press("探す")
    page.get_by_role("link", name=re.compile("見本")).first.click()
    return clerk


def choose(page: Page, group: re.Pattern[str], code: str) -> None:
    page.get_by_role("group", name=group).get_by_role("radio", name=re.compile(code)).first.check()


def test_a_result_is_entered_with_its_warning_corrected_and_read_in_its_history(page: Page) -> None:
    clerk = given_a_resident(page, "000200050")
    clerk.when_they_follow("検診結果を入力")
    clerk.then_the_page_is("どの検診の結果ですか")
    clerk.when_they_follow("肺がん 一次検診")
    clerk.then_the_page_is("肺がん 一次検診")
    page.get_by_label("受診日", exact=True).fill("R8.5.1")
    page.get_by_label("受診日", exact=True).blur()
    clerk.then_they_read("2026年5月1日(令和8年)")
    clerk.when_they_fill("負担区分", "免除")
    expect(page.locator("#fee_class-count")).to_have_text("4/40バイト")
    choose(page, XRAY, "肺癌の疑い")
    choose(page, NEED, "精密検査不要")
    clerk.when_they_press("登録する")
    clerk.then_they_read("まだ登録していません。確かめてほしいところがあります。")
    expect(page.locator("[data-focus-first]")).to_be_focused()
    clerk.then_nothing_hinders_anybody()
    page.get_by_role("checkbox", name=re.compile("^確認しました")).check()
    clerk.when_they_press("登録する")
    clerk.then_they_read("検診結果を登録しました。")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_follow("訂正する")
    clerk.then_the_page_is("検診結果の訂正")
    expect(page.get_by_label("受診日", exact=True)).to_have_value("2026-05-01")
    clerk.when_they_fill("負担区分", "一部負担")
    clerk.when_they_press("変更点を確かめる")
    clerk.then_they_read("まだ登録していません。確かめてほしいところがあります。")
    page.get_by_role("checkbox", name=re.compile("^確認しました")).check()
    clerk.when_they_press("変更点を確かめる")
    clerk.then_the_page_is("訂正の確認")
    clerk.then_they_read("一部負担")
    page.get_by_role("radio", name="転記・入力の誤り").check()
    clerk.when_they_press("この内容で訂正する")
    clerk.then_they_read("検診結果を訂正しました。")
    clerk.when_they_follow("訂正と取り消しの履歴")
    clerk.then_the_page_is("訂正と取り消しの履歴")
    clerk.then_they_read("転記・入力の誤り")
    clerk.then_they_read("確認済みの注意")
    clerk.then_the_address_says_nothing_about_a_person("000200050", "見本")


def test_a_duplicate_is_shown_side_by_side_and_the_withdrawn_one_can_be_restored(page: Page) -> None:
    clerk = given_a_resident(page, "000200051")
    for day in ("2026-05-01", "2026-06-01"):
        clerk.when_they_follow("検診結果を入力")
        clerk.when_they_follow("大腸がん 一次検診")
        page.get_by_label("受診日", exact=True).fill(day)
        choose(page, NEED, "精密検査不要")
        clerk.when_they_press("登録する")
        if day == "2026-05-01":
            clerk.then_they_read("検診結果を登録しました。")
            clerk.when_they_follow("検診歴")
    clerk.then_they_read("同じ検診の記録がもうあります")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_press("これは別の検診です（回数を進める）")
    clerk.then_they_read("検診結果を登録しました。")
    clerk.when_they_follow("取り消す")
    clerk.then_the_page_is("検診結果の取り消し")
    page.get_by_role("radio", name="別人の結果だった").check()
    clerk.when_they_press("取り消す")
    clerk.then_they_read("検診結果を取り消しました。")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_follow("元に戻す")
    clerk.then_the_page_is("検診結果を元に戻す")


def test_a_result_is_entered_by_keyboard_alone(page: Page) -> None:
    clerk = given_a_resident(page, "000200052")
    page.get_by_role("link", name="検診結果を入力").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="肺がん 一次検診", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="肺がん 一次検診")).to_be_visible()
    page.get_by_label(re.compile("^年度 ")).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_label("受診日", exact=True)).to_be_focused()
    page.keyboard.type("R8.5.2")
    # Enter in a field saves, and does nothing else.
    page.keyboard.press("Enter")
    clerk.then_they_read("まだ登録していません。直すところがあります。")
    expect(page.locator("[data-focus-first]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name=NEED).get_by_role("radio").first).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    clerk.then_they_read("検診結果を登録しました。")


def test_a_result_is_entered_in_english(page: Page) -> None:
    clerk = given_a_resident(page, "000200053")
    clerk.when_they_switch_the_language("English")
    clerk.when_they_follow("Enter a result")
    clerk.then_the_page_is("Which screening is it?")
    clerk.when_they_follow("Periodontal disease Primary")
    page.get_by_label("Date of the examination", exact=True).fill("R8.5")
    page.get_by_label("Date of the examination", exact=True).blur()
    clerk.then_they_read("May 2026, day unknown")
    clerk.when_they_press("Save")
    clerk.then_they_read("There is something to mend.")
    clerk.then_nothing_hinders_anybody()


def test_a_declaration_is_taken_down_at_the_counter(page: Page) -> None:
    clerk = given_a_resident(page, "000200054")
    clerk.when_they_follow("職域検診の申告を登録")
    clerk.then_the_page_is("職域検診の申告")
    page.get_by_label("検診", exact=True).select_option(label="胃がん")
    clerk.when_they_fill("受診日", "令和8年5月")
    clerk.when_they_fill("受けた場所", "例示商事の健診")
    clerk.when_they_press("登録する")
    clerk.then_they_read("職域検診の申告を登録しました。")
    clerk.then_they_read("破線は職域の検診")


def test_an_institution_is_added_and_renamed(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("台帳と設定")
    clerk.when_they_follow("実施機関の台帳")
    clerk.then_the_page_is("実施機関の台帳")
    clerk.when_they_follow("実施機関を登録")
    clerk.when_they_fill("保険医療機関番号", "9919910040")
    clerk.when_they_fill("名称", "例示クリニック")
    clerk.when_they_fill("有効になる日", "H27.4.1")
    clerk.when_they_press("登録する")
    clerk.then_they_read("最初の2桁が都道府県の番号")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_fill("保険医療機関番号", "1319910040")
    clerk.when_they_press("登録する")
    clerk.then_the_page_is("例示クリニック")
    clerk.when_they_fill("新しい名称", "例示内科")
    clerk.when_they_fill("新しい名称になる日", "R8.4.1")
    clerk.when_they_press("名称を変える")
    clerk.then_the_page_is("例示内科")


@pytest.mark.parametrize("examination", ["肺がん 一次検診", "歯周疾患 一次検診と精密検査", "骨粗鬆症 一次検診"])
def test_a_form_fits_narrow_and_wide(page: Page, examination: str) -> None:
    clerk = given_a_resident(page, "000200055")
    clerk.when_they_follow("検診結果を入力")
    page.get_by_role("link", name=examination, exact=True).click()
    page.set_viewport_size({"width": 375, "height": 800})
    clerk.then_nothing_hinders_anybody()
    page.set_viewport_size({"width": 1280, "height": 800})
    clerk.when_they_press("登録する")
    clerk.then_they_read("直すところがあります。")
    clerk.then_nothing_hinders_anybody()
    page.set_viewport_size({"width": 375, "height": 800})
    clerk.then_nothing_hinders_anybody()


def test_a_form_is_complete_without_scripts(page: Page) -> None:
    page.context.route("**/*.js*", lambda route: route.abort())
    clerk = given_a_resident(page, "000200056")
    clerk.when_they_follow("検診結果を入力")
    clerk.when_they_follow("肺がん 一次検診")
    page.get_by_label("受診日", exact=True).fill("R7.6.1")
    page.get_by_label(re.compile("^年度 ")).fill("2025")
    clerk.when_they_press("受診日に合わせて項目を表示し直す")
    clerk.then_they_read("2025年6月1日(令和7年)")
    expect(page.get_by_role("group", name=re.compile("喀痰検査判定"))).to_be_visible()
    choose(page, NEED, "精密検査不要")
    clerk.when_they_press("登録する")
    clerk.then_they_read("検診結果を登録しました。")
