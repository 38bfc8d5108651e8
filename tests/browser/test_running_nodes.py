"""The main job at the counter, before running nodes: town, gateways and network as processes of their own."""

import csv
import re

import pytest
from playwright.sync_api import Browser, expect

from tasuki.nodes.deployment import node_file
from tasuki.nodes.types import read_node
from tests.browser.conftest import guarded
from tests.browser.journey import Journey
from tests.system.demo_home import DemoHome, serving

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("demo")]


def somebody_who_moved_in(demo: DemoHome) -> tuple[str, str]:
    """Return 宛名番号 and name of a resident of town B who has results in town A."""
    [number] = [
        story.present_number
        for story in demo.manifest.highlights
        if story.story == "most_results" and story.present_town == "mogi"
    ]
    with (demo.data / "mogi" / "register.csv").open(encoding="utf-8", newline="") as file:
        [name] = [row["氏名"] for row in csv.DictReader(file) if row["宛名番号"] == number]
    return number, name.replace("\u3000", " ")


def test_a_clerk_finds_inquires_reads_and_adopts(demo: DemoHome, browser: Browser) -> None:
    number, name = somebody_who_moved_in(demo)
    with serving(demo.home):
        town = read_node(node_file(demo.home, "town-b")).listen
        with guarded(browser, f"http://{town.host}:{town.port}") as context:
            page = context.new_page()
            clerk = Journey(page)
            clerk.given_a_clerk_is_logged_in()
            clerk.when_they_open("住民")
            clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", number)
            clerk.when_they_press("探す")
            clerk.when_they_follow(name)
            clerk.then_the_page_is(name)
            clerk.when_they_press("もう一度照会する")
            clerk.then_they_read("回答が届きました。")
            clerk.then_they_read("16種類の情報を照会し")
            clerk.then_nothing_hinders_anybody()
            page.get_by_role("button", name=re.compile("件を履歴に取り込む$")).click()
            expect(page.get_by_role("button", name=re.compile("件を履歴に取り込む$"))).to_have_count(0)
            clerk.then_they_read("斜線は他の自治体の記録: 架空区")
            clerk.then_nothing_hinders_anybody()
            clerk.then_the_address_says_nothing_about_a_person(number, name)
