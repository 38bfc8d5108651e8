"""The index's pages: what they show, whom they refuse, and that no address, session, log or evidence holds a person."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.nodes.sql import rows
from tasuki.persons.queries import cases, unified_numbers
from tasuki.persons.types import REGISTER
from tasuki.persons.types.items import Registration
from tasuki.web.sealed import seal_unified
from tests.integration.persons.index import CIPHER, HANAKO, JIRO, NUMBERS, register, the_usual_three

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
#: What only a page may show.
CANARIES = (
    "例示",
    "太郎",
    "花子",
    "二郎",
    "レイジ",
    "ミホン",
    "模擬町",
    "見本町",
    *NUMBERS,
    "1984-06-02",
    "1950-03-31",
)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages open and seal individual numbers under the key of these tests."""
    monkeypatch.setattr("tasuki.web.staff.index.cases.number_cipher", lambda: CIPHER)


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Collect what is logged, by us and by others."""
    lines: list[str] = []
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        yield lines
        lines += [str(event) for event in events] + [record.getMessage() for record in caplog.records]


@pytest.fixture
def index() -> None:
    """A couple, a man who lives elsewhere, and a care system with the husband's number on the wife's form."""
    the_usual_three()
    register([Registration("C2", HANAKO, NUMBERS[0]), Registration("C3", replace(JIRO, address="架空区例示町9-9"))])


def person_address(number: str, page: str = "index-person") -> str:
    return reverse(page, args=[seal_unified(unified_numbers(REGISTER, [number])[number])])


def only(kind: str) -> str:
    [found] = [one for one in cases.open_cases() if one.kind == kind]
    return str(found.case_id)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_people_are_found_by_number_or_birth_date_and_never_by_a_name_alone(logged_in: LogIn, index: None) -> None:
    clerk = logged_in(Role.INDEX_CLERK)
    by_day = clerk.post(reverse("index-search"), {"birth_date": "昭和59年6月2日", "name": "ﾚｲｼﾞ"}, follow=True)
    assert "1人 見つかりました" in text(by_day)
    assert "例示　太郎" in text(by_day)
    for number in ("0002", unified_numbers(REGISTER, ["0002"])["0002"].lstrip("0")):
        assert "例示　花子" in text(clerk.post(reverse("index-search"), {"number": number}, follow=True))
    assert "該当する人はいません" in text(clerk.post(reverse("index-search"), {"number": "99"}, follow=True))
    refused = clerk.post(reverse("index-search"), {"name": "例示"})
    assert refused.status_code == 422
    assert "氏名だけでは探せません" in text(refused)


def test_a_person_is_shown_with_every_systems_statement_and_the_number_masked(logged_in: LogIn, index: None) -> None:
    clerk = logged_in(Role.INDEX_CLERK)
    page = text(clerk.get(person_address("0001")))
    assert "住民記録システム" in page
    assert "************" in page
    assert NUMBERS[0] not in page
    assert clerk.get(reverse("index-person", args=["nobody"])).status_code == 404


@pytest.mark.parametrize("role", [Role.HEALTH_CLERK, Role.CENTRE_CLERK, Role.AUDITOR, Role.CONTRACTOR])
def test_who_does_not_look_after_the_index_sees_nobody_in_it(logged_in: LogIn, index: None, role: Role) -> None:
    client = logged_in(role)
    for address in (
        person_address("0001"),
        reverse("index-cases"),
        reverse("index-case", args=[only("HOUSEHOLD_MEMBER")]),
    ):
        response = client.get(address)
        assert response.status_code == 403
        assert "例示" not in text(response)


def test_a_clerk_proposes_and_only_an_approver_approves(logged_in: LogIn, index: None) -> None:
    clerk, case_id = logged_in(Role.INDEX_CLERK), only("HOUSEHOLD_MEMBER")
    decide, approve = (reverse(f"index-case-{act}", args=[case_id]) for act in ("decide", "approve"))
    assert "決めること" in text(clerk.post(decide, {"act": "LINK", "reason": ""}))
    done = text(clerk.post(decide, {"act": "LINK", "reason": "原本で確かめた"}, follow=True))
    assert "起案しました" in done
    assert clerk.post(approve, {"reason": "よい", "decision": "approve"}).status_code == 403
    approver = logged_in(Role.APPROVER)
    assert approver.post(decide, {"act": "NEW", "reason": "x"}).status_code == 403
    assert "決定しました" in text(approver.post(approve, {"reason": "確かめた", "decision": "approve"}, follow=True))
    late = text(approver.post(approve, {"reason": "もう一度", "decision": "approve"}, follow=True))
    assert "ほかの人が先に処理しました" in late


def test_nobody_takes_back_anothers_proposal(logged_in: LogIn, index: None) -> None:
    case_id = only("HOUSEHOLD_MEMBER")
    logged_in(Role.INDEX_CLERK).post(
        reverse("index-case-decide", args=[case_id]), {"act": "LINK", "reason": "原本で確かめた"}
    )
    other = Client()
    approver = logged_in(Role.APPROVER)
    address = reverse("index-case-take-back", args=[case_id])
    assert approver.post(address).status_code == 403
    assert other.post(address).status_code == 302


def test_two_people_with_numbers_cannot_be_merged_and_what_was_typed_stays(logged_in: LogIn, index: None) -> None:
    other = unified_numbers(REGISTER, ["0002"])["0002"]
    typed = {"other": other, "reason": "同じ人と聞いた", "propose": "1"}
    page = logged_in(Role.INDEX_CLERK).post(person_address("0001", "index-merge"), typed)
    assert page.status_code == 422
    assert "二人とも個人番号を持っています" in text(page)
    assert "同じ人と聞いた" in text(page)


def test_nothing_but_the_pages_holds_a_person(logged_in: LogIn, index: None, said: list[str]) -> None:
    clerk, approver = logged_in(Role.INDEX_CLERK), logged_in(Role.APPROVER)
    case_id, namesake = only("HOUSEHOLD_MEMBER"), only("CANDIDATES")
    walked = [
        clerk.get(reverse("index")),
        clerk.post(reverse("index-search"), {"birth_date": "1984-06-02", "name": "例示"}),
        clerk.get(person_address("0001")),
        clerk.get(reverse("index-cases") + "?kind=HOUSEHOLD_MEMBER&state=OPEN"),
        clerk.get(reverse("index-case", args=[case_id])),
        clerk.post(reverse("index-case-decide", args=[case_id]), {"act": "LINK", "reason": "例示太郎さんに聞いた"}),
        approver.post(reverse("index-case-approve", args=[case_id]), {"reason": "例示花子", "decision": "return"}),
        clerk.post(reverse("index-case-decide", args=[namesake]), {"act": "NEW", "reason": "見本二郎ではない"}),
        clerk.post(person_address("0003", "index-quarantine"), {"cause": "OTHER", "reason": "見本二郎の申し出"}),
        clerk.get(person_address("0003")),
    ]
    assert [one.status_code for one in walked] == [200, 302, 200, 200, 200, 302, 302, 302, 302, 200]
    places = [one.request["PATH_INFO"] + one.request.get("QUERY_STRING", "") for one in walked]
    places += [one.headers.get("Location", "") for one in walked]
    sessions = [str(dict(client.session.items())) for client in (clerk, approver)]
    evidence = [row["body"] for row in rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry")]
    kept = [str(row) for row in rows("SELECT * FROM work_work")]
    assert len(evidence) > len(walked) / 2
    for content in (*places, *sessions, *evidence, *kept):
        assert not [one for one in CANARIES if one in content], content
    assert not [one for one in CANARIES for line in said if one in line]
