"""A resident before the portal: every page, both languages, a telephone's width and a desk's, and what went wrong."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from tasuki.gateway.models import Person
from tasuki.portal import own
from tasuki.protocol.errors import ExchangeFailed, Phase
from tests.browser.conftest import guarded
from tests.browser.journey import Journey
from tests.browser.looking import WIDE, kept
from tests.integration.own_results.way import AT, OTHER, STOMACH, Way
from tests.portal import CARD, ME, Wire, lung, notice, portal_settings

TELEPHONE = 375


@pytest.fixture
def wire(town: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """A portal in this process, on the browser tests' database: one town answers, and another one only later."""
    del town  # It is their database that is wanted.
    for name, value in portal_settings(settings.NODE).items():
        setattr(settings, name, value)
    way = Way(tmp_path)
    way.know(ME)
    way.know(ME, OTHER, hold=True)
    way.register(ME, lung())
    way.register(ME, lung(fiscal_year=2024, items={}), record_key="2024-01", ordinal=2)
    way.register(ME, "<TM00000000000094><X_NEW>77</X_NEW></TM00000000000094>", data_set=STOMACH, ordinal=3)
    made = Wire(way)
    own.sittings.cache_clear()
    own.tries.cache_clear()
    monkeypatch.setattr(own, "client", lambda: made)
    monkeypatch.setattr(own, "now", lambda: way.at)
    connections.close_all()
    return made


@pytest.fixture
def resident(wire: Wire, browser: Browser) -> Iterator[Journey]:
    """A tab before the portal's first page."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    try:
        with guarded(browser, f"http://127.0.0.1:{server.port}") as context:
            tab = context.new_page()
            tab.goto("/")
            yield Journey(tab)
    finally:
        server.terminate()


def seen(resident: Journey, name: str) -> None:
    """Hold the page that stands against axe and its width, on a telephone and at a desk."""
    for width in (WIDE, TELEPHONE):
        resident.page.set_viewport_size({"width": width, "height": 800})
        resident.then_nothing_hinders_anybody()
        kept(resident.page, f"portal-{name}-{language(resident.page)}-{width}")


def language(page: Page) -> str:
    return str(page.evaluate("document.documentElement.lang"))


def in_both_languages(resident: Journey, name: str) -> None:
    """The same for a page that has an address, in English first."""
    for button in ("English", "日本語"):
        resident.page.get_by_role("button", name=button).click()
        seen(resident, name)


def later(wire: Wire, after: timedelta = timedelta()) -> None:
    wire.way.pass_on(after)
    connections.close_all()


def test_a_resident_signs_in_asks_reads_and_ends(resident: Journey, wire: Wire) -> None:
    page = resident.page
    in_both_languages(resident, "sign-in")
    page.get_by_label("住民票コード").fill("12345")
    page.get_by_role("button", name="本人として入る").click()
    resident.then_they_read("本人を確かめられませんでした")
    assert page.get_by_label("住民票コード").input_value() == ""
    seen(resident, "sign-in-wrong")
    page.get_by_label("住民票コード").fill(CARD)
    page.keyboard.press("Enter")
    resident.then_the_page_is("あなたのページ")
    in_both_languages(resident, "home-empty")
    page.get_by_role("link", name="だれが自分のことを照会したかを見る").click()
    in_both_languages(resident, "records-empty")
    resident.when_they_open("結果の請求")
    in_both_languages(resident, "ask")
    page.get_by_label("架空区").first.check()
    page.get_by_role("button", name="請求する", exact=True).click()
    resident.then_the_page_is("請求した結果")
    in_both_languages(resident, "results-waiting")
    later(wire)
    page.get_by_role("link", name="届いたか確かめる").click()
    resident.then_they_read("精密検査を受けてください")
    in_both_languages(resident, "results")
    page.emulate_media(media="print")
    kept(page, "portal-results-print")
    page.emulate_media(media="screen")
    notice(wire.way, AT.date() - timedelta(days=2), AT + timedelta(days=20))
    connections.close_all()
    resident.when_they_open("はじめ")
    in_both_languages(resident, "home")
    resident.when_they_open("照会の記録")
    resident.then_they_read("あなたが")
    in_both_languages(resident, "records")
    page.get_by_role("button", name="終わる").click()
    resident.then_the_page_is("終わりました")
    seen(resident, "ended")
    page.go_back()
    resident.then_the_page_is("自分の検診の結果を見る")
    page.goto("/over/")
    in_both_languages(resident, "over")


def test_what_goes_wrong_is_said_in_a_residents_words(resident: Journey, wire: Wire) -> None:
    page = resident.page
    page.get_by_label("住民票コード").fill(CARD)
    page.keyboard.press("Enter")
    Person.objects.filter(institution=OTHER).update(hold=True)
    connections.close_all()
    resident.when_they_open("結果の請求")
    page.get_by_role("button", name="請求する", exact=True).click()
    resident.then_the_page_is("請求した結果")
    resident.when_they_open("結果の請求")
    page.get_by_role("button", name="請求する", exact=True).click()
    resident.then_they_read("いまは請求できません")
    seen(resident, "ask-too-many")
    wire.fails = ExchangeFailed("network", Phase.CONNECT, "away")
    resident.when_they_open("はじめ")
    resident.then_they_read("いま、つながりません")
    in_both_languages(resident, "away")
    wire.fails = ExchangeFailed("network", Phase.REFUSED, "maintenance: until five", status=503)
    page.reload()
    resident.then_they_read("保守をしています")
    seen(resident, "maintenance")
