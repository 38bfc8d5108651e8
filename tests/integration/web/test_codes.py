"""The queue of people without a code, on screen and in the worker."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tasuki.accounts.types import Role
from tasuki.cli import linking
from tasuki.jobs import town
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.network.operations.registry import register_member
from tasuki.network.types import InstitutionClass
from tasuki.persons import codes
from tasuki.persons import queries as index
from tasuki.persons.operations import number_people
from tasuki.persons.types import PersonToNumber
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode
from tasuki.shared.institutions import Institution
from tasuki.web.sealed import seal_unified
from tests.integration.linkage.test_codes import CIPHER, KNOWN, UNKNOWN, WholeWay, way
from tests.integration.web.conftest import AT, AYANO, SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]
LogIn = Callable[[Role], Client]
STAYED = "000104299"
__all__ = ("way",)


@pytest.fixture
def whole_way(way: WholeWay, residents: None, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> WholeWay:
    """The town's way out; AYANO, who moved in, is known to J-LIS; another resident, who never moved, is not."""
    own = settings.NODE.own_town().institution
    register_member(
        member=Institution(InstitutionCode(own), "架空区", "Kaku", MunicipalityCode("139980")),
        institution_class=InstitutionClass.MUNICIPALITY,
        gateway="gateway-east",
        assessed_on=AT.date(),
        by=SYSTEM,
        at=AT,
    )
    stayed = ResidentRow(STAYED, "9", "例示　光", "レイジ　ヒカリ", AYANO.birth_date, "2")
    register_residents(rows=[stayed], by=SYSTEM, at=AT, reason="test")
    # The fixture's own people hold these numbers; here they belong to residents.
    others = (("1", "983205673214"), ("2", "379474484458"))
    people = [PersonToNumber(person, number, is_changed=True) for person, number in others]
    number_people(system="screening", people=people, cipher=CIPHER, by=SYSTEM, at=AT)
    people = [PersonToNumber(AYANO.system_person_number, KNOWN), PersonToNumber(STAYED, UNKNOWN)]
    number_people(system="screening", people=people, cipher=CIPHER, by=SYSTEM, at=AT)
    monkeypatch.setattr(town, "gateway_link", lambda: cast(GatewayLink, way))
    monkeypatch.setattr(town, "number_cipher", lambda: CIPHER)
    return way


def unified(number: str) -> str:
    return index.unified_numbers("screening", [number])[number]


def standing(number: str) -> str | None:
    [found] = [one for one in codes.missing(limit=50) if one.unified_person_number == unified(number)]
    return found.outcome


def test_the_worker_asks_for_who_moved_or_was_screened_and_leaves_the_others(whole_way: WholeWay) -> None:
    town.acquire_due_codes()
    assert (standing(AYANO.system_person_number), standing(STAYED)) == ("ISSUED", None)
    assert len(whole_way.numbers) == 1
    town.acquire_due_codes()
    assert len(whole_way.numbers) == 1


def test_one_round_of_the_worker_is_limited(whole_way: WholeWay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town, "CODES_A_ROUND", 0)
    town.acquire_due_codes()
    assert whole_way.numbers == []


def test_the_queue_says_why_and_what_to_do_and_names_nobody(logged_in: LogIn, whole_way: WholeWay) -> None:
    client = logged_in(Role.INDEX_CLERK)
    page = client.get(reverse("codes")).content.decode()
    assert "転入した" in page
    assert "個人番号がない" in page
    assert AYANO.system_person_number in page
    assert AYANO.name not in page
    done = client.post(reverse("codes-acquire"), follow=True).content.decode()
    assert "断られた 3" in done
    assert "J-LISにこの個人番号の人がいない" in done
    assert "今求められる人はいません" in done
    again = client.post(reverse("code-acquire", args=[seal_unified(unified(STAYED))]), follow=True).content.decode()
    assert "断られた 1" in again


def test_already_acquired_is_said_as_such_after_the_record_code_changed(logged_in: LogIn, whole_way: WholeWay) -> None:
    client = logged_in(Role.INDEX_CLERK)
    token = seal_unified(unified(AYANO.system_person_number))
    client.post(reverse("code-acquire", args=[token]))
    whole_way.deliver()
    town.confirm_codes()
    assert "取得済み" in client.get(reverse("custody", args=[token])).content.decode()
    assert "取得し直します" in client.post(reverse("code-renew", args=[token]), follow=True).content.decode()
    assert "すでに取得済み 1" in client.post(reverse("code-acquire", args=[token]), follow=True).content.decode()
    assert "すでに取得済み(同じ符号がもう一度届く)" in client.get(reverse("codes")).content.decode()


def test_when_nobody_can_be_reached_this_is_said_and_nothing_is_lost(
    logged_in: LogIn, whole_way: WholeWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_items: object) -> list[object]:
        raise ExchangeFailed("jlis", Phase.CONNECT, "refused")

    monkeypatch.setattr(whole_way, "request_codes", away)
    page = logged_in(Role.INDEX_CLERK).post(reverse("codes-acquire"), follow=True).content.decode()
    assert "つながりません" in page
    assert index.counts().open_acquisitions == 4


def test_the_command_writes_who_is_missing_by_number_into_a_file_of_its_own(
    whole_way: WholeWay, tmp_path: Path
) -> None:
    file = tmp_path / "missing.csv"
    assert linking.write_missing(file) == len(codes.missing(limit=50))
    content = file.read_text(encoding="utf-8")
    assert f"{STAYED},WAITING" in content
    assert "3,NO_NUMBER" in content
    assert not [text for text in (AYANO.name, KNOWN, UNKNOWN) if text in content]
    assert file.stat().st_mode & 0o077 == 0
