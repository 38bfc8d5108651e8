"""`tasuki inspect-links` and `tasuki impact`, as they work once they are a town."""

from datetime import date
from typing import cast

import pytest
from typer.testing import CliRunner

from tasuki.cli.main import app
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.linkage.types import SYSTEM as SCREENING
from tasuki.persons.queries import unified_numbers
from tests.fakes.gateway import FakeGateway
from tests.integration.persons.index import HANAKO, the_usual_three
from tests.integration.persons.test_inspection import link
from tests.integration.web.conftest import AYANO

pytestmark = pytest.mark.django_db(databases=["default", "index"])


@pytest.fixture(autouse=True)
def this_town(monkeypatch: pytest.MonkeyPatch, gateway: FakeGateway) -> None:
    """This process is the town already; its gateway is the fake one."""
    monkeypatch.setattr("tasuki.cli.inspecting.become", lambda _node: None)
    monkeypatch.setattr("tasuki.cli.inspecting_work.gateway_link", lambda: cast(GatewayLink, gateway))


def run(*arguments: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments, "--node", "town-a"], input=typed)
    return done.exit_code, done.output


def test_an_inspection_ends_with_status_1_while_something_waits() -> None:
    the_usual_three()
    assert run("inspect-links")[0] == 0

    link("K1", "0001", HANAKO)
    status, said = run("inspect-links", "--json")

    assert (status, '"FAMILY_NUMBER": 1' in said, "例示" in said) == (1, True, False)


@pytest.mark.usefixtures("residents")
def test_an_impact_reads_the_person_from_standard_input(gateway: FakeGateway) -> None:
    person = unified_numbers(SCREENING, [AYANO.system_person_number])[AYANO.system_person_number]
    since = ("impact", "--since", date(2026, 4, 1).isoformat())

    status, said = run(*since, "--json", typed=f"{person}\n")
    assert (status, '"provided": 0' in said, AYANO.name in said) == (0, True, False)

    assert run(*since, typed="999999999999999\n")[0] == 1
    gateway.is_away = True
    assert run(*since, typed=f"{person}\n")[0] == 3
