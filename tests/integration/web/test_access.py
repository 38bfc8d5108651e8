"""Who may open which address, and what is recorded when somebody may not."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tasuki.accounts.permissions import GRANTS, Permission
from tasuki.accounts.rules import area_roles
from tasuki.accounts.types import OPERATOR_ROLES, Role, roles_at
from tasuki.evidence.types import EntryKind
from tasuki.nodes.types import NodeKind
from tasuki.persons.types.clients import Scope
from tasuki.shared.environments import Environment

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
#: Arguments of addresses that have some; nobody has these, so a member who may open the page is told 404.
NOBODYS = UUID(int=7)
ARGUMENTS: dict[str, Any] = {
    "key": "none",
    "plan": 7,
    "rehearsal": 7,
    "place": 1,
    "list_id": NOBODYS,
    "alert_id": NOBODYS,
    "token": "none",
    "result_id": NOBODYS,
    "file_id": NOBODYS,
    "attachment_id": NOBODYS,
    "number": NOBODYS,
    "correction": NOBODYS,
    "batch_id": NOBODYS,
    "stage": "1",
    "facility_number": "1319999999",
    "fiscal_year": 2026,
    "programme": "51",
    "exclusion_id": 7,
    "kind": "COUPON",
    "language": "ja",
    "snapshot_id": NOBODYS,
    "column": "EXAMINED",
    "form": "pdf",
    "work_id": NOBODYS,
    "certificate_id": NOBODYS,
    "load_id": NOBODYS,
    "output_id": NOBODYS,
    "act_id": NOBODYS,
    "run_id": NOBODYS,
    "target_id": 7,
    "refusal_id": 7,
    "line": 7,
    "sender_id": NOBODYS,
    "mapping_id": NOBODYS,
    "draft_id": NOBODYS,
    "quarantine_id": NOBODYS,
    "case_id": NOBODYS,
    "inspection_id": NOBODYS,
    "export_id": NOBODYS,
    "finding_id": NOBODYS,
    "incident_id": NOBODYS,
    "erasure_id": NOBODYS,
    "sheet_id": NOBODYS,
    "rule": "none",
    "system": "none",
    "client_id": "none-1",
    "reconciliation_id": NOBODYS,
    "application_id": NOBODYS,
    "staff_id": 0,
    "handler_id": NOBODYS,
    "passage_id": NOBODYS,
    "emergency_id": NOBODYS,
    "district_id": NOBODYS,
}


def patterns(of: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for entry in of:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns)
        else:
            yield entry


def every_address() -> list[URLPattern]:
    return list(patterns(get_resolver("tasuki.config.urls.town").url_patterns))


def guarded() -> list[tuple[str, str, Permission]]:
    """Return each guarded address with the method it answers."""
    found = []
    for entry in every_address():
        permission = getattr(entry.callback, "permission", None)
        if permission is not None and entry.name is not None:
            arguments = {name: ARGUMENTS[name] for name in sorted(entry.pattern.converters)}
            found.append(
                (entry.name, reverse(entry.name, kwargs=arguments, urlconf="tasuki.config.urls.town"), permission)
            )
    return found


def refusals() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT convert_from(body, 'UTF8') FROM evidence_entry WHERE kind = %s ORDER BY entry_id",
            [EntryKind.PERMISSION_REFUSED.value],
        )
        return [body for (body,) in cursor.fetchall()]


@pytest.mark.parametrize("entry", every_address(), ids=lambda entry: str(entry.pattern))
def test_every_address_declares_one_permission_or_scope_or_that_it_is_public(entry: URLPattern) -> None:
    is_for_staff = isinstance(getattr(entry.callback, "permission", None), Permission)
    is_for_systems = isinstance(getattr(entry.callback, "scope", None), Scope)
    is_public = getattr(entry.callback, "is_public", False)
    assert [is_for_staff, is_for_systems, is_public].count(True) == 1


#: What is sent to these is dangerous, or cannot be undone: the password is asked for again. Written out by hand.
ASKS_AGAIN = {
    "contractor-work-review",
    "account-decide", "account-end", "account-reset", "account-factor", "account-sessions", "accounts-confirm",
    "import-take-back", "held-decide", "record-correction-decide", "index-merge", "index-split", "index-undo",
    "index-quarantine-end", "index-case-approve", "custody-deletion", "custody-unmask", "index-client-renew",
    "index-client-scopes", "index-client-stop", "evidence-export", "pack-ask", "check-sign",
    "erasure-decide", "cutover-word", "cutover-close", "emergency-decide", "district-add", "district-change",
    "district-end", "access-rule", "account-number",
}  # fmt: skip


#: These are about residents of every area at once: for nobody whose work is limited to one. Written out by hand.
WHOLE_TOWN = {"inquiry-files", "inquiry-file", "inquiry-file-ask", "inquiry-file-results", "movers-daily"}


def test_pages_about_the_whole_town_are_exactly_these() -> None:
    handling = {entry.name for entry in every_address() if getattr(entry.callback, "handles_whole_town", False)}
    assert handling == WHOLE_TOWN


def test_dangerous_acts_and_no_others_ask_for_the_password_again() -> None:
    asking = {entry.name for entry in every_address() if getattr(entry.callback, "asks_again", False)}
    assert asking == ASKS_AGAIN


@pytest.mark.parametrize("role", sorted(roles_at(NodeKind.TOWN)))
def test_a_page_opens_for_exactly_the_roles_that_carry_its_permission(logged_in: LogIn, role: Role) -> None:
    client, wrong, refused = logged_in(role), [], []
    for name, address, permission in guarded():
        response = client.get(address)
        if permission in GRANTS[role] and name in WHOLE_TOWN and role in area_roles():
            expected = {403}
            refused.append(permission.value)
            assert "担当区域の外です" in response.content.decode()
        elif permission in GRANTS[role]:
            # Whoever gave their second factor already is sent on from where it is asked for.
            expected = {302} if name.startswith("second-factor") else {200, 404, 405}
        else:
            expected = {403}
            refused.append(permission.value)
            assert "権限がありません" in response.content.decode()
        if response.status_code not in expected:
            wrong.append((name, response.status_code))
    assert wrong == []
    assert [orjson.loads(body)["permission"] for body in refusals()] == refused


@pytest.mark.parametrize("role", sorted(OPERATOR_ROLES))
def test_nothing_of_a_town_opens_for_an_operator_of_another_node(logged_in: LogIn, role: Role) -> None:
    client = logged_in(role)
    opened = [name for name, address, _permission in guarded() if client.get(address).status_code != 403]
    assert opened == ["password", "second-factor", "second-factor-enrol", "sessions", "sessions-end"]


def test_who_is_not_logged_in_is_sent_to_the_log_in() -> None:
    nobody = Client()
    for name, address, _permission in guarded():
        response = nobody.get(address)
        assert response.status_code == 302, name
        assert response["Location"].startswith(reverse("login")), name


def test_a_part_of_a_page_sends_the_whole_page_to_the_log_in() -> None:
    response = Client().get(reverse("people"), headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, reverse("login"))


def test_the_gallery_exists_only_in_a_demonstration(logged_in: LogIn, settings: Any) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert client.get(reverse("components")).status_code == 200
    settings.NODE = settings.NODE.model_copy(update={"environment": Environment.REAL})
    assert client.get(reverse("components")).status_code == 404


def test_a_member_is_offered_only_the_places_they_may_open(logged_in: LogIn) -> None:
    contractor = logged_in(Role.CONTRACTOR).get(reverse("home")).content.decode()
    assert reverse("people") not in contractor
    assert reverse("evidence") not in contractor
    assert reverse("people") in logged_in(Role.HEALTH_CLERK).get(reverse("home")).content.decode()
