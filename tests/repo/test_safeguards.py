"""Every clause of the ward's report has its row, and what a row says proves it is there."""

import json

import pytest
from typer.testing import CliRunner

from tasuki.cli.main import app
from tasuki.safeguards.catalogue import clauses, count_by_standing, guideline, safeguards
from tasuki.safeguards.types import How, Measure, Safeguard, Standing
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


#: The measures of the guideline by number, as recalled.
MEASURES = [
    "1-A", "1-B", "1-C", "2-A", "2-B", "2-C-a", "2-C-b", "2-C-c", "2-C-d", "2-C-e", "2-D-a", "2-D-b", "2-D-c", "2-E-a",
    "2-E-b", "2-E-c", "2-E-d", "2-F-a", "2-F-b", "2-F-c", "2-F-d", "2-G",
]  # fmt: skip


def test_every_measure_of_the_guideline_is_answered() -> None:
    assert [one.number for one in guideline().measures] == MEASURES


@pytest.mark.parametrize("one", guideline().measures, ids=lambda one: one.number)
def test_each_answer_to_the_guideline_has_what_it_claims(one: Measure) -> None:
    """What the software does is proven by tests that are there; what people do says where its evidence is."""
    assert all((one.group.ja, one.name.ja, one.name.en, one.does.ja, one.does.en))
    assert bool(one.tests) or one.how is How.ORGANISATIONAL
    assert (one.register is None) == (one.how is How.SOFTWARE)
    assert missing_tests(one.tests) == []
    if one.how is How.REGISTER:
        assert one.register is not None
        assert "システム内" in one.register.ja


def test_the_command_prints_the_guideline_and_fails_while_something_it_rests_on_is_open() -> None:
    done = CliRunner().invoke(app, ["safeguards", "--guideline", "--json"])
    printed = json.loads(done.stdout)
    assert [one["number"] for one in printed["measures"]] == MEASURES
    is_open = any("open" in one["safeguards"].values() for one in printed["measures"])
    assert done.exit_code == (1 if is_open else 0)
    table = CliRunner().invoke(app, ["safeguards", "--guideline"], env={"COLUMNS": "200"})
    assert [number for number in MEASURES if number not in table.stdout] == []
