"""The exchange records: searched, taken as a file, disclosed to whom they concern."""

import csv
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.evidence.types import EntryKind
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language, item_label
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.linkage.operations import records as operations
from tasuki.linkage.operations.identity import quarantine
from tasuki.linkage.types import SYSTEM as SCREENING
from tasuki.nodes.sql import rows
from tasuki.persons.queries import unified_numbers
from tasuki.persons.types.merging import QuarantineCause
from tasuki.protocol.messages import Direction, Exchange, State
from tasuki.protocol.portal import portal
from tasuki.screening.operations.results import record_result
from tasuki.screening.rules import acknowledgement_key
from tasuki.screening.types import Rejected
from tasuki.shared.dates import JST
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AT, AYANO, PROVIDER, SHINOBU, SYSTEM, past_the_warning
from tests.integration.web.taking import take_out

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]

LogIn = Callable[[Role], Client]
NUMBER = "01920000-0000-7000-8000-000000000001"
#: Whether a detailed examination was advised travels; what the person answered to a questionnaire does not.
ADVISED, SYMPTOMS = "9P504000000000011", "9P501000000000011"
PERIOD = {"since": "令和8年11月1日", "until": "2026/11/23"}


def ayano() -> str:
    return unified_numbers(SCREENING, [AYANO.system_person_number])[AYANO.system_person_number]


def exchange(number: str = NUMBER, **changed: Any) -> Exchange:
    values = {
        "transaction_number": number, "unified_person_number": ayano(), "direction": Direction.INQUIRED,
        "other": PROVIDER, "data_sets": ["TM00000000000090"], "procedure": "JT99990000000141",
        "department": "健康課", "basis": "番号法19条8号", "state": State.RECEIVED, "requested_at": AT,
        "provided_at": AT, "received_at": AT,
    }  # fmt: skip
    return Exchange(**values | changed)


def label(code: str) -> str:
    return item_label(catalogue().item(code), Language.JA)


def search(client: Client, **typed: str) -> Any:
    return client.post(reverse("records"), PERIOD | typed, follow=True)


def bodies(kind: EntryKind) -> list[dict[str, Any]]:
    found = rows("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind.value])
    return [orjson.loads(bytes(row["body"])) for row in found]


def test_a_search_is_recorded_and_shows_what_the_law_asks(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.exchanged = [exchange(), exchange(NUMBER[:-1] + "2", state=State.WITHHELD, non_disclosure=True)]

    answer = search(logged_in(Role.INDEX_CLERK), person=AYANO.system_person_number, direction="inquired", state="held")

    page = answer.content.decode()
    for said in (NUMBER, "模擬市", "健康課", "番号法19条8号", "JT99990000000141", "不開示", AYANO.system_person_number):
        assert said in page, said
    assert AYANO.system_person_number not in answer.redirect_chain[-1][0]
    [asked] = gateway.searched
    assert (asked.people, asked.direction, asked.state) == ([ayano()], Direction.INQUIRED, State.HELD)
    assert (asked.since, asked.until) == (datetime(2026, 11, 1, tzinfo=JST), datetime(2026, 11, 24, tzinfo=JST))
    [recorded] = bodies(EntryKind.RECORDS_SEARCHED)
    assert recorded["person"] == AYANO.system_person_number
    assert (recorded["since"], recorded["until"], recorded["state"]) == ("2026-11-01", "2026-11-23", "held")


def test_an_auditor_sees_every_record_and_no_person(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.exchanged = [exchange()]
    client = logged_in(Role.AUDITOR)

    # Whoever forges the field gets what everybody gets.
    answer = search(client, person=AYANO.system_person_number)

    page = answer.content.decode()
    assert NUMBER in page
    assert AYANO.system_person_number not in page
    assert gateway.searched[0].people == []
    assert client.get(person_page("records-disclosure")).status_code == 403


@pytest.mark.parametrize("role", [Role.HEALTH_CLERK, Role.CENTRE_CLERK, Role.CONTRACTOR, Role.SYSTEM_ADMINISTRATOR])
def test_nobody_else_searches(logged_in: LogIn, role: Role) -> None:
    assert logged_in(role).get(reverse("records")).status_code == 403


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"since": "いつか"}, "日付として読み取れません"),
        ({"since": "2030/1/1"}, "今日までの日付"),
        ({"until": "2026/10/1"}, "「いつから」より後の日付"),
        ({"procedure": "JT1"}, "JTに続けて14桁の数字"),
    ],
)
def test_what_cannot_be_searched_is_said_beside_the_field(logged_in: LogIn, typed: dict[str, str], said: str) -> None:
    answer = search(logged_in(Role.AUDITOR), **typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert bodies(EntryKind.RECORDS_SEARCHED) == []


def test_an_unknown_person_is_said_and_nothing_is_asked(logged_in: LogIn, gateway: FakeGateway) -> None:
    answer = search(logged_in(Role.INDEX_CLERK), person="999")
    assert answer.status_code == 422
    assert "その宛名番号の人は、統合宛名にいません。" in answer.content.decode()
    assert gateway.searched == []


def test_a_gateway_that_is_away_is_said(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.is_away = True
    answer = search(logged_in(Role.AUDITOR))
    assert answer.status_code == 503
    assert "中間サーバーにつながりません。" in answer.content.decode()


def test_pages_are_asked_for_one_by_one(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.exchanged = [exchange(f"{NUMBER[:-3]}{last:03d}") for last in range(51)]
    client = logged_in(Role.AUDITOR)
    address = search(client).redirect_chain[-1][0]

    answer = client.get(address, {"page": "2"})

    assert f"{NUMBER[:-3]}050" in answer.content.decode()
    assert (gateway.searched[-1].offset, gateway.searched[-1].most) == (50, 50)


def test_the_file_has_everything_and_no_formula(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.exchanged = [exchange(department="=HYPERLINK(1)"), exchange(NUMBER[:-1] + "2", provided_at=None)]
    client = logged_in(Role.INDEX_CLERK)
    address = search(client).redirect_chain[-1][0]

    _name, content = take_out(client, f"{address}file/")

    lines = list(csv.reader(StringIO(content.decode("utf-8-sig"))))
    assert [len(line) for line in lines] == [15, 15, 15]
    assert "'=HYPERLINK(1)" in lines[1]
    assert lines[1][-1] == AYANO.system_person_number
    [recorded] = bodies(EntryKind.RECORDS_EXPORTED)
    assert recorded["since"] == "2026-11-01"


def test_a_file_too_large_is_asked_for_in_parts(
    logged_in: LogIn, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_EXPORTED", 1)
    gateway.exchanged = [exchange(), exchange(NUMBER[:-1] + "2")]
    client = logged_in(Role.AUDITOR)
    address = search(client).redirect_chain[-1][0]
    assert "期間を分けてください。" in client.post(f"{address}file/", follow=True).content.decode()


def person_page(name: str, number: str = AYANO.system_person_number) -> str:
    return reverse(name, args=[seal_person(SystemPersonNumber(number))])


def test_disclosure_says_who_asked_what_when_why_and_what_came_of_it(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.exchanged = [
        exchange(),
        exchange(NUMBER[:-1] + "2", direction=Direction.PROVIDED, state=State.LAPSED, provided_at=None),
    ]

    page = logged_in(Role.HEALTH_CLERK).get(person_page("records-disclosure")).content.decode()

    assert "模擬市に照会しました。 <strong>情報が提供されました。</strong>" in page
    assert "模擬市が、" in page
    assert "期限までに回答がなかったため、情報は提供されませんでした。" in page
    assert "肺がん" in page
    assert "不開示" not in page
    [recorded] = bodies(EntryKind.RECORDS_DISCLOSED)
    assert recorded["person"] == AYANO.system_person_number


def test_staff_and_the_person_see_that_the_person_asked(logged_in: LogIn, gateway: FakeGateway) -> None:
    own = {"direction": Direction.PROVIDED, "other": portal().institution, "department": "本人の請求"}
    gateway.exchanged = [exchange(**own)]
    client = logged_in(Role.INDEX_CLERK)
    page = search(client).content.decode()
    assert '<option value="9999000000000001">マイナポータル（本人）</option>' in page
    assert page.count("マイナポータル（本人）") == 2
    told = logged_in(Role.HEALTH_CLERK).get(person_page("records-disclosure")).content.decode()
    assert "マイナポータル（本人）が、架空区に照会しました。" in told


def test_what_is_not_to_be_disclosed_is_left_out_and_the_paper_does_not_say_so(
    logged_in: LogIn, gateway: FakeGateway
) -> None:
    hidden = NUMBER[:-1] + "2"
    gateway.exchanged = [exchange(), exchange(hidden, non_disclosure=True)]

    page = logged_in(Role.HEALTH_CLERK).get(person_page("records-disclosure")).content.decode()

    assert NUMBER in page
    assert hidden not in page
    note = page.index("不開示とされた記録が1件あり")
    assert page.rindex('<div class="not-on-paper">', 0, note) > page.rindex(
        "</section>" if "</section>" in page[:note] else "<main", 0, note
    )


@pytest.mark.parametrize("name", ["records-disclosure", "portal"])
def test_nothing_is_disclosed_of_somebody_in_quarantine(logged_in: LogIn, gateway: FakeGateway, name: str) -> None:
    gateway.exchanged = [exchange()]
    quarantine(person=ayano(), cause=QuarantineCause.WRONG_LINK, reason="取り違えの疑い", by=SYSTEM, at=AT)
    page = logged_in(Role.HEALTH_CLERK).get(person_page(name)).content.decode()
    assert "別の人の記録が混ざっている疑いがあり、確かめています。" in page
    assert NUMBER not in page
    assert bodies(EntryKind.RECORDS_DISCLOSED) == []


@pytest.mark.parametrize("role", [Role.CENTRE_CLERK, Role.AUDITOR, Role.APPROVER, Role.CONTRACTOR])
def test_nobody_else_discloses(logged_in: LogIn, role: Role) -> None:
    assert logged_in(role).get(person_page("records-disclosure")).status_code == 403


def test_a_protected_persons_records_open_behind_the_warning(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    address = person_page("records-disclosure", SHINOBU.system_person_number)
    assert client.get(address).status_code != 200 or "作成した日時" not in client.get(address).content.decode()
    # Numbered by nobody yet, so there is nothing to disclose, and that is said.
    assert "統合宛名にまだ登録されていません" in past_the_warning(client).get(address).content.decode()


def test_the_portal_shows_what_travels_and_what_may_be_disclosed(logged_in: LogIn, gateway: FakeGateway) -> None:
    hidden = NUMBER[:-1] + "2"
    gateway.exchanged = [exchange(), exchange(hidden, non_disclosure=True)]
    record = ScreeningRecord(
        Programme.LUNG, Stage.PRIMARY, 2026, 1, "2026-06-10", 42, "1", "1319910030", "模擬町診療所",
        {SYMPTOMS: "1", ADVISED: "1"},
    )  # fmt: skip
    outcome = record_result(person=AYANO.system_person_number, record=record, fee_class="", by=SYSTEM, at=AT)
    if isinstance(outcome, Rejected):
        seen = [acknowledgement_key(one) for one in outcome.problems]
        outcome = record_result(
            person=AYANO.system_person_number, record=record, fee_class="", acknowledged=seen, by=SYSTEM, at=AT
        )
    assert not isinstance(outcome, Rejected)
    client = logged_in(Role.HEALTH_CLERK)

    page = client.get(person_page("portal")).content.decode()

    assert "模擬町診療所" in page
    assert label(ADVISED) in page
    # The questionnaire stays here, although the clerk sees it.
    assert label(SYMPTOMS) not in page
    assert NUMBER in page
    assert hidden not in page
    assert "不開示" not in page
    assert [one["part"] for one in bodies(EntryKind.RECORDS_DISCLOSED)] == ["portal-preview"]


@pytest.mark.parametrize("role", [Role.INDEX_CLERK, Role.CENTRE_CLERK, Role.APPROVER, Role.AUDITOR])
def test_nobody_else_sees_the_portal(logged_in: LogIn, role: Role) -> None:
    assert logged_in(role).get(person_page("portal")).status_code == 403


def test_the_portal_shows_results_while_the_gateway_is_away(logged_in: LogIn, gateway: FakeGateway) -> None:
    gateway.is_away = True
    page = logged_in(Role.HEALTH_CLERK).get(person_page("portal")).content.decode()
    assert "検診の結果はありません" in page
    assert "いまは開示できません" in page
