"""Attacks on the screens of a town, tried and refused (docs/security/attacks.md)."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.models import Application, Staff
from tasuki.accounts.permissions import GRANTS, Permission
from tasuki.accounts.types import Role
from tasuki.screening import queries as screening
from tasuki.web.sealed import seal_person
from tests.integration.web.conftest import AYANO
from tests.integration.web.test_access import ARGUMENTS, every_address

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]


def addresses_that(permission: Permission | None = None, **arguments: Any) -> Iterator[tuple[str, str, Permission]]:
    """Give name, address and permission of each page for staff; those named by `arguments` only, where any are."""
    for entry in every_address():
        carried = getattr(entry.callback, "permission", None)
        wanted = set(arguments) <= set(entry.pattern.converters) and permission in (None, carried)
        if carried is not None and entry.name and wanted:
            values = {name: (ARGUMENTS | arguments)[name] for name in entry.pattern.converters}
            yield entry.name, reverse(entry.name, kwargs=values), carried


def role_with(permission: Permission) -> Role:
    return next(role for role in Role if permission in GRANTS[role])


def test_no_page_takes_a_form_that_another_site_sends(logged_in: LogIn) -> None:
    """Whoever may open a page is who an attacker would have send the form."""
    by_role: dict[Role, list[tuple[str, str]]] = {}
    for name, address, permission in addresses_that():
        by_role.setdefault(role_with(permission), []).append((name, address))
    taken = []
    for role, pages in by_role.items():
        client = logged_in(role)
        client.handler.enforce_csrf_checks = True
        for name, address in pages:
            answer = client.post(address, {"reason": "x"}, headers={"Origin": "https://evil.example"})
            if answer.status_code != 403 or "もう一度" not in answer.content.decode():
                taken.append((name, answer.status_code))
    assert taken == []


@pytest.mark.usefixtures("residents")
def test_the_address_of_a_person_can_be_neither_guessed_nor_altered(logged_in: LogIn) -> None:
    good = seal_person(AYANO.system_person_number)
    turned = good[:-2] + ("A" if good[-2] != "A" else "B") + good[-1]
    guesses = (AYANO.system_person_number, turned, good[:-1], good + "A", quote("' OR 1=1--"))
    assert screening.person(AYANO.system_person_number) is not None
    opened, client_of = [], cache(logged_in)
    for guess in guesses:
        for name, address, permission in addresses_that(token=guess):
            if client_of(role_with(permission)).get(address).status_code not in (404, 405):
                opened.append((name, guess))
    assert opened == []
    assert client_of(Role.HEALTH_CLERK).get(reverse("person", args=[good])).status_code == 200


def test_nobody_gives_themselves_more_by_fields_a_form_does_not_have(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    own = Staff.objects.get(username="staff-health_clerk")
    before = {name: getattr(own, name) for name in ("role", "is_active", "valid_to", "username")}
    more = {
        "role": "SYSTEM_ADMINISTRATOR", "is_active": "1", "is_superuser": "1", "valid_to": "2099-01-01",
        "decision": "APPROVED", "decided_by": str(own.member.as_actor()), "staff": own.pk, "username": "root",
    }  # fmt: skip
    for name, address, permission in addresses_that():
        if permission in GRANTS[Role.HEALTH_CLERK] and name not in ("logout", "sessions-end"):
            client.post(address, more)
    own.refresh_from_db()
    assert {name: getattr(own, name) for name in before} == before
    assert not Application.objects.exclude(decision=None).exists()


def test_an_application_for_more_than_one_has_is_decided_by_somebody_else(logged_in: LogIn) -> None:
    """A role is raised by two people or not at all: neither the form nor the database takes less."""
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    own = Staff.objects.get(username="staff-system_administrator")
    asked = {
        "kind": "CHANGE", "username": own.username, "employee_number": "E1", "display_name": "架空 花子",
        "department": "情報システム課", "role": "APPROVER", "valid_from": "2026-11-24", "valid_to": "2027-03-31",
        "reason": "兼務",
    }  # fmt: skip
    administrator.post(reverse("account-apply"), asked)
    assert Application.objects.filter(decision=None).count() == 1
    for waiting in Application.objects.filter(decision=None):
        administrator.post(reverse("account-decide", args=[waiting.application]), {"act": "approve"})
    own.refresh_from_db()
    assert own.role == Role.SYSTEM_ADMINISTRATOR


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[::1].evil", ""])
def test_another_host_is_not_answered(host: str) -> None:
    assert Client().get(reverse("login"), headers={"Host": host}).status_code == 400


def test_no_header_makes_a_link_to_another_host(logged_in: LogIn) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Original-URL": "/accounts/", "X-Rewrite-URL": "/accounts/"}
    answer = Client().get(reverse("people"), headers=forged)
    assert (answer.status_code, answer["Location"].startswith("/login/")) == (302, True)
    page = logged_in(Role.CONTRACTOR).get(reverse("home"), headers=forged)
    assert (page.status_code, b"evil.example" in page.content) == (200, False)


@pytest.mark.parametrize("place", ["//evil.example/", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_the_log_in_leads_back_to_this_town_only(place: str) -> None:
    page = Client().get(reverse("login"), {"next": place}).content.decode()
    form = {"persona": "persona-kenko", "next": place}
    answer = Client().post(reverse("persona"), form)
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert f'href="{place}"' not in page


def test_no_method_but_those_of_a_page_is_answered(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    answered = []
    for name, address, permission in addresses_that():
        if permission in GRANTS[Role.HEALTH_CLERK]:
            answered += [
                (name, method)
                for method in ("TRACE", "DELETE")
                if client.generic(method, address).status_code not in (403, 404, 405)
            ]
    assert answered == []


@pytest.mark.parametrize(
    "path", ["../settings.py", "..%2f..%2fconfig%2fsettings%2fbase.py", "%2e%2e/%2e%2e/etc/passwd", "....//etc/passwd"]
)
def test_no_static_address_leads_out_of_its_folder(path: str) -> None:
    assert Client().get(f"/static/{path}").status_code in (400, 404)


LONG = "あ" * 200_000


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("people", {"name": LONG, "kana_name": LONG, "address": LONG, "words": LONG}),
        ("account-apply", {"username": LONG, "reason": LONG, "display_name": LONG}),
        ("people", {f"field{number}": "x" for number in range(5_000)}),
    ],
)
def test_what_is_far_too_long_is_answered_in_words(logged_in: LogIn, name: str, fields: dict[str, str]) -> None:
    answer = logged_in(Role.HEALTH_CLERK).post(reverse(name), fields)
    assert answer.status_code in (400, 413, 422), answer.status_code


def test_a_log_in_of_far_too_long_words_is_refused() -> None:
    answer = Client().post(reverse("login"), {"username": LONG, "password": LONG})
    assert answer.status_code == 422


def test_a_session_that_nobody_gave_opens_nothing() -> None:
    client = Client()
    client.cookies["sessionid"] = "A" * 8_000
    assert client.get(reverse("people")).status_code == 302
