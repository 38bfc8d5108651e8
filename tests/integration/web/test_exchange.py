"""Asking the former town from a resident's page, and taking the answer into the history."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from tasuki.accounts.types import Role
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import serialise
from tasuki.layouts.types import Programme, ScreeningRecord, Stage
from tasuki.letters import queries as letters
from tasuki.linkage import queries
from tasuki.linkage.operations import continue_inquiries, purge_answers
from tasuki.nodes.sql import run
from tasuki.protocol.messages import DataSetAnswer, State
from tasuki.protocol.transitions import Party, states_of, table
from tasuki.screening import queries as screening
from tasuki.screening.operations.results import record_result
from tasuki.screening.types import Recorded
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.presenters.inquiries import ENDINGS
from tasuki.web.sealed import seal_person
from tasuki.web.staff import inquiries as staff_inquiries
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AT, AYANO, PROVIDER, SHINOBU, SYSTEM, past_the_warning

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
AYANOS = seal_person(SystemPersonNumber(AYANO.system_person_number))
JAPANESE = re.compile("[぀-ヿ一-鿿]")
LUNG = "TM00000000000090"


def lung(fiscal_year: int) -> ScreeningRecord:
    return ScreeningRecord(
        programme=Programme.LUNG,
        stage=Stage.PRIMARY,
        fiscal_year=fiscal_year,
        sequence=1,
        examined_date=f"{fiscal_year}-07-24",
        age=41,
        encounter_type="1",
        facility_number="1319910030",
        facility_name="模擬町診療所",
        items={"9P502000000000011": "1", "9P504000000000011": "1"},
    )


def answer(*records: ScreeningRecord) -> DataSetAnswer:
    version = catalogue().newest_version(LUNG, date(2026, 11, 23))
    payloads = [serialise(one, layout_version=version, updated_on=date(2026, 11, 1)).decode() for one in records]
    return DataSetAnswer(data_set=LUNG, state=State.RECEIVED, payloads=payloads)


def ask(client: Client) -> Any:
    return client.post(reverse("inquire", args=[AYANOS]), {"provider": PROVIDER})


def test_the_former_town_is_chosen_already_and_the_law_stands_beside_the_button(
    logged_in: LogIn, residents: None
) -> None:
    page = logged_in(Role.CENTRE_CLERK).get(reverse("person", args=[AYANOS])).content.decode()
    assert f'<option value="{PROVIDER}" selected>模擬市</option>' in page
    assert "番号法19条8号" in page
    assert "検診歴を照会する" in page


def test_who_may_not_inquire_is_shown_no_button(logged_in: LogIn, residents: None) -> None:
    page = logged_in(Role.APPROVER).get(reverse("person", args=[AYANOS])).content.decode()
    assert "検診歴を照会する" not in page


def test_one_click_asks_and_the_answer_is_adopted(logged_in: LogIn, residents: None, gateway: FakeGateway) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    inquiry = ask(client)["Location"]
    assert AYANO.system_person_number not in inquiry
    page = client.get(inquiry).content.decode()
    assert "相手方の回答を待っています" in page
    assert 'hx-trigger="every 2s"' in page

    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024), lung(2025))]
    part = client.get(inquiry, headers={"HX-Request": "true"}).content.decode()
    assert "2件の受診が見つかりました" in part
    assert "重なるものはありません" in part
    assert "hx-trigger" not in part

    [view] = queries.inquiries_of(AYANO.system_person_number)
    done = client.post(reverse("adopt", args=[view.transaction_number]), follow=True).content.decode()
    assert "2件を履歴に取り込みました" in done
    assert "is-handed-on" in done
    assert "模擬市" in done
    assert "取込済み" in client.get(inquiry).content.decode()


def test_data_in_a_layout_that_cannot_be_read_is_named_beside_the_rest(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    other = DataSetAnswer(data_set="TM00000000000096", state=State.OTHER_LAYOUT)
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024)), other]
    client = logged_in(Role.CENTRE_CLERK)
    page = client.get(ask(client)["Location"]).content.decode()
    assert "こちらで読めない版の情報があります" in page
    assert "子宮頸がん検診（一次検診）" in page
    assert "1件を履歴に取り込む" in page


def test_a_second_adoption_changes_nothing_and_says_so(logged_in: LogIn, residents: None, gateway: FakeGateway) -> None:
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    client = logged_in(Role.CENTRE_CLERK)
    ask(client)
    [view] = queries.inquiries_of(AYANO.system_person_number)
    address = reverse("adopt", args=[view.transaction_number])
    client.post(address)
    assert "取込み済みか" in client.post(address, follow=True).content.decode()


def test_a_record_of_our_own_for_the_same_year_is_pointed_out(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    stored = record_result(
        person=AYANO.system_person_number,
        record=lung(2025),
        fee_class="1",
        by=SYSTEM,
        at=AT,
        acknowledged=["unknown_facility:X_FACILITY_NUMBER"],
    )
    assert isinstance(stored, Recorded), stored
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024), lung(2025))]
    client = logged_in(Role.CENTRE_CLERK)
    page = client.get(ask(client)["Location"]).content.decode()
    assert "この自治体にも1件あります" in page
    assert page.count("重なる記録あり") == 1


def test_an_answer_that_cannot_be_read_is_not_offered_for_adoption(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    broken = DataSetAnswer(data_set=LUNG, state=State.RECEIVED, payloads=["<broken/>"])
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024)), broken]
    client = logged_in(Role.CENTRE_CLERK)
    page = client.get(ask(client)["Location"]).content.decode()
    assert "読み取れない回答があります" in page
    assert "履歴に取り込む" not in page


def test_no_state_of_a_town_is_without_words() -> None:
    assert set(ENDINGS) == states_of(Party.TOWN)


@pytest.mark.parametrize("state", sorted(states_of(Party.TOWN) - {State.CREATED}))
def test_every_state_is_explained_with_its_article(
    logged_in: LogIn, residents: None, gateway: FakeGateway, state: State
) -> None:
    gateway.state, gateway.answers = state, [answer(lung(2024))]
    client = logged_in(Role.CENTRE_CLERK)
    page = client.get(ask(client)["Location"]).content.decode()
    ending = ENDINGS[state]
    facts = table().states[state]
    for words in (ending.title, ending.text, ending.next_step, facts.article, facts.words.ja):
        assert str(words) in page
    with translation.override("en"):
        assert [words for words in (ending.title, ending.text, ending.next_step) if JAPANESE.search(str(words))] == []


def test_an_inquiry_nobody_answered_is_cancelled_and_asked_again(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    inquiry = ask(client)["Location"]
    [view] = queries.inquiries_of(AYANO.system_person_number)
    address = reverse("inquiry-cancel", args=[view.transaction_number])
    assert address in client.get(inquiry).content.decode()

    page = client.post(address, follow=True).content.decode()

    assert "照会を取り消しました" in page
    assert "照会者が取り消した" in page
    assert address not in page
    assert [one.state for one in queries.steps_taken(view.transaction_number)] == [
        State.CREATED,
        State.PERMITTED,
        State.CANCELLED,
    ]
    gateway.state = State.PERMITTED
    assert f'name="provider" value="{PROVIDER}"' in page
    assert ask(client)["Location"] != inquiry


def test_a_cancellation_waits_for_the_gateway_and_an_answer_that_came_first_is_kept(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    ask(client)
    [view] = queries.inquiries_of(AYANO.system_person_number)
    gateway.is_away = True
    page = client.post(reverse("inquiry-cancel", args=[view.transaction_number]), follow=True).content.decode()
    assert "取消しを受け付けました" in page
    assert "照会を取り消しています" in page

    gateway.is_away, gateway.state, gateway.answers = False, State.RECEIVED, [answer(lung(2024))]
    own = staff_inquiries.asker()
    continue_inquiries(asker=own, by=SYSTEM, at=AT)

    [view] = queries.inquiries_of(AYANO.system_person_number)
    assert (view.state, view.found) == (State.RECEIVED, 1)
    page = client.post(reverse("inquiry-cancel", args=[view.transaction_number]), follow=True).content.decode()
    assert "取り消す前に、照会は終わっていました" in page


def test_who_may_not_inquire_may_not_cancel(logged_in: LogIn, residents: None) -> None:
    ask(logged_in(Role.CENTRE_CLERK))
    [view] = queries.inquiries_of(AYANO.system_person_number)
    page = logged_in(Role.APPROVER).post(reverse("inquiry-cancel", args=[view.transaction_number])).content.decode()
    assert "権限がありません" in page
    assert queries.inquiries_of(AYANO.system_person_number)[0].cancel_asked_at is None


def test_the_content_of_an_answer_goes_when_its_time_is_over(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    client = logged_in(Role.CENTRE_CLERK)
    inquiry = ask(client)["Location"]
    [view] = queries.inquiries_of(AYANO.system_person_number)
    assert view.received_at is not None
    over = view.received_at + table().period("unadopted")

    assert purge_answers(by=SYSTEM, at=over) == 0
    assert purge_answers(by=SYSTEM, at=over + timedelta(seconds=1)) == 1
    assert purge_answers(by=SYSTEM, at=over + timedelta(days=1)) == 0

    [view] = queries.inquiries_of(AYANO.system_person_number)
    assert (view.state, view.found, view.may_adopt) == (State.PURGED, 0, False)
    assert "保存期間が過ぎたため消しました" in client.get(inquiry).content.decode()


def test_what_was_adopted_stays_in_the_history_when_its_answer_goes(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    client = logged_in(Role.CENTRE_CLERK)
    inquiry = ask(client)["Location"]
    [view] = queries.inquiries_of(AYANO.system_person_number)
    client.post(reverse("adopt", args=[view.transaction_number]))
    [view] = queries.inquiries_of(AYANO.system_person_number)
    assert view.adopted_at is not None

    assert purge_answers(by=SYSTEM, at=view.adopted_at + table().period("adopted") + timedelta(seconds=1)) == 1

    assert len(screening.results_of(AYANO.system_person_number)) == 1
    assert "回答を履歴に取り込みました" in client.get(inquiry).content.decode()


def test_an_answer_without_any_screening_says_so(logged_in: LogIn, residents: None, gateway: FakeGateway) -> None:
    gateway.state = State.RECEIVED
    client = logged_in(Role.CENTRE_CLERK)
    page = client.get(ask(client)["Location"]).content.decode()
    assert "受診の記録はありませんでした" in page
    assert "履歴に取り込む" not in page


def test_when_the_gateway_is_away_the_inquiry_is_kept_and_this_is_said(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    gateway.is_away = True
    client = logged_in(Role.CENTRE_CLERK)
    inquiry = ask(client)["Location"]
    assert "つながりしだい自動で送ります" in client.get(inquiry).content.decode()
    part = client.get(inquiry, headers={"HX-Request": "true"}).content.decode()
    assert "中間サーバーにつながりません" in part


def test_a_resident_without_a_unified_number_cannot_be_asked_about(logged_in: LogIn, residents: None) -> None:
    token = seal_person(SystemPersonNumber(SHINOBU.system_person_number))
    client = past_the_warning(logged_in(Role.CENTRE_CLERK))
    response = client.post(reverse("inquire", args=[token]), {"provider": PROVIDER}, follow=True)
    assert "統合宛名にまだ登録されていない" in response.content.decode()
    assert queries.inquiries_of(SHINOBU.system_person_number) == []


def test_only_a_town_of_the_directory_is_asked(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    page = client.post(reverse("inquire", args=[AYANOS]), {"provider": "9" * 16}, follow=True).content.decode()
    assert "照会先を選んでください" in page
    assert queries.inquiries_of(AYANO.system_person_number) == []


def test_waiting_answers_are_counted_at_home_and_listed(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    assert "取り込む回答はありません" in client.get(reverse("answers")).content.decode()
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    ask(client)
    home = client.get(reverse("home")).content.decode()
    assert "読んで履歴に取り込む" in home
    assert "綾乃" not in home
    assert "綾乃" in client.get(reverse("answers")).content.decode()


def test_a_result_opens_within_the_page_and_as_a_page(logged_in: LogIn, residents: None, gateway: FakeGateway) -> None:
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    client = logged_in(Role.CENTRE_CLERK)
    ask(client)
    [view] = queries.inquiries_of(AYANO.system_person_number)
    client.post(reverse("adopt", args=[view.transaction_number]))
    page = client.get(reverse("person", args=[AYANOS])).content.decode()
    [address] = {part.split('"')[0] for part in page.split('href="') if "/results/" in part.split('"')[0]}
    whole = client.get(address).content.decode()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "肺がん検診の精密検査対象有無" in part
    assert "<html" not in part
    assert part.strip()[:40] in whole
    past_the_warning(client)
    others = address.replace(AYANOS, seal_person(SystemPersonNumber(SHINOBU.system_person_number)))
    assert client.get(others).status_code == 404


def test_a_provider_without_a_code_is_asked_by_a_letter_with_the_four_items(
    logged_in: LogIn, residents: None, gateway: FakeGateway
) -> None:
    gateway.state = State.PROVIDER_HAS_NO_CODE
    client = logged_in(Role.CENTRE_CLERK)
    ask(client)
    [view] = queries.inquiries_of(AYANO.system_person_number)
    address = reverse("inquiry-code-letter", args=[view.transaction_number])
    assert address in client.get(reverse("inquiry", args=[view.transaction_number])).content.decode()
    made = client.post(address)
    assert made["Content-Type"] == "application/pdf"
    said = "".join("".join(page.extract_text() for page in PdfReader(BytesIO(made.content)).pages).split())
    wanted = ("架空綾乃", "昭和59年6月2日", "女", "架空区模擬町二丁目1-2", "模擬市", "御中", view.transaction_number)
    assert [text for text in wanted if text not in said] == []
    [letter] = letters.letters_of(AYANO.system_person_number)
    assert (letter.kind, letter.subject) == ("CODE_REQUEST", view.transaction_number)
    run("UPDATE screening_resident SET protected_from = '2026-01-01'")
    past_the_warning(client, AYANO.system_person_number)
    refused = client.post(address, follow=True)
    assert "相手方に電話で相談" in refused.content.decode()
    assert len(letters.letters_of(AYANO.system_person_number)) == 1
