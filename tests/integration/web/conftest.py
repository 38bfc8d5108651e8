"""A town's screens in this process, on the real database."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations import register_provider
from tasuki.linkage.operations.inquiries import Asker
from tasuki.linkage.types import SYSTEM as SCREENING
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.actor import system_actor
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode, SystemPersonNumber
from tasuki.shared.institutions import Institution
from tasuki.web.sealed import seal_person
from tests.fakes.gateway import FakeGateway
from tests.integration.logged_in import browser_of

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SYSTEM = system_actor("test")
PASSWORD = "a long enough sentence"
PROVIDER = "1000000000000002"
AYANO = ResidentRow(
    system_person_number="000104223",
    household_number="77",
    name="架空　綾乃",
    kana_name="カクウ　アヤノ",
    birth_date=date(1984, 6, 2),
    sex="2",
    address="架空区模擬町二丁目1-2",
    moved_in_date=date(2026, 10, 3),
    moved_in_from="139980",
)
SHINOBU = ResidentRow(
    system_person_number="000104224",
    household_number="78",
    name="髙﨑　忍",
    kana_name="タカサキ　シノブ",
    birth_date=date(1990, 1, 31),
    sex="1",
    address="架空区秘密町9-9",
    protected_from=date(2026, 4, 1),
)


@pytest.fixture(autouse=True)
def town(settings: Settings, tmp_path: Path) -> None:
    """Answer at a town's own addresses, with its own pages for errors and a folder of its own."""
    settings.ROOT_URLCONF = "tasuki.config.urls.town"
    settings.NODE = settings.NODE.model_copy(update={"folder": tmp_path})


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> FakeGateway:
    """The town's gateway, here a fake that answers as a test tells it to."""
    fake = FakeGateway()
    link = cast(GatewayLink, fake)
    own = Asker("1000000000000001", link, runtime.new_id, "JT99990000000141", "健康づくり課")
    monkeypatch.setattr("tasuki.web.staff.inquiries.asker", lambda: own)
    monkeypatch.setattr("tasuki.web.staff.seeking.asker", lambda: own)
    monkeypatch.setattr("tasuki.web.staff.held.gateway_link", lambda: link)
    monkeypatch.setattr("tasuki.jobs.connection.gateway_link", lambda: link)
    monkeypatch.setattr("tasuki.web.staff.index.impact.gateway_link", lambda: link)
    monkeypatch.setattr("tasuki.web.staff.audits.incidents.gateway_link", lambda: link)
    monkeypatch.setattr("tasuki.web.staff.records.gateway_link", lambda: link)
    monkeypatch.setattr("tasuki.web.staff.record_corrections.gateway_link", lambda: link)
    return fake


@pytest.fixture
def logged_in(db: None) -> Callable[[Role], Client]:
    """Return a function that gives a browser in which a member of staff of that role is logged in."""

    return lambda role: browser_of(role, "架空 花子", "健康づくり課", by=SYSTEM, at=AT)


@pytest.fixture
def residents(db: None) -> None:
    """Two residents; the second is protected. The first moved in from a town that can be asked."""
    register_residents(rows=[AYANO, SHINOBU], by=SYSTEM, at=AT, reason="test")
    number_people(
        system=SCREENING,
        people=[PersonToNumber(AYANO.system_person_number, None)],
        cipher=NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:]),
        by=SYSTEM,
        at=AT,
    )
    register_provider(
        institution=Institution(
            InstitutionCode(PROVIDER), "模擬市", "Mogi City", MunicipalityCode(AYANO.moved_in_from)
        ),
        by=SYSTEM,
        at=AT,
    )


def past_the_warning(client: Client, number: str = SHINOBU.system_person_number) -> Client:
    """Let a browser open the pages of a protected person: its member of staff says why, as anybody must."""
    address = reverse("person-open", args=[seal_person(SystemPersonNumber(number))])
    answer = client.post(address, {"cause": "PRESENT", "reason": "", "places": "on"})
    assert answer.status_code == 302
    return client
