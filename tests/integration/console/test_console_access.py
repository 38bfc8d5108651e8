"""Who may open which address of a console, and that no page of it shows a code or a number of a person."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from tasuki import runtime
from tasuki.accounts.permissions import GRANTS, Permission
from tasuki.accounts.types import OPERATOR_ROLES, Role
from tests.consoles import CODE, OWN, PERSON, fill_gateway, fill_network, number
from tests.integration.console.conftest import SYSTEM, Enter

pytestmark = pytest.mark.django_db
ARGUMENTS: dict[str, Any] = {"number": UUID(int=7), "institution": "0" * 16, "name": "none", "alarm_id": 7}
KINDS = ["gateway", "network"]


@pytest.fixture(params=KINDS)
def console(request: pytest.FixtureRequest) -> str:
    """Answer as either console."""
    request.getfixturevalue(request.param)
    return str(request.param)


def addresses(console: str) -> Iterator[tuple[URLPattern, str]]:
    urls = f"tasuki.config.urls.{console}_console"
    for entry in get_resolver(urls).url_patterns:
        assert isinstance(entry, URLPattern)
        arguments = {name: ARGUMENTS[name] for name in entry.pattern.converters}
        yield entry, reverse(str(entry.name), kwargs=arguments, urlconf=urls)


@pytest.mark.parametrize("of", KINDS)
def test_every_address_declares_one_permission_or_that_it_is_public(of: str) -> None:
    found = list(addresses(of))
    assert len(found) > 18
    for entry, _address in found:
        guarded = isinstance(getattr(entry.callback, "permission", None), Permission)
        assert guarded != getattr(entry.callback, "is_public", False), entry


@pytest.mark.parametrize("role", [*sorted(OPERATOR_ROLES), Role.SYSTEM_ADMINISTRATOR])
def test_a_page_opens_for_exactly_the_roles_that_carry_its_permission(console: str, enter: Enter, role: Role) -> None:
    client = enter(role)
    for entry, address in addresses(console):
        permission = getattr(entry.callback, "permission", None)
        if permission is None:
            continue
        answers = [client.get(address), client.post(address)]
        if permission in GRANTS[role]:
            assert not {403, 500} & {one.status_code for one in answers}, address
            assert not any(one.headers.get("Location", "").startswith(reverse("login")) for one in answers), address
        else:
            assert {one.status_code for one in answers} == {403}, address


def test_whoever_only_watches_can_send_only_what_is_about_themself_and_a_wish_to_verify(
    console: str, enter: Enter
) -> None:
    client = enter(Role.OPERATION_WATCHER)
    guarded = [(entry.name, address) for entry, address in addresses(console) if hasattr(entry.callback, "permission")]
    sent = [name for name, address in guarded if client.post(address).status_code not in {403, 405}]
    # All but the last are about nobody but themself.
    assert sent == ["password", "second-factor", "second-factor-enrol", "sessions-end", "evidence-verify"]


def test_who_is_not_logged_in_is_sent_to_the_log_in(console: str) -> None:
    for entry, address in addresses(console):
        if hasattr(entry.callback, "permission"):
            assert Client().get(address)["Location"].startswith(reverse("login")), address
            assert Client().get(address, headers={"HX-Request": "true"})["HX-Redirect"] == reverse("login")


def test_no_page_shows_a_code_or_a_number_of_a_person(console: str, enter: Enter) -> None:
    at = runtime.now()
    (fill_gateway if console == "gateway" else fill_network)(SYSTEM, at)
    client = enter(Role.OPERATOR)
    own = {"number": number(at, 0), "institution": OWN}
    shown = ""
    for entry, address in addresses(console):
        arguments = {name: own.get(name, ARGUMENTS[name]) for name in entry.pattern.converters}
        response = client.get(reverse(str(entry.name), kwargs=arguments) if arguments else address)
        shown += response.content.decode()
    assert number(at, 0) in shown
    assert CODE not in shown
    assert PERSON not in shown


def test_only_the_operators_of_a_demonstration_are_offered_at_a_console(console: str) -> None:
    page = Client().get(reverse("login")).content.decode()
    assert "運用 五郎" in page
    assert "架空 花子" not in page
    assert "住民の情報は出ません" in page
    for persona, status in (("persona-kenko", 404), ("persona-unyo", 302)):
        assert Client().post(reverse("persona"), {"persona": persona}).status_code == status


def test_a_town_offers_no_operator(settings: Any) -> None:
    settings.ROOT_URLCONF = "tasuki.config.urls.town"
    assert "運用 五郎" not in Client().get(reverse("login")).content.decode()
    assert Client().post(reverse("persona"), {"persona": "persona-unyo"}).status_code == 404


def test_a_refused_act_is_recorded(gateway: None, enter: Enter) -> None:
    assert enter(Role.OPERATION_WATCHER).post(reverse("maintenance-begin"), {"minutes": 5}).status_code == 403
    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(body, 'UTF8') FROM evidence_entry WHERE kind = 'permission_refused'")
        [(body,)] = cursor.fetchall()
    assert Permission.OPERATE_NODE.value in body
