"""A real browser before a town's screens, served from this process on the real database."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright
from pytest_django import DjangoDbBlocker

from tasuki import runtime
from tasuki.cli.importing import import_mappings
from tasuki.jobs.town import number_cipher
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import serialise
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations import register_provider
from tasuki.linkage.operations.inquiries import Asker
from tasuki.linkage.types import SYSTEM as SCREENING
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.types import Databases
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.protocol.messages import DataSetAnswer, State
from tasuki.screening.import_types import SenderKind
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.actor import system_actor
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tasuki.web.staff import held, inquiries, record_corrections, records, seeking
from tasuki.web.staff.index import impact
from tests.browser.looking import PICTURES
from tests.database import copy_database, point_django_at, worker_databases
from tests.fakes.gateway import FakeGateway

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    # Scripts run once: optimising axe takes a quarter of the browser's time on a page held against it.
    "--js-flags=--no-opt --no-maglev",
    # Laying out our Japanese fonts takes a fifth of the browser's time; pictures are taken with them.
    *(() if PICTURES or "TASUKI_GUIDE_IMAGES" in os.environ else ("--disable-remote-fonts",)),
]
CIPHER = NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
LOOPBACK = {"127.0.0.1", "localhost"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here as needing a browser."""
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


def chromium() -> str:
    """Return a Chromium of this machine.

    :raises LookupError: when there is none; the message says what to do.
    """
    named = os.environ.get("TASUKI_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise LookupError("No Chromium found. Set TASUKI_CHROMIUM, or run: apt-get install chromium-headless-shell")
    return found


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as started:
        yield started
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    yield launched
    launched.close()


@dataclass(frozen=True)
class Served:
    """A town that answers browsers from a database no other test sees, and the copy each test begins from."""

    address: str
    databases: Databases
    kept: str


@pytest.fixture(scope="session")
def served(django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_urls: Databases) -> Iterator[Served]:
    """Serve a town with some residents, with real commits, from a database of its own."""
    with django_db_blocker.unblock():
        own = worker_databases("_browser")
        point_django_at(own, as_owner=False)
        former, django_settings.ROOT_URLCONF = django_settings.ROOT_URLCONF, "tasuki.config.urls.town"
        own_folder = Path(tempfile.mkdtemp(prefix="tasuki-browser-"))
        django_settings.NODE = django_settings.NODE.model_copy(update={"folder": own_folder})
        write_secret(own_folder / "master.key", bytes(range(32)))
        django_settings.KEYS = NodeKeys(own_folder)
        number_cipher.cache_clear()
        fill(FakeGateway())
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        point_django_at(database_urls, as_owner=False)
        name = own.owner.rsplit("/", 1)[1]
        copy_database(name, f"{name}_kept")
        yield Served(f"http://127.0.0.1:{server.port}", own, f"{name}_kept")
        server.terminate()
        django_settings.ROOT_URLCONF = former
        connections.close_all()
        shutil.rmtree(own_folder)


@pytest.fixture
def town(served: Served, django_db_blocker: DjangoDbBlocker, database_urls: Databases) -> Iterator[str]:
    """Let this test, and whatever the browser asks for, see the town as it was first filled; give its address."""
    copy_database(served.kept, served.databases.owner.rsplit("/", 1)[1])
    with django_db_blocker.unblock():
        point_django_at(served.databases, as_owner=False)
        yield served.address
        point_django_at(database_urls, as_owner=False)


def fill(gateway: FakeGateway) -> None:
    """Enter residents: enough for three pages, and some with characters that are hard to show."""
    rare = [
        ("000104223", "架空　綾乃", "カクウ　アヤノ", "架空区模擬町二丁目1-2", None),
        ("000104224", "髙﨑　忍", "タカサキ　シノブ", "架空区秘密町9-9", date(2026, 4, 1)),
        ("000104225", "𠮷濵　葛\U000e0100之介", "ヨシハマ　クズノスケ", "架空区仮想町10", None),
    ]
    rows = [
        ResidentRow(
            system_person_number=number,
            household_number=number,
            name=name,
            kana_name=kana,
            birth_date=date(1984, 6, 2),
            sex="2",
            address=address,
            moved_in_date=date(2026, 10, 3),
            moved_in_from="139980",
            protected_from=protected,
        )
        for number, name, kana, address, protected in rare
    ]
    rows += [
        ResidentRow(
            f"{200000 + one:09}", "1", f"見本　{one:03}", "ミホン", date(1950, 1, 1), "1", address="架空区見本町"
        )
        for one in range(120)
    ]
    by = system_actor("test")
    register_residents(rows=rows, by=by, at=AT, reason="test")
    number_people(system=SCREENING, people=[PersonToNumber("000104223", None)], cipher=CIPHER, by=by, at=AT)
    town = Institution(InstitutionCode("1000000000000002"), "模擬市", "Mogi City", MunicipalityCode("139980"))
    register_provider(institution=town, by=by, at=AT)
    with as_file(files("tasuki.demo").joinpath("mappings")) as folder:
        import_mappings(folder, "架空区医師会", SenderKind.ASSOCIATION)
    gateway.state = State.RECEIVED
    gateway.answers = [answer("TM00000000000090", Programme.LUNG, ["9P504000000000011"], 2023, 2024)]
    gateway.answers.append(answer("TM00000000000098", Programme.COLORECTAL, ["9P582000000000011"], 2025))
    link = cast(GatewayLink, gateway)
    own = Asker("1000000000000001", link, runtime.new_id, "JT99990000000141", "健康づくり課")
    inquiries.asker = lambda: own  # type: ignore[assignment]  # the town's only gateway, for as long as it is served
    seeking.asker = lambda: own  # type: ignore[assignment]  # as above
    held.gateway_link = lambda: link  # type: ignore[assignment]  # as above
    impact.gateway_link = lambda: link  # type: ignore[assignment]  # as above
    records.gateway_link = lambda: link  # type: ignore[assignment]  # as above
    record_corrections.gateway_link = lambda: link  # type: ignore[assignment]  # as above


def answer(data_set: str, programme: Programme, needs: list[str], *years: int) -> DataSetAnswer:
    """Answer with one screening for each year; the last one needs a detailed examination."""
    version = catalogue().newest_version(data_set, AT.date())
    records = [
        ScreeningRecord(
            programme, Stage.PRIMARY, year, 1, f"{year}-07-24", 41, "1", "1319910030", "模擬町診療所",
            dict.fromkeys(needs, "2" if year == years[-1] else "1"),
        )
        for year in years
    ]  # fmt: skip
    return DataSetAnswer(
        data_set=data_set,
        state=State.RECEIVED,
        payloads=[serialise(one, layout_version=version, updated_on=AT.date()).decode() for one in records],
    )


@pytest.fixture
def context(browser: Browser, town: str) -> Iterator[BrowserContext]:
    """Return a fresh browser profile before the town."""
    with guarded(browser, town) as made:
        yield made


@contextlib.contextmanager
def guarded(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """Give a fresh browser profile that may speak to this machine only, and shouts when a page tries anything else."""
    made = browser.new_context(base_url=address, locale="ja-JP", timezone_id="Asia/Tokyo")
    made.set_default_timeout(10_000)
    left_the_office: list[str] = []

    def watch(wanted: Request) -> None:
        if urlsplit(wanted.url).hostname not in LOOPBACK and not wanted.url.startswith(("data:", "blob:")):
            left_the_office.append(wanted.url)

    # Watched rather than intercepted: an interception turns the browser's cache off. The flags let nothing out.
    made.on("request", watch)
    yield made
    made.close()
    assert left_the_office == []


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab in which a fault of a script or a refused style fails the test."""
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield tab
    assert faults == []
