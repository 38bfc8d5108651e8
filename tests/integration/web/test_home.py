"""My work today: what waits, by what a role may do, each count opening its list."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role, roles_at
from tasuki.nodes.types import NodeKind
from tasuki.web.presenters.home import Section
from tests.integration.followup.test_cases import NEEDS, store
from tests.integration.screening.town import NUMBER, register, resident

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]


def sections(client: Client) -> dict[str, Section]:
    found: list[Section] = client.get(reverse("home")).context["sections"]
    return {one.key: one for one in found}


def test_every_count_opens_a_page_that_the_role_may_see(logged_in: LogIn) -> None:
    register(resident())
    store(NUMBER, items=NEEDS)
    for role in sorted(roles_at(NodeKind.TOWN)):
        client = logged_in(role)
        for section in sections(client).values():
            for tile in section.tiles:
                if tile.address:
                    assert client.get(tile.address).status_code == 200, (role, tile.label)


def test_whoever_waits_too_long_for_an_answer_is_counted(logged_in: LogIn) -> None:
    register(resident())
    client = logged_in(Role.CENTRE_CLERK)
    assert [tile.number for tile in sections(client)["followup"].tiles] == [0, 0, 0]
    store(NUMBER, items=NEEDS)
    overdue, *_ = sections(client)["followup"].tiles
    assert overdue.number == 1
    assert NUMBER not in client.get(reverse("home")).content.decode()
    listed = client.get(overdue.address)
    assert "襷崎　達也" in listed.content.decode()


def test_roles_that_keep_the_system_have_no_counts_of_people(logged_in: LogIn) -> None:
    assert sections(logged_in(Role.CONTRACTOR)) == {}
    # Alerts are about staff; checks, findings and incidents are counted as such.
    assert set(sections(logged_in(Role.AUDITOR))) == {"accesses", "audits"}
    # How far behind the gateway is counts changes, not people.
    assert set(sections(logged_in(Role.SYSTEM_ADMINISTRATOR))) == {"link", "accounts"}
