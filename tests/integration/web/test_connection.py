"""The connection test on its page: what each outcome says, to whom it is open, and that it is recorded first."""

import json
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.protocol.probes import ConnectionReport, Leg, LegReport
from tests.fakes.gateway import FakeGateway

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
OWN = "1000000000000001"


def leg(of: Leg, *, passed: bool = True, phase: str = "", reason: str = "") -> LegReport:
    return LegReport(leg=of, peer="gateway-west", passed=passed, phase=phase, reason=reason, milliseconds=12)


def tried(client: Client, language: str = "ja", provider: str = OWN) -> str:
    client.cookies["django_language"] = language
    response = client.post(reverse("connection"), {"provider": provider})
    assert response.status_code == 200
    return response.content.decode()


def test_a_message_that_comes_back_is_good_news(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.report = ConnectionReport(legs=[leg(one) for one in list(Leg)[1:]])
    page = tried(logged_in(Role.SYSTEM_ADMINISTRATOR))
    assert "通じています。" in page
    assert page.count("届いた") == 5
    assert ">止まった<" not in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = 'connection_tested'")
        [(body,)] = cursor.fetchall()
    assert json.loads(bytes(body))["provider"] == OWN


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (leg(Leg.NETWORK, passed=False, phase="connect", reason="refused"), "相手が動いているか、回線と証明書"),
        (leg(Leg.NETWORK, passed=False, phase="refused", reason="maintenance: until 9:00: disk"), "保守中です"),
        (leg(Leg.ROUTE, passed=False, reason="not in the registry"), "ネットワークに登録されていません"),
        (leg(Leg.PROVIDER_GATEWAY, passed=False, phase="parse", reason="reply"), "返事を読めません"),
        (leg(Leg.PROVIDER_TOWN, passed=False, reason="last heard: never"), "しばらく連絡がありません"),
    ],
)
def test_the_part_that_failed_is_named_with_its_cause(
    logged_in: LogIn, gateway: FakeGateway, report: LegReport, words: str
) -> None:
    gateway.report = ConnectionReport(legs=[report])
    page = tried(logged_in(Role.INDEX_CLERK))
    assert "通じていません。" in page
    assert words in page
    assert report.reason in page
    english = tried(logged_in(Role.APPROVER), "en")
    assert "It does not work." in english
    assert words not in english


def test_a_gateway_that_is_away_is_the_first_part(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.is_away = True
    page = tried(logged_in(Role.SYSTEM_ADMINISTRATOR))
    assert "「この自治体から中間サーバーへ」で止まりました。" in page


def test_only_a_municipality_of_the_list_is_tested(logged_in: LogIn) -> None:
    response = logged_in(Role.INDEX_CLERK).post(reverse("connection"), {"provider": "2" * 16})
    assert response.status_code == 422
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM evidence_entry WHERE kind = 'connection_tested'")
        assert cursor.fetchone() == (0,)
