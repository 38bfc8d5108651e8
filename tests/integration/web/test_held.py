"""Inquiries of others that are decided by hand."""

from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.linkage.types import SYSTEM
from tasuki.persons.queries import unified_numbers
from tasuki.protocol.messages import HeldInquiry
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AYANO

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
NUMBER = "0193578d-0000-7000-8000-000000000001"


@pytest.fixture
def waiting(gateway: FakeGateway) -> None:
    gateway.waiting = [
        HeldInquiry(
            transaction_number=NUMBER,
            unified_person_number="000000000000007",
            inquirer="1000000000000002",
            data_sets=["TM00000000000090"],
            procedure="JT99990000000141",
            department="健康課",
            basis="番号法19条8号",
            requested_at=datetime(2026, 11, 23, 1, 0, tzinfo=UTC),
            valid_until=datetime(2026, 11, 30, 1, 0, tzinfo=UTC),
        )
    ]


def decide(client: Client, **typed: str) -> str:
    values = {f"{NUMBER}-{name}": value for name, value in typed.items()}
    return client.post(reverse("held-decide", args=[NUMBER]), values, follow=True).content.decode()


def test_a_held_inquiry_is_shown_with_its_deadline(logged_in: LogIn, waiting: None) -> None:
    page = logged_in(Role.APPROVER).get(reverse("held")).content.decode()
    assert "2026年11月30日(令和8年) 10:00" in page
    assert "000000000000007" not in page


def test_the_approver_is_told_whom_an_inquiry_is_about(
    logged_in: LogIn, waiting: None, residents: None, gateway: FakeGateway
) -> None:
    unified = unified_numbers(SYSTEM, [AYANO.system_person_number])[AYANO.system_person_number]
    gateway.waiting = [one.model_copy(update={"unified_person_number": unified}) for one in gateway.waiting]

    page = logged_in(Role.APPROVER).get(reverse("held")).content.decode()

    assert AYANO.name in page
    assert AYANO.system_person_number not in page
    assert unified not in page


@pytest.mark.parametrize(
    ("decision", "released", "said"), [("release", True, "回答しました"), ("withhold", False, "回答しないことに")]
)
def test_the_approver_decides_with_a_reason_that_is_recorded(
    logged_in: LogIn, waiting: None, gateway: FakeGateway, decision: str, released: bool, said: str
) -> None:
    assert said in decide(logged_in(Role.APPROVER), decision=decision, reason="本人に確認した")
    [sent] = gateway.decisions
    assert sent.release is released
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE transaction_number = %s", [NUMBER])
        [(body,)] = cursor.fetchall()
    assert orjson.loads(bytes(body))["reason"] == "本人に確認した"


@pytest.mark.parametrize(
    "typed", [{"decision": "release"}, {"reason": "本人に確認した"}, {"decision": "x", "reason": "x"}]
)
def test_without_a_decision_and_a_reason_nothing_is_sent(
    logged_in: LogIn, waiting: None, gateway: FakeGateway, typed: dict[str, str]
) -> None:
    assert "field__errors" in decide(logged_in(Role.APPROVER), **typed)
    assert gateway.decisions == []


def test_a_clerk_sees_but_does_not_decide(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert "決めるのは承認者です" in client.get(reverse("held")).content.decode()
    assert "権限がありません" in decide(client, decision="release", reason="x")
    assert gateway.decisions == []


def test_when_the_gateway_is_away_this_is_said(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.is_away = True
    assert "つながりません" in logged_in(Role.APPROVER).get(reverse("held")).content.decode()
