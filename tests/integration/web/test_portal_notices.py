"""Notices through the portal on the screens: previewed, sent, seen as the person sees them, taken back."""

from collections.abc import Callable
from typing import Any, cast

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.evidence.types import EntryKind
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.operations.notices import carry_notices
from tasuki.linkage.queries.notices import notices_to
from tasuki.nodes.sql import rows, run
from tasuki.protocol.portal_messages import PortalNoticeState
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AYANO, SHINOBU, SYSTEM, past_the_warning
from tests.integration.web.test_followup import ActKind as Act
from tests.integration.web.test_followup import post, store, text, token

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
OWN = "1000000000000001"
LIST = {"kind": "overdue", "days": "90"}


@pytest.fixture(autouse=True)
def people(residents: None) -> None:
    """Both residents of the town; the second is protected."""


@pytest.fixture
def clerk(logged_in: LogIn) -> Client:
    return past_the_warning(logged_in(Role.HEALTH_CLERK))


def bind() -> None:
    run("UPDATE persons_person SET code_bound_at = numbered_at", alias="index")


def wait() -> None:
    """Let the cases be old enough for the list of those whose answer is missing."""
    run("UPDATE screening_result SET recorded_at = recorded_at - interval '200 days'")


def notify(client: Client, days: str = "30") -> Any:
    return client.post(f"{reverse('followup-notify')}?kind=all", {"days": days}, follow=True)


def carry(gateway: FakeGateway) -> None:
    carry_notices(institution=OWN, link=cast(GatewayLink, gateway), by=SYSTEM, at=runtime.now())


def test_the_preview_counts_who_is_told_and_who_is_not(clerk: Client) -> None:
    store()
    store(AYANO, sequence=2)
    store(SHINOBU)
    page = text(clerk.get(reverse("followup-notify"), {"kind": "all"}))
    assert "送る相手 0人" in page
    assert "符号がまだない人: 1人" in page
    assert "支援措置の対象か、確認中の人: 1人" in page
    bind()
    page = text(clerk.get(reverse("followup-notify"), {"kind": "all"}))
    assert "送る相手 1人" in page
    assert "1人に送る" in page
    assert AYANO.name not in page


def test_a_notice_is_sent_seen_by_the_person_and_taken_back(clerk: Client, gateway: FakeGateway) -> None:
    store()
    bind()
    page = text(notify(clerk))
    assert "1人へのお知らせを受け付けました" in page
    assert "送信待ち: 1人" in page
    portal = reverse("portal", args=[token()])
    assert "お知らせはありません" in text(clerk.get(portal))
    carry(gateway)
    assert [one.kind for one in gateway.notices] == ["detailed_examination_open"]
    page = text(clerk.get(portal))
    assert "精密検査の結果がまだ届いていません" in page
    assert "お知らせはありません" not in page
    assert "届いた: 1人" in text(clerk.get(reverse("portal-notices")))
    [row] = rows("SELECT DISTINCT list_id FROM linkage_portal_notice")
    page = text(clerk.post(reverse("portal-notices-back", args=[row["list_id"]]), follow=True))
    assert "1人へのお知らせを取り戻しています" in page
    assert "うち取り戻し中: 1人" in page
    carry(gateway)
    assert notices_to(AYANO.system_person_number)[0].state is PortalNoticeState.TAKEN_BACK
    assert "お知らせはありません" in text(clerk.get(portal))
    page = text(clerk.post(reverse("portal-notices-back", args=[row["list_id"]]), follow=True))
    assert "取り戻せるお知らせは、もうありません" in page


def test_what_is_sent_is_recorded_without_naming_anybody(clerk: Client) -> None:
    store()
    store(SHINOBU)
    bind()
    notify(clerk)
    [entry] = rows("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.PORTAL_NOTICES_SENT])
    body = orjson.loads(bytes(entry["body"]))
    assert (body["count"], body["left_out"]) == (1, {"PROTECTED": 1})
    assert AYANO.system_person_number not in str(body)


@pytest.mark.parametrize("days", ["0", "91", "x", ""])
def test_days_that_cannot_be_are_refused_beside_the_field_and_nothing_is_sent(clerk: Client, days: str) -> None:
    store()
    bind()
    answer = notify(clerk, days)
    assert answer.status_code == 422
    assert 'id="id_days_error"' in text(answer)
    assert notices_to(AYANO.system_person_number) == []


def test_whoever_was_asked_to_wait_or_answered_is_left_out(clerk: Client) -> None:
    first = store()
    bind()
    post(clerk, first, Act.REMINDED, means="PHONE", acted_date=f"{runtime.now():%Y-%m-%d}")
    page = text(clerk.get(reverse("followup-notify"), {"kind": "all"}))
    assert "送る相手 0人" in page
    assert "14日以内に勧めた: 1人" in page


def test_the_list_and_the_overview_lead_there(clerk: Client) -> None:
    store()
    wait()
    page = text(clerk.get(reverse("followup-list"), LIST))
    assert "この一覧の人にお知らせを送る" in page
    assert f"{reverse('followup-notify')}?" in page
    assert reverse("portal-notices") in text(clerk.get(reverse("followup")))


@pytest.mark.parametrize("role", [Role.CENTRE_CLERK, Role.INDEX_CLERK, Role.APPROVER, Role.AUDITOR, Role.CONTRACTOR])
def test_nobody_else_sends_notices(logged_in: LogIn, role: Role) -> None:
    client = logged_in(role)
    assert client.get(reverse("followup-notify"), {"kind": "all"}).status_code == 403
    assert client.get(reverse("portal-notices")).status_code == 403


def test_a_list_of_no_cases_and_an_unknown_list_of_notices_are_not_there(clerk: Client) -> None:
    assert clerk.get(reverse("followup-notify"), {"kind": "recall"}).status_code == 404
    unknown = "00000000-0000-7000-8000-000000000000"
    assert clerk.post(reverse("portal-notices-back", args=[unknown])).status_code == 404
