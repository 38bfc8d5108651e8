"""Every page of the staff guide before running nodes, on the demonstration's data."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Page

from tasuki.nodes.deployment import node_file
from tasuki.nodes.types import read_node
from tests.browser.conftest import guarded
from tests.browser.guide import PAGES, WITHOUT_PICTURE, Walk
from tests.browser.journey import Journey
from tests.system.demo_home import DemoHome, serving

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]
#: Where the pictures of the guide go, when they are wanted (`make guide`).
IMAGES = "TASUKI_GUIDE_IMAGES"
#: What may be taller is shown from its top; a page of the guide is read, not scrolled.
TALLEST = 1600


def test_every_page_of_the_guide_is_sound_in_both_languages_narrow_and_wide(demo: DemoHome, browser: Browser) -> None:
    with serving(demo.home):
        town = read_node(node_file(demo.home, "town-a")).listen
        with guarded(browser, f"http://{town.host}:{town.port}") as context:
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


def _keep(page: Page, name: str) -> None:
    if IMAGES not in os.environ or name in WITHOUT_PICTURE:
        return
    height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    folder = Path(os.environ[IMAGES])
    folder.mkdir(parents=True, exist_ok=True)
    clip: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": height}
    page.screenshot(path=folder / f"{name}.png", full_page=True, clip=clip)
