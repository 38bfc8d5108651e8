"""A record of an exchange is corrected on the pages: proposed by one, decided by another, shown with what it said."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.evidence.queries import entries_of
from tasuki.linkage.operations.record_corrections import fetch_record_corrections, send_record_corrections
from tasuki.linkage.queries.record_corrections import waiting_corrections
from tasuki.protocol.amending import Amendment, CorrectedField, CorrectionGround
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import Direction, Exchange, State
from tasuki.protocol.record_messages import RecordCorrection
from tasuki.screening.types import Person
from tasuki.web.sealed import seal_person
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AT, AYANO, PROVIDER, SYSTEM
from tests.integration.web.test_records import exchange

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
NUMBER = "01920000-0000-7000-8000-000000000001"
OWN = "0213999800000000"
TYPED = {"field": "department", "value": "健康づくり課", "ground": "requested", "note": "本人が窓口で請求した"}


@pytest.fixture(autouse=True)
def kept(residents: None, gateway: FakeGateway) -> None:
    gateway.exchanged = [exchange()]


def propose(client: Client, **typed: str) -> Any:
    return client.post(reverse("record-correction-propose", args=[NUMBER]), TYPED | typed, follow=True)


def decide(client: Client, act: str = "decide", reason: str = "") -> str:
    [one] = waiting_corrections() or [None]
    number = NUMBER if one is None else one.proposed.correction
    address = reverse("record-correction-decide", args=[NUMBER, number])
    return client.post(address, {"act": act, "reason": reason}, follow=True).content.decode()


def kinds() -> list[str]:
    return [entry.kind for entry in entries_of(NUMBER)]


def test_two_people_correct_a_record_and_the_gateway_is_told_what_travels_and_no_more(
    logged_in: LogIn, gateway: FakeGateway
) -> None:
    assert "別の人が決めるまで、何も変わりません。" in propose(logged_in(Role.INDEX_CLERK)).content.decode()
    approver = logged_in(Role.APPROVER)
    waiting = approver.get(reverse("record-corrections")).content.decode()
    assert NUMBER in waiting
    assert "健康づくり課" in waiting
    assert "本人が窓口で請求した" in approver.get(reverse("record", args=[NUMBER])).content.decode()
    assert "記録を訂正しました。" in decide(approver)
    assert kinds() == ["correction_proposed", "record_corrected"]
    link: Any = gateway
    assert send_record_corrections(institution=OWN, link=link, by=SYSTEM, at=AT) == 1
    assert send_record_corrections(institution=OWN, link=link, by=SYSTEM, at=AT) == 0
    [told] = gateway.amended
    assert (told.institution, told.other, told.direction) == (OWN, PROVIDER, Direction.INQUIRED)
    assert (told.field, told.value) == (CorrectedField.DEPARTMENT, "健康づくり課")
    assert "窓口" not in told.model_dump_json()
    assert all("窓口" not in entry.body.decode() for entry in entries_of(NUMBER))


def test_whoever_proposed_does_not_decide(logged_in: LogIn) -> None:
    clerk = logged_in(Role.INDEX_CLERK)
    propose(clerk)
    page = clerk.get(reverse("record", args=[NUMBER])).content.decode()
    assert "案を出した人は決められません。" in page
    [one] = waiting_corrections()
    address = reverse("record-correction-decide", args=[NUMBER, one.proposed.correction])
    assert clerk.post(address, {"act": "decide"}).status_code == 403
    assert "この記録には、別の案が先にあります。" in propose(clerk, value="保健課").content.decode()
    assert kinds() == ["correction_proposed"]


def test_a_proposal_is_sent_back_with_a_reason_and_another_can_be_made(logged_in: LogIn) -> None:
    propose(logged_in(Role.INDEX_CLERK))
    approver = logged_in(Role.APPROVER)
    assert "差し戻す理由を、200文字までで書いてください。" in decide(approver, "return")
    assert "案を差し戻しました。" in decide(approver, "return", "部署名を確かめてください")
    assert "案がありません。" in decide(approver)
    assert waiting_corrections() == []
    assert kinds() == ["correction_proposed", "correction_returned"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"value": "健康課"}, "いまの内容と同じです。"),
        ({"field": "procedure"}, "JTに続けて14桁の数字を入力してください。"),
        ({"value": ""}, "このフィールドは必須です。"),
        ({"value": "あ" * 41}, "40"),
    ],
)
def test_what_cannot_be_proposed_is_said_beside_the_field_and_kept(
    logged_in: LogIn, typed: dict[str, str], said: str
) -> None:
    answer = propose(logged_in(Role.INDEX_CLERK), **typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "本人が窓口で請求した" in answer.content.decode()
    assert kinds() == []


def amended() -> Exchange:
    said = Amendment(
        field=CorrectedField.DEPARTMENT, former="健康課", value="保健課", ground=CorrectionGround.FOUND, by=PROVIDER,
        decided_at=AT + timedelta(days=1),
    )  # fmt: skip
    return exchange(state=State.RECEIVED, amendments=[said])


def test_a_corrected_record_shows_both_words_to_staff_and_to_whom_it_concerns(
    logged_in: LogIn, gateway: FakeGateway
) -> None:
    gateway.exchanged = [amended()]
    person: Person = AYANO
    shown = logged_in(Role.INDEX_CLERK)
    for address in (
        reverse("record", args=[NUMBER]),
        reverse("records-disclosure", args=[seal_person(person.system_person_number)]),
    ):
        page = shown.get(address).content.decode()
        for said in ("健康課", "保健課", "模擬市"):
            assert said in page, (address, said)
    # What holds now is what a new proposal is held against.
    assert "いまの内容と同じです。" in propose(shown, value="保健課").content.decode()


def test_a_record_nobody_keeps_is_not_found_and_a_gateway_that_is_away_is_said(
    logged_in: LogIn, gateway: FakeGateway
) -> None:
    client = logged_in(Role.APPROVER)
    assert client.get(reverse("record", args=[NUMBER[:-1] + "9"])).status_code == 404
    gateway.is_away = True
    answer = client.get(reverse("record", args=[NUMBER]))
    assert answer.status_code == 503
    assert "記録は中間サーバーにあるため、いまは見られません。" in answer.content.decode()


@pytest.mark.parametrize("role", [Role.HEALTH_CLERK, Role.CENTRE_CLERK, Role.CONTRACTOR, Role.SYSTEM_ADMINISTRATOR])
def test_nobody_else_sees_or_corrects_a_record(logged_in: LogIn, role: Role) -> None:
    client = logged_in(role)
    assert client.get(reverse("record", args=[NUMBER])).status_code == 403
    assert propose(client).status_code == 403


def test_what_the_other_side_corrected_is_recorded_once_and_read(gateway: FakeGateway) -> None:
    gateway.amended_elsewhere = [
        RecordCorrection(
            correction=NUMBER, transaction_number=NUMBER, institution=PROVIDER, other=OWN,
            direction=Direction.PROVIDED, field=CorrectedField.DEPARTMENT, value="保健課",
            ground=CorrectionGround.FOUND, decided_at=AT,
        )
    ]  # fmt: skip
    link: Any = gateway
    assert fetch_record_corrections(institution=OWN, link=link, by=SYSTEM, at=AT) == 1
    assert fetch_record_corrections(institution=OWN, link=link, by=SYSTEM, at=AT) == 0
    assert kinds() == ["record_correction_heard"]
    [entry] = entries_of(NUMBER)
    assert orjson.loads(entry.body)["article"] == "番号法31条"


def test_a_gateway_that_is_away_is_told_later(logged_in: LogIn, gateway: FakeGateway) -> None:
    propose(logged_in(Role.INDEX_CLERK))
    decide(logged_in(Role.APPROVER))
    gateway.is_away = True
    link: Any = gateway
    with pytest.raises(ExchangeFailed):
        send_record_corrections(institution=OWN, link=link, by=SYSTEM, at=AT)
    gateway.is_away = False
    assert send_record_corrections(institution=OWN, link=link, by=SYSTEM, at=AT) == 1
