"""Seeking whom to ask about a resident, on screen: towns with a button each, or why nobody was named."""

from collections.abc import Callable

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.evidence.types import EntryKind
from tasuki.linkage.queries import inquiries_of
from tasuki.nodes.sql import rows
from tasuki.protocol.seeking import SeekOutcome
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AYANO, PROVIDER, SHINOBU, past_the_warning

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
AYANOS = seal_person(SystemPersonNumber(AYANO.system_person_number))


@pytest.fixture(autouse=True)
def town(residents: None) -> None:
    """Two residents, the first of them numbered."""


def seek(client: Client, token: str = AYANOS) -> str:
    return client.post(reverse("seek", args=[token]), follow=True).content.decode()


def test_the_towns_found_are_named_each_with_a_button_that_asks(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.holders = [PROVIDER, "1000000000000099"]
    client = logged_in(Role.CENTRE_CLERK)
    page = seek(client)
    assert "模擬市" in page
    assert "ほかに1機関が符号を持っています" in page
    client.post(reverse("inquire", args=[AYANOS]), {"provider": PROVIDER})
    assert [one.provider for one in inquiries_of(AYANO.system_person_number)] == [PROVIDER]


def test_the_search_is_recorded_before_it_leaves_and_names_no_number(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.is_away = True
    page = seek(logged_in(Role.CENTRE_CLERK))
    assert "中間サーバーにつながりません" in page
    [entry] = rows("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.PROVIDERS_SOUGHT])
    assert AYANO.system_person_number.encode() not in bytes(entry["body"])
    gateway.is_away, gateway.holders = False, [PROVIDER]
    seek(logged_in(Role.HEALTH_CLERK))
    [told] = rows("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.HOLDERS_TOLD])
    assert orjson.loads(bytes(told["body"]))["institutions"] == [PROVIDER]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (SeekOutcome.OWN_CODE_MISSING, "符号をまだ取得していません"),
        (SeekOutcome.NO_LEGAL_BASIS, "番号法21条2項1号"),
        (SeekOutcome.NO_ASSESSMENT, "番号法21条2項2号・28条"),
        (SeekOutcome.UNREACHED, "情報提供ネットワークシステムにつながりませんでした"),
    ],
)
def test_why_nobody_is_named_is_said_with_its_article(
    logged_in: LogIn, gateway: FakeGateway, outcome: SeekOutcome, words: str
) -> None:
    gateway.sought, gateway.holders = outcome, [PROVIDER]
    page = seek(logged_in(Role.CENTRE_CLERK))
    assert words in page
    assert "照会できる自治体の表" not in page


def test_that_no_other_town_holds_a_code_is_said(logged_in: LogIn) -> None:
    assert "照会できる自治体は見つかりませんでした" in seek(logged_in(Role.CENTRE_CLERK))


def test_somebody_the_index_does_not_know_yet_cannot_be_sought(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = past_the_warning(logged_in(Role.CENTRE_CLERK))
    page = seek(client, seal_person(SystemPersonNumber(SHINOBU.system_person_number)))
    assert "統合宛名にまだ登録されていない" in page
