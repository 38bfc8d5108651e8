"""What a wrong link led to, on a page, in a file and as drafts."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki.accounts.types import Role
from tasuki.evidence.types import EntryKind
from tasuki.letters.queries import letters_of
from tasuki.linkage.types import SYSTEM as SCREENING
from tasuki.nodes.sql import rows, run
from tasuki.persons.queries import unified_numbers
from tasuki.protocol.messages import Direction, Exchange, State
from tasuki.web.sealed import seal_unified
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AT, AYANO, PROVIDER
from tests.integration.web.taking import take_out

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]

LogIn = Callable[[Role], Client]
SINCE = {"since": "令和8年4月1日"}
NUMBER = "01920000-0000-7000-8000-000000000001"


def ayano() -> str:
    return unified_numbers(SCREENING, [AYANO.system_person_number])[AYANO.system_person_number]


def page(client: Client, **asked: str) -> Any:
    return client.get(reverse("index-impact", args=[seal_unified(ayano())]), asked)


def exchange(direction: Direction = Direction.PROVIDED, number: str = NUMBER) -> Exchange:
    return Exchange(
        transaction_number=number, unified_person_number=ayano(), direction=direction, other=PROVIDER,
        data_sets=["TM00000000000090"], procedure="JT99990000000141", department="課", basis="番号法19条8号",
        state=State.RECEIVED, requested_at=AT, provided_at=AT,
    )  # fmt: skip


def draft(client: Client, letter: str) -> Any:
    return client.post(reverse("index-impact-draft", args=[seal_unified(ayano())]), SINCE | {"letter": letter})


def text_of(answer: Any) -> str:
    assert answer.headers["Content-Type"] == "application/pdf"
    return "".join(one.extract_text() for one in PdfReader(BytesIO(answer.content)).pages)


def test_exchanges_and_looks_are_listed_and_the_drawing_is_recorded(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.INDEX_CLERK)
    gateway.exchanged = [exchange(), exchange(Direction.INQUIRED, NUMBER[:-1] + "2")]
    client.get(reverse("index-person", args=[seal_unified(ayano())]))

    answer = page(client, **SINCE)

    assert answer.status_code == 200
    content = answer.content.decode()
    assert NUMBER in content
    assert "模擬市" in content
    assert dict(answer.context["summary"])["他の団体へ提供した"] == 1
    # The person's page, and this page itself.
    assert dict(answer.context["summary"])["職員が画面を開いた"] == 2
    [recorded] = rows("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.IMPACT_DRAWN.value])
    assert AYANO.name not in bytes(recorded["body"]).decode()


def test_what_the_town_knows_is_shown_while_the_gateway_is_away(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.is_away = True

    answer = page(logged_in(Role.INDEX_CLERK), **SINCE)

    assert answer.status_code == 200
    assert "中間サーバーにつながりません。" in answer.content.decode()
    assert not answer.context["may_draft"]


@pytest.mark.parametrize("since", ["いつか", "2999-01-01", ""])
def test_a_day_that_is_none_is_said_beside_the_field(logged_in: LogIn, since: str) -> None:
    answer = page(logged_in(Role.INDEX_CLERK), since=since)

    assert answer.status_code == 422
    assert "impact" not in answer.context


def test_the_file_has_one_line_for_each_thing_that_happened(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.INDEX_CLERK)
    gateway.exchanged = [exchange()]

    _name, content = take_out(client, reverse("index-impact-file", args=[seal_unified(ayano())]), SINCE)

    lines = content.decode("utf-8-sig").splitlines()
    assert lines[0] == "日時,種類,相手・職員,内容,状態,番号"
    assert sum(NUMBER in one for one in lines) == 1
    assert sum("閲覧" in one for one in lines) == 1


def test_the_report_counts_and_names_nobody(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.exchanged = [exchange()]

    text = text_of(draft(logged_in(Role.INDEX_CLERK), "INCIDENT_REPORT/ja"))

    assert "個人情報保護委員会" in text
    assert NUMBER in text.replace("\n", "").replace("\N{ZERO WIDTH SPACE}", "")
    assert "綾乃" not in text


@pytest.mark.parametrize(("language", "says"), [("ja", "お詫び"), ("en", "apologise")])
def test_the_person_is_told_in_their_language(logged_in: LogIn, gateway: FakeGateway, language: str, says: str) -> None:
    gateway.exchanged = [exchange()]

    text = text_of(draft(logged_in(Role.INDEX_CLERK), f"WRONG_LINK_NOTICE/{language}"))

    assert says in text
    assert "綾乃" in text
    assert [one.kind.value for one in letters_of(AYANO.system_person_number)] == ["WRONG_LINK_NOTICE"]


def test_each_institution_gets_a_letter_that_names_nobody(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.exchanged = [exchange()]

    text = text_of(draft(logged_in(Role.INDEX_CLERK), "WRONG_DATA_NOTICE/ja"))

    assert "模擬市" in text
    assert "綾乃" not in text


def test_there_is_no_letter_where_there_is_nobody_to_write_to(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.INDEX_CLERK)

    assert draft(client, "WRONG_DATA_NOTICE/ja").status_code == 302
    assert draft(client, "INCIDENT_REPORT/ja").status_code == 200
    gateway.is_away = True
    assert draft(client, "INCIDENT_REPORT/ja").status_code == 302


def test_a_protected_persons_address_goes_into_no_letter(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.INDEX_CLERK)
    gateway.exchanged = [exchange()]
    token = seal_unified(ayano())
    run("UPDATE screening_resident SET protected_from = %s", [AT.date()])
    warned = client.get(reverse("index-impact", args=[token]))
    assert warned.status_code != 200
    client.post(reverse("index-open", args=[token]), {"cause": "PRESENT", "reason": "", "places": "on"})

    assert draft(client, "WRONG_LINK_NOTICE/ja").status_code == 302
    assert letters_of(AYANO.system_person_number) == []


@pytest.mark.parametrize("name", ["index-impact-file", "index-impact-draft"])
def test_whoever_may_not_change_the_index_drafts_nothing(logged_in: LogIn, name: str) -> None:
    answer = logged_in(Role.HEALTH_CLERK).post(reverse(name, args=[seal_unified(ayano())]), SINCE)

    assert answer.status_code == 403
