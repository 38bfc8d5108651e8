"""A resident beyond the screenings: household, history, contact; protected persons; the register's files."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.nodes.sql import rows
from tasuki.screening.operations.contacts import change_contact
from tasuki.screening.operations.loads import record_load
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.queries import residents as queries
from tasuki.screening.types import ResidentRow
from tasuki.screening.types.residents import (
    ChangedMeanwhile,
    ContactDetails,
    LetterLanguage,
    RegisterReport,
    RegisterScope,
)
from tasuki.screening.wording import import_problem
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.integration.web.conftest import AT, AYANO, SHINOBU, SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]
LogIn = Callable[[Role], Client]
TYPED = {
    "phone": "090-0000-0000",
    "letter_language": "en",
    "mailing_name": "架空 太郎様方",
    "mailing_postal_code": "123-4567",
    "mailing_address": "架空県模擬市1-1",
    "mailing_from": "R8.11.1",
    "mailing_to": "",
    "note": "",
    "reason": "窓口で申出",
    "revision": "0",
}


def page_of(name: str, number: str = AYANO.system_person_number) -> str:
    return reverse(name, args=[seal_person(SystemPersonNumber(number))])


def change(details: ContactDetails, revision: int = 0) -> object:
    return change_contact(
        system_person_number=AYANO.system_person_number,
        details=details,
        revision=revision,
        reason="申出",
        by=SYSTEM,
        at=AT,
    )


def test_the_household_and_the_history_are_shown_and_the_look_is_recorded(logged_in: LogIn) -> None:
    child = ResidentRow("000104230", AYANO.household_number, "架空　芽衣", "カクウ　メイ", date(2015, 1, 1), "2")
    moved = ResidentRow(**{**{name: getattr(AYANO, name) for name in AYANO.__slots__}, "address": "架空区見本町5"})
    register_residents(rows=[child, moved], by=SYSTEM, at=AT, reason="register")
    shown = logged_in(Role.HEALTH_CLERK).get(page_of("person-details")).content.decode()
    assert "架空　芽衣" in shown
    assert "転居" in shown
    assert "架空区模擬町二丁目1-2" in shown
    assert "架空区見本町5" in shown
    viewed = rows(
        "SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind IN ('person_viewed', 'people_listed')"
    )
    assert sum("000104230" in one["body"] for one in viewed) == 1


def test_a_contact_is_written_down_and_its_former_kept(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert client.post(page_of("contact"), TYPED).status_code == 302
    stored = queries.contact_of(AYANO.system_person_number)
    assert (stored.details.mailing_from, stored.details.letter_language) == (date(2026, 11, 1), LetterLanguage.ENGLISH)
    client.post(page_of("contact"), TYPED | {"phone": "03-0000-0000", "revision": "1"})
    newest, first = queries.contact_changes(AYANO.system_person_number)
    assert (newest.before, newest.after) == ({"phone": "090-0000-0000"}, {"phone": "03-0000-0000"})
    assert first.before["phone"] is None
    shown = client.get(page_of("person-details")).content.decode()
    assert "架空県模擬市1-1" in shown
    assert "架空 花子が記録" in shown
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'contact_changed'")) == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"mailing_address": ""}, "送付先の住所を入力してください"),
        ({"mailing_postal_code": "12-34"}, "7桁で入力"),
        ({"mailing_from": "きのう"}, "日付として読み取れません"),
        ({"mailing_to": "2026-11-01"}, "使い始める日より後"),
        ({"mailing_from": "", "mailing_to": "2026-11-01"}, "使い始める日も入力"),
        ({"reason": ""}, "必須"),
    ],
)
def test_what_cannot_be_is_said_at_the_field_and_nothing_is_stored(
    logged_in: LogIn, typed: dict[str, str], said: str
) -> None:
    answer = logged_in(Role.HEALTH_CLERK).post(page_of("contact"), TYPED | typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "090-0000-0000" in answer.content.decode()
    assert queries.contact_of(AYANO.system_person_number).revision == 0


def test_two_who_change_at_once_do_not_overwrite_each_other(logged_in: LogIn) -> None:
    change(ContactDetails(phone="080-1111-1111"))
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.post(page_of("contact"), TYPED)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "080-1111-1111" in shown
    assert "090-0000-0000" in shown
    assert queries.contact_of(AYANO.system_person_number).details.phone == "080-1111-1111"
    assert isinstance(change(ContactDetails(), revision=0), ChangedMeanwhile)
    assert client.post(page_of("contact"), TYPED | {"revision": "1"}).status_code == 302


def test_protected_persons_stand_where_something_is_to_be_done(logged_in: LogIn) -> None:
    ending = ResidentRow(
        "000104231", "9", "例示　光", "レイジ　ヒカリ", date(1980, 1, 1), "2", address="架空区秘密町1",
        protected_from=date(2025, 12, 1), protected_to=date(2026, 12, 1),
    )  # fmt: skip
    register_residents(rows=[ending], by=SYSTEM, at=AT, reason="register")
    found = queries.protected_persons(date(2026, 11, 23))
    assert [one.system_person_number for one in found.ending] == ["000104231"]
    assert [one.system_person_number for one in found.in_force] == [SHINOBU.system_person_number]
    assert [one.system_person_number for one in queries.protected_persons(date(2026, 12, 1)).ended] == ["000104231"]
    assert queries.protected_persons(date(2027, 1, 1)).ended == ()
    assert queries.protection_ending(date(2026, 11, 23)) == 1
    shown = logged_in(Role.HEALTH_CLERK).get(reverse("protected")).content.decode()
    assert "例示　光" in shown
    assert "秘密町" not in shown


def test_files_of_the_register_are_listed_with_what_to_look_at(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert "まだありません" in client.get(reverse("register-loads")).content.decode()
    load = record_load(
        file_name="20261122.csv",
        sha256="0" * 64,
        scope=RegisterScope.CHANGES,
        total_rows=3,
        residents=RegisterReport(1, 1, 0),
        numbered=1,
        problems=[import_problem("change_of_unknown_person", line=4)],
        by=SYSTEM,
        at=datetime(2026, 11, 22, 18, 0, tzinfo=UTC),
    )
    assert "20261122.csv" in client.get(reverse("register-loads")).content.decode()
    shown = client.get(reverse("register-load", args=[load.load_id])).content.decode()
    assert "登録されていない住民の異動です" in shown
