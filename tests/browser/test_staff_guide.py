"""Every page of the staff guide before running nodes, on the demonstration's data."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tasuki.nodes.deployment import node_file
from tasuki.nodes.types import read_node
from tests.browser.conftest import guarded
from tests.browser.guide import INDEX_PAGES, PAGES, WITHOUT_PICTURE, IndexWalk, Walk
from tests.browser.journey import Journey
from tests.browser.looking import kept_for_guide
from tests.system.demo_home import DemoHome, serving
from tests.system.index_walk import first_people, people_file

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def town_a(demo: DemoHome) -> Iterator[str]:
    """Give the address of the demonstration's town A, while all its nodes run."""
    with serving(demo.home):
        town = read_node(node_file(demo.home, "town-a")).listen
        yield f"http://{town.host}:{town.port}"


def test_every_page_of_the_guide_is_sound_in_both_languages_narrow_and_wide(town_a: str, browser: Browser) -> None:
    with guarded(browser, town_a) as context:
        page = context.new_page()
        clerk = Journey(page)
        clerk.given_a_clerk_is_logged_in()
        for name, open_page in PAGES.items():
            page.set_viewport_size({"width": 1280, "height": 900})
            open_page(Walk(page))
            page.wait_for_load_state("load")
            assert page.locator("h1").count() == 1, name
            _keep(page, name)
            clerk.then_nothing_hinders_anybody()
            address = page.url
            clerk.when_they_switch_the_language("English")
            page.set_viewport_size({"width": 390, "height": 900})
            clerk.then_nothing_hinders_anybody()
            assert page.evaluate("document.documentElement.lang") == "en", name
            clerk.when_they_switch_the_language("日本語")
            assert page.url == address, name


def test_the_pages_of_the_index_are_as_the_guide_shows_them(demo: DemoHome, town_a: str, browser: Browser) -> None:
    people = list(first_people(demo.data / "kaku/register.csv"))
    with guarded(browser, town_a) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 900})
        clerk = Journey(page)
        clerk.given_the_login_page()
        clerk.when_they_enter_as("統合宛名 担当")
        clerk.then_the_page_is("今日の仕事")
        for name, open_page in INDEX_PAGES.items():
            open_page(IndexWalk(page, people_file(people)))
            page.wait_for_load_state("load")
            assert page.locator("h1").count() == 1, name
            assert not [one for one in people if one["個人番号"] in page.content()], name
            _keep(page, name)


def _keep(page: Page, name: str) -> None:
    if name not in WITHOUT_PICTURE:
        kept_for_guide(page, name)
