"""At the counter: log in, find a resident, look at their screenings."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journey import Journey

PAGES = [
    "/",
    "/people/",
    "/answers/",
    "/imports/",
    "/imports/mappings/",
    "/held/",
    "/due/",
    "/due/2026/55/",
    "/due/options/",
    "/due/options/change/",
    "/password/",
    "/_dev/components/",
    "/nowhere/",
]


def test_a_clerk_finds_a_resident_from_what_they_say(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    clerk.then_the_page_is("住民を探す")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", "ｶｸｳ あやの")
    clerk.when_they_press("探す")
    clerk.then_they_read("1人 見つかりました")
    clerk.then_nothing_hinders_anybody()
    clerk.then_the_address_says_nothing_about_a_person("カクウ", "000104223")
    clerk.when_they_follow("架空 綾乃")
    clerk.then_the_page_is("架空 綾乃")
    clerk.then_the_address_says_nothing_about_a_person("000104223")


def test_what_a_page_shows_of_a_resident_goes_once_nobody_works_any_more(page: Page) -> None:
    page.clock.install()
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", "ｶｸｳ あやの")
    clerk.when_they_press("探す")
    clerk.when_they_follow("架空 綾乃")
    clerk.then_the_page_is("架空 綾乃")
    other = page.context.new_page()
    page.clock.fast_forward("20:00")
    other.goto(page.url.split("/people/")[0] + "/")
    page.clock.fast_forward("20:00")
    # Another window was used meanwhile, so the session goes on.
    clerk.then_the_page_is("架空 綾乃")
    page.clock.fast_forward("31:00")
    expect(page.get_by_text("架空 綾乃")).to_have_count(0)
    assert "/people/" not in page.url


def test_a_clerk_asks_the_former_town_and_the_sash_goes_on(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", "かくう あやの")
    clerk.when_they_press("探す")
    clerk.when_they_follow("架空 綾乃")
    clerk.when_they_press("検診歴を照会する")
    clerk.then_they_read("回答が届きました。")
    clerk.then_they_read("16種類の情報を照会し、3件の受診が見つかりました")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_press("3件を履歴に取り込む")
    clerk.then_they_read("3件を履歴に取り込みました。")
    clerk.then_they_read("斜線は他の自治体の記録: 模擬市")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_follow("要精検 模擬市")
    clerk.then_they_read("肺がん検診の精密検査対象有無")
    clerk.then_the_page_is("架空 綾乃")


def test_a_protected_resident_is_announced(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", "高崎")
    clerk.when_they_press("探す")
    clerk.when_they_follow("髙﨑 忍")
    clerk.then_the_page_is("支援措置の対象者の画面です")
    page.get_by_label("本人が窓口に来ている").check()
    clerk.when_they_press("記録して開く")
    clerk.then_they_read("支援措置の対象者です。")
    clerk.then_nothing_hinders_anybody()


def test_a_long_list_is_paged(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", "見本町")
    clerk.when_they_press("探す")
    clerk.then_they_read("120人 見つかりました")
    clerk.when_they_follow("次へ")
    clerk.then_they_read("51人目から100人目")
    clerk.then_nothing_hinders_anybody()


def test_a_search_without_words_is_explained(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("住民")
    clerk.when_they_press("探す")
    clerk.then_they_read("どれかを入力してください")
    clerk.then_nothing_hinders_anybody()


def test_a_wrong_password_is_refused_in_words(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_the_login_page()
    clerk.when_they_fill("ID", "hanako")
    clerk.when_they_fill("パスワード", "wrong")
    clerk.when_they_press("ログインする")
    clerk.then_they_read("IDまたはパスワードが違います。")
    clerk.then_nothing_hinders_anybody()


def test_an_auditor_reads_the_evidence(page: Page) -> None:
    auditor = Journey(page)
    auditor.given_the_login_page()
    auditor.when_they_enter_as("監査担当")
    auditor.when_they_open("証跡")
    auditor.then_the_page_is("証跡")


def test_the_language_is_switched_and_stays(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_switch_the_language("English")
    clerk.then_the_page_is("My work today")
    page.goto("/people/")
    clerk.then_the_page_is("Find a resident")
    clerk.when_they_switch_the_language("日本語")
    clerk.then_the_page_is("住民を探す")


def test_everything_on_the_way_to_a_resident_works_by_keyboard(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    page.goto("/people/")
    page.keyboard.type("架空 綾乃")
    page.keyboard.press("Enter")
    clerk.then_they_read("1人 見つかりました")
    page.get_by_role("link", name="架空 綾乃").focus()
    page.keyboard.press("Enter")
    clerk.then_the_page_is("架空 綾乃")


@pytest.mark.parametrize("width", [375, 1280])
def test_every_page_fits_narrow_and_wide(page: Page, width: int) -> None:
    clerk = Journey(page)
    page.set_viewport_size({"width": width, "height": 800})
    clerk.given_a_clerk_is_logged_in()
    for address in PAGES:
        page.goto(address)
        clerk.then_nothing_hinders_anybody()


def test_the_gallery_fits_at_twice_the_size(page: Page) -> None:
    clerk = Journey(page)
    page.set_viewport_size({"width": 640, "height": 400})
    clerk.given_a_clerk_is_logged_in()
    page.goto("/_dev/components/")
    clerk.then_nothing_hinders_anybody()
