"""Every look at people is recorded at one place, searched by auditors, and told to whom it concerns."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import URLPattern, reverse

from tasuki import runtime
from tasuki.accounts.permissions import SHOWS_PEOPLE, Permission
from tasuki.accounts.types import Role
from tasuki.nodes.sql import rows
from tasuki.screening.operations.residents import register_residents
from tasuki.shared.actor import staff_actor
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.watching.operations.accesses import record_access
from tasuki.watching.types import MOST_NAMED, Access, Act
from tasuki.web.presenters.accesses import page_label
from tasuki.web.sealed import seal_person
from tasuki.web.watching import Watched
from tests.integration.web.conftest import AT, AYANO, SHINOBU, SYSTEM, past_the_warning
from tests.integration.web.test_access import every_address

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]

LogIn = Callable[[Role], Client]
NUMBER = AYANO.system_person_number
SEARCH, PRINT, EXPORT, VIEW, CHANGE = Act.SEARCH, Act.PRINT, Act.EXPORT, Act.VIEW, Act.CHANGE
#: What pages do that do not view when asked for and change when something is sent: each said a second time here.
DECLARED: dict[str, tuple[Act, Act]] = {
    "people-found": (SEARCH, SEARCH),
    "index-found": (SEARCH, SEARCH),
    "records-found": (SEARCH, SEARCH),
    "accesses": (SEARCH, SEARCH),
    "accesses-found": (SEARCH, SEARCH),
    "incident-affected": (SEARCH, SEARCH),
    "access-alert": (SEARCH, SEARCH),
    "custody-search": (VIEW, SEARCH),
    "coupon": (VIEW, SEARCH),
    "inquiry-code-letter": (PRINT, PRINT),
    "followup-list-print": (PRINT, PRINT),
    "invitations-print": (PRINT, PRINT),
    "coupon-print": (PRINT, PRINT),
    "letter": (VIEW, PRINT),
    "letter-gathered": (VIEW, PRINT),
    "followup-notices": (VIEW, PRINT),
    "followup-remind": (VIEW, PRINT),
    "followup-ask-again": (VIEW, PRINT),
    "result-fhir": (VIEW, EXPORT),
    "result-attachment": (EXPORT, EXPORT),
    "import-sent-back": (EXPORT, EXPORT),
    "records-file": (EXPORT, EXPORT),
    "accesses-file": (EXPORT, EXPORT),
    "work-output": (EXPORT, EXPORT),
    "link-differences-file": (EXPORT, EXPORT),
    "index-impact-file": (EXPORT, EXPORT),
    "index-inspection-file": (EXPORT, EXPORT),
    "inquiry-file-results": (EXPORT, EXPORT),
    "evidence-export": (EXPORT, EXPORT),
    "pack-ask": (EXPORT, EXPORT),
    "rehearsal-file": (EXPORT, EXPORT),
    "case-facts": (VIEW, VIEW),
    "person-open": (VIEW, VIEW),
    "index-open": (VIEW, VIEW),
}
#: Forms alone, whose answers are other pages, and settings that say nothing of anybody.
NOBODY = {"people", "index-search", "result-date", "movers-daily", "import-hours"}


def recorded() -> list[dict[str, Any]]:
    return rows("SELECT * FROM watching_access ORDER BY entry_id")


def bodies() -> list[dict[str, Any]]:
    found = rows(
        "SELECT e.kind, convert_from(e.body, 'UTF8') AS body"
        " FROM watching_access JOIN evidence_entry e USING (entry_id) ORDER BY entry_id"
    )
    return [orjson.loads(one["body"]) | {"kind": one["kind"]} for one in found]


def page_of(name: str, number: str = NUMBER) -> str:
    return reverse(name, args=[seal_person(SystemPersonNumber(number))])


def watch_expected(entry: URLPattern) -> Watched | None:
    name = str(entry.name)
    if name in NOBODY:
        return None
    if name in DECLARED:
        return Watched(*DECLARED[name])
    return Watched(VIEW, CHANGE) if getattr(entry.callback, "permission", None) in SHOWS_PEOPLE else None


def test_every_page_that_shows_people_is_watched() -> None:
    guarded = [entry for entry in every_address() if hasattr(entry.callback, "permission")]
    assert len(guarded) > 100
    wrong = {str(entry.name) for entry in guarded if getattr(entry.callback, "watch", None) != watch_expected(entry)}
    assert wrong == set()
    assert {entry.name for entry in guarded if page_label(str(entry.name)) == entry.name} == set()


def test_every_exception_is_an_address() -> None:
    assert {*DECLARED, *NOBODY} <= {entry.name for entry in every_address()}


def test_a_page_of_one_person_is_one_record_with_who_whom_what_when_and_from_where(logged_in: LogIn) -> None:
    logged_in(Role.CENTRE_CLERK).get(page_of("person"), REMOTE_ADDR="192.0.2.7")
    [row] = recorded()
    assert (row["people"], row["act"], row["page"], row["role"]) == ([NUMBER], "VIEW", "person", "CENTRE_CLERK")
    assert (str(row["address"]), row["shown"], row["reason"]) == ("192.0.2.7", 1, "")
    [body] = bodies()
    assert (body["kind"], body["person"], body["from"]) == ("person_viewed", NUMBER, "192.0.2.7")


def test_a_search_records_its_fields_and_how_many_it_found_and_never_its_words(logged_in: LogIn) -> None:
    logged_in(Role.CENTRE_CLERK).post(reverse("people"), {"text": "架空"}, follow=True)
    [row] = recorded()
    assert (row["act"], row["fields"], row["shown"], row["people"]) == ("SEARCH", ["text"], 1, [NUMBER])
    [body] = bodies()
    assert (body["kind"], body["fields"], body["shown"]) == ("people_searched", ["text"], 1)
    assert "架空" not in str(row) + str(body)


def test_a_search_that_finds_nobody_is_recorded(logged_in: LogIn) -> None:
    logged_in(Role.CENTRE_CLERK).post(reverse("people"), {"birth_date": "1901/1/1"}, follow=True)
    [row] = recorded()
    assert (row["act"], row["fields"], row["shown"], row["people"]) == ("SEARCH", ["birth_date"], 0, [])


def test_a_change_is_recorded_before_it_is_made_also_when_it_is_not(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert client.post(page_of("contact"), {"mailing_from": "no day"}).status_code == 422
    [row] = recorded()
    assert (row["act"], row["page"], row["people"]) == ("CHANGE", "contact", [NUMBER])
    assert bodies()[0]["kind"] == "change_asked"


def test_a_refusal_is_recorded_with_the_page(logged_in: LogIn) -> None:
    assert logged_in(Role.CONTRACTOR).get(page_of("person")).status_code == 403
    [row] = recorded()
    assert (row["act"], row["page"], row["people"]) == ("REFUSED", "person", [])
    assert row["reason"] == Permission.VIEW_PERSON
    assert bodies()[0]["kind"] == "permission_refused"


def test_the_warning_before_a_protected_person_shows_nobody_and_the_reason_stays_with_the_access(
    logged_in: LogIn,
) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    assert client.get(page_of("person", SHINOBU.system_person_number)).status_code == 403
    assert recorded() == []
    past_the_warning(client)
    client.get(page_of("person", SHINOBU.system_person_number))
    row = recorded()[-1]
    assert (row["page"], row["reason"], row["people"]) == ("person", "PRESENT", [SHINOBU.system_person_number])


def test_when_the_access_cannot_be_recorded_nothing_is_shown(logged_in: LogIn) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    client.raise_request_exception = False
    # A table of this connection alone stands before the real one, and takes nothing.
    connection.cursor().execute("CREATE TEMP TABLE watching_access (LIKE watching_access, CHECK (entry_id < 0))")
    answer = client.get(page_of("person"))
    assert answer.status_code == 500
    assert "綾乃" not in answer.content.decode()
    assert rows("SELECT FROM evidence_entry WHERE kind = 'person_viewed'") == []


def test_more_people_than_a_list_shows_are_counted_and_not_named() -> None:
    people = tuple(f"{number:09}" for number in range(MOST_NAMED + 1))
    access = Access(Act.EXPORT, "work-output", Role.HEALTH_CLERK.value, "", people=people)
    record_access(access=access, by=staff_actor("1"), at=runtime.now())
    [row] = recorded()
    assert (row["shown"], row["people"]) == (MOST_NAMED + 1, [])
    assert "people" not in bodies()[0]


@pytest.mark.parametrize("statement", ["UPDATE watching_access SET people = '{}'", "DELETE FROM watching_access"])
def test_what_was_recorded_stays(logged_in: LogIn, statement: str) -> None:
    logged_in(Role.CENTRE_CLERK).get(page_of("person"))
    with pytest.raises(ProgrammingError), transaction.atomic():
        connection.cursor().execute(statement)
    assert len(recorded()) == 1


def log(client: Client, **typed: str) -> str:
    since = f"{runtime.now() - timedelta(days=2):%Y/%m/%d}"
    until = f"{runtime.now() + timedelta(days=2):%Y/%m/%d}"
    return client.post(reverse("accesses"), {"since": since, "until": until} | typed, follow=True).content.decode()


@pytest.mark.parametrize(
    ("role", "sees_number", "opens"),
    [(Role.APPROVER, True, True), (Role.AUDITOR, True, False), (Role.SYSTEM_ADMINISTRATOR, False, False)],
)
def test_each_reader_sees_of_whom_only_what_their_role_lets_them(
    logged_in: LogIn, role: Role, sees_number: bool, opens: bool
) -> None:
    logged_in(Role.CENTRE_CLERK).get(page_of("person"))
    page = log(logged_in(role), act="VIEW")
    assert "1件の記録" in page
    assert "保健センター 担当" in page
    assert (NUMBER in page) is sees_number
    assert (page_of("person") in page) is opens
    assert "綾乃" not in page
    assert ("宛名番号" in page) is sees_number


def test_accesses_are_found_by_person_staff_kind_and_period_and_no_address_names_anybody(logged_in: LogIn) -> None:
    clerk, auditor = logged_in(Role.CENTRE_CLERK), logged_in(Role.AUDITOR)
    clerk.get(page_of("person"))
    clerk.post(reverse("people"), {"text": "架空"}, follow=True)
    assert "2件の記録" in log(auditor, person=NUMBER)
    assert "当てはまる記録はありません" in log(auditor, person="000999999")
    assert "1件の記録" in log(auditor, act="SEARCH", role="CENTRE_CLERK")
    answer = auditor.post(reverse("accesses"), {"since": "2020/1/1", "until": "2020/1/2", "person": NUMBER})
    assert NUMBER not in answer["Location"]
    assert "当てはまる記録はありません" in auditor.get(answer["Location"]).content.decode()


def test_whoever_looks_at_the_log_is_in_it(logged_in: LogIn) -> None:
    auditor = logged_in(Role.AUDITOR)
    auditor.get(reverse("accesses"))
    [row] = recorded()
    assert (row["act"], row["page"], row["role"]) == ("SEARCH", "accesses", "AUDITOR")


def test_a_period_that_ends_before_it_begins_is_explained(logged_in: LogIn) -> None:
    answer = logged_in(Role.AUDITOR).post(reverse("accesses"), {"since": "2026/4/2", "until": "2026/4/1"})
    assert answer.status_code == 422
    assert "「いつから」より後の日付を入力してください。" in answer.content.decode()


def test_the_file_has_what_the_page_has_and_is_recorded(logged_in: LogIn) -> None:
    logged_in(Role.CENTRE_CLERK).get(page_of("person"))
    auditor = logged_in(Role.AUDITOR)
    words = {"since": "2020/1/1", "until": "2099/1/1", "act": "VIEW"}
    key = auditor.post(reverse("accesses"), words)["Location"].rstrip("/").rpartition("/")[2]
    answer = auditor.post(reverse("accesses-file", args=[key]))
    head, line = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("日時,職員,役割")
    assert NUMBER in line
    assert recorded()[-1]["act"] == "EXPORT"


def test_a_resident_is_told_who_looked_by_duty_and_not_by_name(logged_in: LogIn) -> None:
    logged_in(Role.CENTRE_CLERK).post(reverse("people"), {"text": "架空"}, follow=True)
    page = logged_in(Role.HEALTH_CLERK).get(page_of("accesses-of")).content.decode()
    assert "保健センター 担当" in page
    assert "住民 · 検索" in page
    assert "2件の記録" in page
    assert "架空 花子" not in page.split("<h1>")[1]
    assert logged_in(Role.AUDITOR).get(page_of("accesses-of")).status_code == 403


def test_whoever_a_page_shows_beside_its_person_is_recorded_too(logged_in: LogIn) -> None:
    child = replace(AYANO, system_person_number="000104230", name="架空　芽衣")
    register_residents(rows=[child], by=SYSTEM, at=AT, reason="register")
    logged_in(Role.CENTRE_CLERK).get(page_of("person-details"))
    assert [row["people"] for row in recorded()] == [[NUMBER], ["000104230"]]
