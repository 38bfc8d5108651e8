"""The commands of the index as a service do what they say, end with a status that means something, and keep secrets."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tasuki.cli import service
from tasuki.jobs.clients import GivenSecret
from tasuki.persons import queries
from tasuki.persons.queries.clients import api_client
from tasuki.persons.queries.statements import business_systems
from tasuki.runtime import now
from tests.integration.api.client import ask_token, assertion
from tests.integration.api.test_people import the_three
from tests.integration.persons.index import NUMBERS

pytestmark = pytest.mark.django_db(databases=["default", "index"])


@pytest.fixture(autouse=True)
def is_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a town's node already; becoming one is for a process that begins."""
    monkeypatch.setattr(service, "become", lambda _node: None)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(service.app, [*map(str, arguments), "--node", "town-test"])


def test_a_system_is_admitted_given_access_and_stopped() -> None:
    assert run("admit-system", "Care", "--name", "介護", "--name-en", "Care").exit_code == 2
    assert run("api-client", "give", "--system", "care").exit_code == 2
    assert run("admit-system", "care", "--name", "介護", "--name-en", "Care").exit_code == 0
    assert business_systems()["care"].name == "介護"
    assert run("api-client", "give", "--system", "care", "--scope", "index:all:do").exit_code == 2
    assert run("api-client", "give", "--system", "residents").exit_code == 2
    given = json.loads(run("api-client", "give", "--system", "care", "--json").stdout)
    listed = run("api-client", "list", "--json").stdout
    assert list(json.loads(listed)) == [given["client_id"]]
    assert given["client_secret"] not in listed
    renewed = json.loads(run("api-client", "renew", given["client_id"], "--overlap-days", 0, "--json").stdout)
    client = as_client(renewed)
    assert ask_token(assertion(client, now())).status_code == 200
    assert ask_token(assertion(as_client(given), now())).status_code == 401
    assert run("api-client", "stop", given["client_id"]).exit_code == 0
    stopped = api_client(given["client_id"])
    assert stopped is not None
    assert stopped.disabled_at is not None
    assert run("api-client", "resume", "nobody-1").exit_code == 2


def as_client(given: dict[str, str]) -> GivenSecret:
    return GivenSecret(given["client_id"], given["client_secret"])


def test_people_and_numbers_come_in_from_files(tmp_path: Path) -> None:
    the_three()
    run("admit-system", "care", "--name", "介護", "--name-en", "Care")
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("統合宛名番号,業務システム,宛名番号\n90000,介護,7\nx,介護,8\n", "utf-8")
    done = run("migrate-numbers", numbers, "--json")
    assert done.exit_code == 1
    assert "3: 統合宛名番号が15桁までの数字ではありません。" in done.stderr
    assert queries.unified_numbers("care", ["7"]) == {"7": "000000000090000"}
    people, results = tmp_path / "people.csv", tmp_path / "results.csv"
    line = f"1,例示　太郎,,1984-06-02,1,架空区模擬町1-1,{NUMBERS[0]}"
    people.write_text(f"宛名番号,氏名,カナ氏名,生年月日,性別,住所,個人番号\n{line}\n", "utf-8")
    done = run("register-people", people, "--system", "care", "--results", results, "--json")
    assert (done.exit_code, json.loads(done.stdout)["linked"]) == (0, 1)
    assert "登録済みの人と一致" in results.read_text("utf-8-sig")
    assert NUMBERS[0] not in results.read_text("utf-8-sig") + done.output
    assert run("register-people", people, "--system", "tax").exit_code == 2
    people.write_text("氏名\nあ\n", "utf-8")
    assert run("register-people", people, "--system", "care").exit_code == 2
