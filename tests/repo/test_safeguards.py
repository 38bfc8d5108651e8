"""Every clause of the ward's report has its row, and what a row says proves it is there."""

import json

import pytest
from typer.testing import CliRunner

from tasuki.cli.main import app
from tasuki.safeguards.catalogue import clauses, count_by_standing, safeguards
from tasuki.safeguards.types import Safeguard, Standing
from tests.repo.source import missing_tests

#: How many numbered clauses each list of the report has, as counted in it.
NUMBERED = {
    "development-operation": 8,
    "development-system": 5,
    "ward-operation": 9,
    "ward-system": 5,
    "contractor-operation": 7,
    "contractor-system": 5,
    "special": 21,
}
DONE = list(safeguards().values())


def test_every_clause_of_the_report_has_its_row() -> None:
    found = {
        name: [one.number for one in clauses() if one.part.identifier == name and one.number.isdigit()]
        for name in NUMBERED
    }
    assert found == {name: [str(number) for number in range(1, last + 1)] for name, last in NUMBERED.items()}
    assert sum(NUMBERED.values()) == 60


def test_everything_that_is_done_answers_a_clause() -> None:
    assert {clause.safeguard.identifier for clause in clauses()} == set(safeguards())


@pytest.mark.parametrize("done", DONE, ids=lambda done: done.identifier)
def test_every_test_that_is_named_is_there(done: Safeguard) -> None:
    assert missing_tests(done.tests) == []
    assert len(set(done.tests)) == len(done.tests)


def test_a_test_that_is_not_there_is_noticed() -> None:
    names = ["tests/repo/test_safeguards.py::test_nothing", "tests/nowhere.py::test_a"]
    assert missing_tests(names) == names


@pytest.mark.parametrize("done", DONE, ids=lambda done: done.identifier)
def test_each_standing_says_what_it_must(done: Safeguard) -> None:
    """What is enforced is proven, what people do has a register, and only what is open says what is missing."""
    kept_by_people = done.standing in (Standing.REGISTER, Standing.ORGANISATIONAL)
    assert bool(done.tests) or done.standing not in (Standing.ENFORCED, Standing.REGISTER)
    assert done.register is not None or not kept_by_people
    assert (done.missing is not None) == (done.standing is Standing.OPEN)


def test_the_command_prints_every_clause_and_fails_while_one_is_open() -> None:
    done = CliRunner().invoke(app, ["safeguards", "--json"])
    printed = json.loads(done.stdout)
    assert [one["id"] for one in printed["clauses"]] == [one.identifier for one in clauses()]
    assert len(printed["clauses"]) >= 45
    assert printed["counts"] == {str(standing): count for standing, count in count_by_standing().items()}
    assert done.exit_code == (1 if printed["counts"]["open"] else 0)


def test_the_table_shows_every_clause() -> None:
    done = CliRunner().invoke(app, ["safeguards"], env={"COLUMNS": "200"})
    assert [one.identifier for one in clauses() if one.identifier not in done.stdout] == []
