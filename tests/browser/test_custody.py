"""Whoever looks after the index: a number found and shown once, a protected person, the list, missing codes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from tasuki import runtime
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations.inquiries import SYSTEM as SCREENING
from tasuki.nodes.sql import run
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.shared.actor import system_actor
from tasuki.shared.dates import civil_date
from tests.browser.journey import Journey

FIRST, SECOND = "999951519640", "999918523810"
#: Where pictures of these pages go, when they are wanted.
PICTURES = os.environ.get("TASUKI_PICTURES", "")


@pytest.fixture
def clerk(page: Page, town: str) -> Iterator[Journey]:
    """Whoever looks after the index, logged in; two residents' numbers are in custody."""
    people = [PersonToNumber("000104223", FIRST), PersonToNumber("000104224", SECOND)]
    number_people(system=SCREENING, people=people, cipher=number_cipher(), by=system_actor("test"), at=runtime.now())
    connections.close_all()
    journey = Journey(page)
    journey.given_the_login_page()
    journey.when_they_enter_as("統合宛名 担当")
    yield journey
    run("DELETE FROM persons_number_custody", alias="index")
    run("DELETE FROM screening_protection_load")
    run("DELETE FROM screening_listed_person")
    connections.close_all()


def looked_at(clerk: Journey, name: str) -> None:
    """Hold the page against axe and its width, narrow and wide, in both languages."""
    page = clerk.page
    for language, usual in (("ja", 1280), ("en", 375)):
        page.context.add_cookies([{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}])
        if page.url.endswith(("/show/", "/open/")):
            clerk.then_nothing_hinders_anybody()
            _keep(page, f"{name}-{language}")
            break
        page.reload()
        assert page.evaluate("document.documentElement.lang") == language
        for width in (375, 1280) if PICTURES else (usual,):
            page.set_viewport_size({"width": width, "height": 900})
            clerk.then_nothing_hinders_anybody()
            _keep(page, f"{name}-{language}-{width}")
    page.context.add_cookies([{"name": "django_language", "value": "ja", "domain": "127.0.0.1", "path": "/"}])
    if not page.url.endswith(("/show/", "/open/")):
        page.reload()


def _keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_a_number_is_found_shown_once_and_hidden(clerk: Journey) -> None:
    page = clerk.page
    clerk.when_they_open("統合宛名")
    clerk.then_the_page_is("統合宛名")
    looked_at(clerk, "overview")
    page.get_by_role("main").get_by_role("link", name="個人番号の保管").click()
    clerk.then_the_page_is("個人番号の保管")
    looked_at(clerk, "search")
    clerk.when_they_fill("個人番号(12桁)", "999951519641")
    clerk.when_they_press("探す")
    clerk.then_they_read("検査用数字")
    clerk.then_nothing_hinders_anybody()
    _keep(page, "search-wrong")
    clerk.when_they_fill("個人番号(12桁)", FIRST)
    clerk.when_they_press("探す")
    clerk.then_the_page_is("架空 綾乃")
    clerk.then_the_address_says_nothing_about_a_person(FIRST, "000104223")
    looked_at(clerk, "custody")
    page.get_by_label("本人確認書類と突き合わせる").check()
    clerk.when_they_fill("くわしい理由", "窓口で確かめるため")
    clerk.when_they_press("記録して番号を見る")
    clerk.then_they_read("9999 5151 9640")
    looked_at(clerk, "shown")
    page.reload()
    expect(page.get_by_text("9999 5151 9640")).to_have_count(0)
    clerk.then_they_read("番号は一度だけ表示します。")
    page.get_by_role("main").get_by_role("link", name="個人番号の保管").click()
    page.get_by_role("link", name="保管の期間が終わった番号").click()
    clerk.then_the_page_is("保管の期間が終わった番号")
    looked_at(clerk, "deletion")


def test_a_protected_persons_custody_stands_behind_the_warning(clerk: Journey) -> None:
    page = clerk.page
    page.goto("/index/numbers/")
    clerk.when_they_fill("個人番号(12桁)", SECOND)
    clerk.when_they_press("探す")
    clerk.then_the_page_is("支援措置の対象者の画面です")
    looked_at(clerk, "warning")
    clerk.when_they_press("記録して開く")
    clerk.then_they_read("理由")
    clerk.then_nothing_hinders_anybody()
    _keep(page, "warning-wrong")
    page.get_by_label("その他", exact=True).check()
    clerk.when_they_fill("くわしい理由", "番号の突合")
    clerk.when_they_press("記録して開く")
    clerk.then_the_page_is("髙﨑 忍")


def test_the_daily_list_is_taken_in(clerk: Journey, tmp_path: Path) -> None:
    page = clerk.page
    page.goto("/protected/")
    clerk.then_the_page_is("支援措置の対象者")
    looked_at(clerk, "protected")
    page.get_by_role("main").get_by_role("link", name="名簿の取込み").click()
    clerk.then_the_page_is("支援措置の名簿")
    looked_at(clerk, "lists-empty")
    today = civil_date(runtime.now())
    file = tmp_path / "list.csv"
    file.write_text(
        f"宛名番号,支援措置開始日,支援措置終了日\n000104224,2026-04-01,\n000999999,{today},2026-02-30\n",
        encoding="utf-8",
    )
    page.get_by_label("名簿のファイル(CSV)").set_input_files(file)
    clerk.when_they_press("取り込む")
    clerk.then_they_read("全員の名簿として信頼できない")
    looked_at(clerk, "lists")


def test_the_queue_of_missing_codes_works_by_keyboard(clerk: Journey) -> None:
    page = clerk.page
    page.goto("/index/codes/")
    clerk.then_the_page_is("符号のない人")
    looked_at(clerk, "codes")
    page.get_by_role("main").get_by_role("link", name="000104223").focus()
    page.keyboard.press("Enter")
    clerk.then_the_page_is("架空 綾乃")
