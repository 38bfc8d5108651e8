"""Logging in and out, lock-out, the password, the language."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.operations import create_staff
from tasuki.accounts.types import Member, Role
from tasuki.evidence.types import EntryKind
from tasuki.nodes.types import Screens
from tasuki.shared.environments import Environment
from tests.integration.web.conftest import AT, PASSWORD, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
TYPED_BY_MISTAKE = "my-secret-typed-into-the-wrong-box"


@pytest.fixture
def hanako(db: None, settings: Any) -> Member:
    # What is tried here is the password: codes are asked for at this town's terminals.
    settings.NODE = settings.NODE.model_copy(update={"screens": Screens(second_factor_at_terminal=True)})
    # Good for a year from AT, and from today on as well: some tests travel there.
    return create_staff(
        username="hanako",
        display_name="架空 花子",
        department="健康づくり課",
        role=Role.HEALTH_CLERK,
        password=PASSWORD,
        by=SYSTEM,
        at=AT,
        valid_to=runtime.now().date() + timedelta(days=100),
    )


def recorded(kind: EntryKind) -> list[dict[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind.value])
        return [orjson.loads(bytes(body)) for (body,) in cursor.fetchall()]


def attempt(client: Client, username: str = "hanako", password: str = PASSWORD, **more: str) -> Any:
    return client.post(reverse("login"), {"username": username, "password": password} | more)


def test_the_right_password_opens_a_session_and_is_recorded(hanako: Member) -> None:
    client = Client()
    response = attempt(client)
    assert (response.status_code, response["Location"]) == (302, reverse("home"))
    assert client.get(reverse("home")).status_code == 200
    assert recorded(EntryKind.LOGIN_SUCCEEDED) == [{"how": "password", "staff": hanako.identifier}]


def test_which_of_the_two_was_wrong_is_never_said(hanako: Member) -> None:
    wrong_password = attempt(Client(), password="wrong").content.decode()
    wrong_id = attempt(Client(), username="nobody").content.decode()
    assert "IDまたはパスワードが違います" in wrong_password
    for page in (wrong_password, wrong_id):
        assert page.count("違います") == wrong_password.count("違います")
    assert recorded(EntryKind.LOGIN_FAILED) == [{"reason": "wrong", "staff": hanako.identifier}, {"reason": "wrong"}]


def test_after_the_log_in_one_is_where_one_wanted_to_be_but_never_elsewhere(hanako: Member) -> None:
    assert attempt(Client(), next=reverse("people"))["Location"] == reverse("people")
    for elsewhere in ("https://example.org/", "//example.org/", "javascript:alert(1)", "/\\example.org"):
        assert attempt(Client(), next=elsewhere)["Location"] == reverse("home")


def test_five_failures_lock_and_the_page_says_how_long(hanako: Member) -> None:
    client = Client()
    with time_machine.travel(AT, tick=False) as clock:
        for _ in range(4):
            assert attempt(client, password="wrong").status_code == 422
        assert attempt(client, password="wrong").status_code == 429
        clock.shift(timedelta(minutes=4))
        locked = attempt(client)
        assert locked.status_code == 429
        assert "あと11分" in locked.content.decode()
        assert locked["Retry-After"] == "660"
        clock.shift(timedelta(minutes=11, seconds=1))
        assert attempt(client).status_code == 302
    # The fifth failure is the one that locks.
    assert [entry["reason"] for entry in recorded(EntryKind.LOGIN_FAILED)] == ["wrong"] * 4 + ["locked"] * 2


def test_a_lock_looks_the_same_for_an_id_nobody_has(hanako: Member) -> None:
    client = Client()
    answers = [attempt(client, username="nobody").status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]


def test_nothing_typed_is_kept_anywhere(hanako: Member, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(6):
        attempt(Client(), username=TYPED_BY_MISTAKE, password=TYPED_BY_MISTAKE)
    assert TYPED_BY_MISTAKE not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT string_agg(a::text, '') FROM axes_accessattempt a),"
            " (SELECT string_agg(convert_from(body, 'UTF8'), '') FROM evidence_entry)"
        )
        attempts, evidence = cursor.fetchone()
    assert attempts
    assert TYPED_BY_MISTAKE not in attempts
    assert TYPED_BY_MISTAKE not in evidence


def test_a_persona_enters_with_one_click_in_a_demonstration(db: None) -> None:
    client = Client()
    assert "体験用の利用者" in client.get(reverse("login")).content.decode()
    assert client.post(reverse("persona"), {"persona": "persona-kenko"}).status_code == 302
    assert client.get(reverse("people")).status_code == 200
    assert [entry["how"] for entry in recorded(EntryKind.LOGIN_SUCCEEDED)] == ["persona"]


def test_outside_a_demonstration_there_are_no_personas(db: None, settings: Any) -> None:
    settings.NODE = settings.NODE.model_copy(update={"environment": Environment.REAL})
    client = Client()
    page = client.get(reverse("login")).content.decode()
    assert "体験用" not in page
    assert "persona" not in page
    assert client.post(reverse("persona"), {"persona": "persona-kenko"}).status_code == 404
    assert client.get(reverse("home")).status_code == 302


def test_a_persona_cannot_be_entered_by_typing(db: None) -> None:
    Client().post(reverse("persona"), {"persona": "persona-kenko"})
    assert attempt(Client(), username="persona-kenko", password="").status_code == 422
    assert attempt(Client(), username="persona-kenko", password="!").status_code == 422


def test_logging_out_ends_the_session(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("home")).status_code == 302


def test_the_password_is_changed_and_other_sessions_end(hanako: Member) -> None:
    here, elsewhere = Client(), Client()
    attempt(here)
    attempt(elsewhere)
    new = "another long enough sentence"
    response = here.post(reverse("password"), {"current": PASSWORD, "new": new, "again": new})
    assert response.status_code == 302
    assert here.get(reverse("home")).status_code == 200
    assert elsewhere.get(reverse("home")).status_code == 302
    assert attempt(Client(), password=new).status_code == 302


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"current": "wrong"}, "現在のパスワードが違います"),
        ({"again": "something else entirely"}, "新しいパスワードと一致しません"),
        ({"new": "short", "again": "short"}, "短すぎます"),
        ({"new": "password1234", "again": "password1234"}, "一般的"),
    ],
)
def test_a_password_that_cannot_be_taken_is_explained_beside_its_field(
    hanako: Member, typed: dict[str, str], message: str
) -> None:
    client = Client()
    attempt(client)
    good = {"current": PASSWORD, "new": "another long enough sentence", "again": "another long enough sentence"}
    response = client.post(reverse("password"), good | typed)
    assert response.status_code == 422
    assert message in response.content.decode()


def test_the_language_is_switched_and_remembered(db: None) -> None:
    client = Client()
    page = client.get(reverse("login"), headers={"Accept-Language": "en"})
    assert page["Content-Language"] == "ja"
    assert '<html lang="ja">' in page.content.decode()
    response = client.post(reverse("language"), {"language": "en", "next": reverse("login")})
    assert response["Location"] == reverse("login")
    assert '<html lang="en">' in client.get(reverse("login")).content.decode()


def test_the_language_switch_leads_nowhere_else(db: None) -> None:
    response = Client().post(reverse("language"), {"language": "xx", "next": "https://example.org/"})
    assert response["Location"] == reverse("home")
    assert not response.cookies
