"""Inquiries of others that are decided by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.evidence.queries import entries_of
from tasuki.linkage.types import SYSTEM
from tasuki.persons.queries import unified_numbers
from tasuki.protocol.messages import HeldInquiry
from tasuki.protocol.portal import portal
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


def typed_into(client: Client, page: str, act: dict[str, str], **typed: str) -> str:
    values = {f"{NUMBER}-{name}": value for name, value in typed.items()} | act
    return client.post(reverse(page, args=[NUMBER]), values, follow=True).content.decode()


def propose(client: Client, **typed: str) -> str:
    return typed_into(client, "held-propose", {}, **typed)


def decide(client: Client, reason: str = "確認した", *, act: str = "decide", release: str = "yes") -> str:
    return typed_into(client, "held-decide", {"act": act, "release": release}, reason=reason)


def test_a_held_inquiry_is_shown_with_its_deadline(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    page = logged_in(Role.APPROVER).get(reverse("held")).content.decode()
    assert "2026年11月30日(令和8年) 10:00" in page
    assert "000000000000007" not in page
    assert "この照会の記録を不開示としています" not in page
    gateway.waiting = [one.model_copy(update={"non_disclosure": True}) for one in gateway.waiting]
    told = logged_in(Role.HEALTH_CLERK).get(reverse("held")).content.decode()
    assert "照会元が、この照会の記録を不開示としています" in told


def test_a_persons_own_request_is_named_and_explained(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    client = logged_in(Role.APPROVER)
    assert "本人の請求" not in client.get(reverse("held")).content.decode()
    own = {"inquirer": portal().institution, "non_disclosure": True}
    gateway.waiting = [one.model_copy(update=own) for one in gateway.waiting]
    page = client.get(reverse("held")).content.decode()
    assert "マイナポータル（本人）からの照会" in page
    assert "本人のカードと暗証番号" in page
    # It was the person who asked, not somebody who wants the record kept from the person.
    assert "照会元が、この照会の記録を不開示としています" not in page


def test_a_persons_own_request_is_not_answered_with_a_record_kept_from_the_person(
    logged_in: LogIn, waiting: None, gateway: FakeGateway
) -> None:
    gateway.waiting = [one.model_copy(update={"inquirer": portal().institution}) for one in gateway.waiting]
    clerk = logged_in(Role.HEALTH_CLERK)
    told = propose(clerk, decision="release", reason="本人に確認した", non_disclosure="on")
    assert "本人への回答の記録は、不開示にできません" in told
    assert "案を残しました" in propose(clerk, decision="withhold", reason="本人に確認した", non_disclosure="on")


def test_the_approver_is_told_whom_an_inquiry_is_about(
    logged_in: LogIn, waiting: None, residents: None, gateway: FakeGateway
) -> None:
    unified = unified_numbers(SYSTEM, [AYANO.system_person_number])[AYANO.system_person_number]
    gateway.waiting = [one.model_copy(update={"unified_person_number": unified}) for one in gateway.waiting]

    page = logged_in(Role.APPROVER).get(reverse("held")).content.decode()

    assert AYANO.name in page
    assert AYANO.system_person_number not in page
    assert unified not in page


@pytest.mark.parametrize(("decision", "released"), [("release", True), ("withhold", False)])
def test_one_proposes_another_decides_and_both_reasons_are_recorded(
    logged_in: LogIn, waiting: None, gateway: FakeGateway, decision: str, released: bool
) -> None:
    assert "案を残しました" in propose(logged_in(Role.HEALTH_CLERK), decision=decision, reason="本人に確認した")
    assert gateway.decisions == []
    approver = logged_in(Role.APPROVER)
    page = approver.get(reverse("held")).content.decode()
    assert "本人に確認した" in page
    assert "架空 花子" in page

    assert "案のとおりに決めました" in decide(approver, "照会元に電話した", release="yes" if released else "no")

    [sent] = gateway.decisions
    assert sent.release is released
    bodies = [orjson.loads(entry.body) for entry in entries_of(NUMBER)]
    assert [body["reason"] for body in bodies] == ["本人に確認した", "照会元に電話した"]
    assert (bodies[1]["proposed_because"], bodies[1]["proposed_by"]) == ("本人に確認した", bodies[0]["by"])
    assert bodies[0]["by"] != bodies[1]["by"]


def test_whoever_proposed_cannot_decide(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    approver = logged_in(Role.APPROVER)
    propose(approver, decision="release", reason="本人に確認した")
    assert "案のとおりに決める" not in approver.get(reverse("held")).content.decode()
    assert "案を出した人は決められません" in decide(approver)
    assert gateway.decisions == []


def test_nobody_decides_what_nobody_proposed_or_what_they_have_not_read(
    logged_in: LogIn, waiting: None, gateway: FakeGateway
) -> None:
    approver = logged_in(Role.APPROVER)
    assert "案がありません" in decide(approver)
    propose(logged_in(Role.HEALTH_CLERK), decision="withhold", reason="所在を探る照会かもしれない")
    assert "案がありません" in decide(approver, release="yes")
    assert gateway.decisions == []


def test_a_proposal_is_sent_back_and_another_made(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    clerk, approver = logged_in(Role.HEALTH_CLERK), logged_in(Role.APPROVER)
    propose(clerk, decision="release", reason="本人に確認した")
    assert "別の人の案が先にあります" in propose(clerk, decision="withhold", reason="別の案")
    assert "案を差し戻しました" in decide(approver, "本人に会っていない", act="return")
    assert "案を残しました" in propose(clerk, decision="withhold", reason="会えなかった")
    decide(approver, release="no")
    assert [sent.release for sent in gateway.decisions] == [False]


@pytest.mark.parametrize(("typed", "decided"), [({"non_disclosure": "on"}, True), ({}, False)])
def test_two_people_decide_that_the_record_is_not_disclosed(
    logged_in: LogIn, waiting: None, gateway: FakeGateway, typed: dict[str, str], decided: bool
) -> None:
    propose(logged_in(Role.HEALTH_CLERK), decision="withhold", reason="居所を探るおそれ", **typed)
    approver = logged_in(Role.APPROVER)
    assert ("記録は不開示" in approver.get(reverse("held")).content.decode()) is decided
    decide(approver, release="no")
    assert [(sent.release, sent.non_disclosure) for sent in gateway.decisions] == [(False, decided)]
    assert [orjson.loads(one.body)["non_disclosure"] for one in entries_of(NUMBER)] == [decided, decided]


@pytest.mark.parametrize(
    "typed", [{"decision": "release"}, {"reason": "本人に確認した"}, {"decision": "x", "reason": "x"}]
)
def test_without_a_decision_and_a_reason_nothing_is_proposed(
    logged_in: LogIn, waiting: None, typed: dict[str, str]
) -> None:
    approver = logged_in(Role.APPROVER)
    assert "field__errors" in propose(approver, **typed)
    assert "案を出す" in approver.get(reverse("held")).content.decode()


def test_without_a_reason_nothing_is_decided(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    propose(logged_in(Role.HEALTH_CLERK), decision="release", reason="本人に確認した")
    assert "field__errors" in decide(logged_in(Role.APPROVER), "")
    assert gateway.decisions == []


def test_a_clerk_proposes_but_does_not_decide(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    propose(client, decision="release", reason="本人に確認した")
    assert "権限がありません" in decide(client)
    assert gateway.decisions == []
    assert "権限がありません" in propose(logged_in(Role.CENTRE_CLERK), decision="release", reason="x")


def test_a_deadline_within_a_day_is_shouted(logged_in: LogIn, waiting: None, gateway: FakeGateway) -> None:
    client = logged_in(Role.APPROVER)
    far = datetime.now(UTC) + timedelta(days=3)
    gateway.waiting = [one.model_copy(update={"valid_until": far}) for one in gateway.waiting]
    assert "24時間を切った" not in client.get(reverse("held")).content.decode()
    soon = datetime.now(UTC) + timedelta(hours=5, minutes=30)
    gateway.waiting = [one.model_copy(update={"valid_until": soon}) for one in gateway.waiting]
    page = client.get(reverse("held")).content.decode()
    assert "期限まで24時間を切った照会が1件あります" in page
    assert "あと5時間" in page


def test_when_the_gateway_is_away_this_is_said(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.is_away = True
    assert "つながりません" in logged_in(Role.APPROVER).get(reverse("held")).content.decode()
