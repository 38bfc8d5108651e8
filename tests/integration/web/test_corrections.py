"""Answers that were corrected at their source: on the home page, in their list, on the person's and inquiry's pages."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.linkage.models import Correction, TownInquiry
from tasuki.protocol.messages import State
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AT, AYANO, PROVIDER

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]

LogIn = Callable[[Role], Client]
NUMBER = "01920000-0000-7000-8000-000000000001"
TITLE = "模擬市で訂正されました。"


@pytest.fixture
def corrected() -> None:
    TownInquiry.objects.create(
        transaction_number=NUMBER, system_person_number=AYANO.system_person_number, provider=PROVIDER,
        data_sets=["TM00000000000090"], procedure="JT99990000000141", department="課", requested_at=AT,
        requested_by="x", state="received", state_at=AT, received_at=AT, adopted_at=AT,
    )  # fmt: skip
    tell(1, "corrected")


def tell(ordinal: int, kind: str) -> None:
    Correction.objects.create(
        transaction_number=NUMBER, data_set="TM00000000000090", ordinal=ordinal, kind=kind,
        corrected_at=AT + timedelta(days=1), heard_at=AT + timedelta(days=1),
    )  # fmt: skip


def person_page() -> str:
    return reverse("person", args=[seal_person(SystemPersonNumber(AYANO.system_person_number))])


def test_it_is_shown_wherever_staff_look_until_asked_again(
    logged_in: LogIn, gateway: FakeGateway, corrected: None
) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    for address in (reverse("corrections"), person_page(), reverse("inquiry", args=[NUMBER])):
        page = client.get(address).content.decode()
        assert TITLE in page, address
        assert "もう一度照会する" in page
    assert "取り込んだ記録は、それまで古い内容のままです。" in client.get(person_page()).content.decode()
    assert AYANO.name in client.get(reverse("corrections")).content.decode()

    gateway.state = State.NOT_SCREENED
    asked = reverse("inquire", args=[seal_person(SystemPersonNumber(AYANO.system_person_number))])
    client.post(asked, {"provider": PROVIDER})

    assert TITLE not in client.get(person_page()).content.decode()
    assert "訂正された回答はありません" in client.get(reverse("corrections")).content.decode()


def test_a_withdrawal_is_told_as_such(logged_in: LogIn, corrected: None) -> None:
    Correction.objects.update(kind="withdrawn")
    assert "模擬市で取り消されました。" in logged_in(Role.CENTRE_CLERK).get(person_page()).content.decode()


def test_home_counts_and_opens_the_list(logged_in: LogIn, corrected: None) -> None:
    page = logged_in(Role.HEALTH_CLERK).get(reverse("home")).content.decode()
    assert reverse("corrections") in page
    assert "相手方で訂正された回答" in page


@pytest.mark.parametrize("role", [Role.APPROVER, Role.AUDITOR, Role.INDEX_CLERK])
def test_who_does_not_adopt_answers_sees_no_list(logged_in: LogIn, role: Role) -> None:
    assert logged_in(role).get(reverse("corrections")).status_code == 403
