"""The main job at the counter, before running nodes: town, gateways and network as processes of their own."""

import contextlib
import csv
import re
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tasuki.nodes.deployment import node_file
from tasuki.nodes.types import Listen, read_node
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


@pytest.fixture(scope="module")
def town(demo: DemoHome) -> Iterator[Listen]:
    """The screens of town B, served as processes of their own."""
    with serving(demo.home):
        yield read_node(node_file(demo.home, "town-b")).listen


def answers_to(town: Listen, request: bytes, seconds: float = 20) -> list[int]:
    """Send bytes as they are, and return the status of each answer until the town closes, or the time is over."""
    told = b""
    with (
        socket.create_connection((town.host, town.port), timeout=seconds) as sent,
        # A server that has read enough answers and closes while the rest is still on its way.
        contextlib.suppress(TimeoutError, ConnectionError),
    ):
        sent.sendall(request)
        while part := sent.recv(65_536):
            told += part
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3})", told)]


LOG_IN = b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
        b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
        b"Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
        b"Transfer-Encoding : chunked\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
        b"Content-Length: +0\r\n\r\n" + HIDDEN,
    ],
    ids=["both lengths", "two lengths", "unknown coding", "space before the colon", "signed length"],
)
def test_a_request_whose_length_can_be_read_in_two_ways_is_refused(town: Listen, head: bytes) -> None:
    """What a device before the screens reads as one request must not be two here."""
    assert answers_to(town, LOG_IN) == [200]
    # Whether the town closes is not known, and a hidden request would be answered at once.
    statuses = answers_to(town, b"POST /login/ HTTP/1.1\r\nHost: localhost\r\n" + head, seconds=2)
    assert 404 not in statuses, "the hidden request was answered"
    assert all(status >= 400 for status in statuses)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /login/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 400),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 414),
        (b"GET /login/ HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 1_000_000 + b"\r\nConnection: close\r\n\r\n", 431),
        (b"TRACE /login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405),
        (b"GET /static/../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
    ],
    ids=["another host", "long address", "large header", "trace", "traversal"],
)
def test_what_no_browser_sends_is_refused(town: Listen, request_: bytes, status: int) -> None:
    assert answers_to(town, request_) == [status]
    assert answers_to(town, LOG_IN) == [200]


def test_a_clerk_finds_inquires_reads_and_adopts(demo: DemoHome, town: Listen, browser: Browser) -> None:
    number, name = somebody_who_moved_in(demo)
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
