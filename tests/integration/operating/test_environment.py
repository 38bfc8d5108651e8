"""A dummy environment takes in nobody who may be real; what it is stands in the database and never changes."""

from datetime import date
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from typer.testing import CliRunner

from tasuki.cli.main import app
from tasuki.linkage.operations import identity
from tasuki.linkage.register import LoadedRegister, UnreadableRegister, import_register
from tasuki.nodes.sql import rows, run
from tasuki.operating.errors import WrongEnvironmentError
from tasuki.operating.queries import check_environment
from tasuki.persons.types import RegistrationFault
from tasuki.persons.types.items import BasicItems, NonRegisteredCause, Registration
from tasuki.screening.objecting import no_objections
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import FileToImport, import_at_once
from tasuki.screening.types import Batch, FacilityRow, UnreadableFile
from tasuki.shared.environments import Environment
from tests.integration.linkage.test_register import CIPHER, FIRST, line, written
from tests.integration.screening import files
from tests.integration.screening.town import AT, BY, register, resident

pytestmark = pytest.mark.django_db(databases=["default", "index"])
#: Well-formed, and not dealt to fictitious people.
OTHER_NUMBER = "123456789018"


def refusals() -> list[str]:
    found = rows(
        "SELECT convert_from(body, 'UTF8')::json->>'what' AS what FROM evidence_entry WHERE kind = %s",
        ["wrong_environment_refused"],
    )
    return [row["what"] for row in found]


def loaded(folder: Path, *lines: str) -> LoadedRegister | UnreadableRegister:
    file = written(folder, *lines)
    done = import_register(file=file, file_name=file.name, system="health", cipher=CIPHER, by=BY, at=AT)
    assert isinstance(done, LoadedRegister | UnreadableRegister)
    return done


@pytest.mark.parametrize(
    ("individual", "name", "is_taken"),
    [
        (FIRST, "例示　花子", True),
        (FIRST, "山田　花子", True),
        ("", "例示　花子", True),
        ("", "山田　花子", False),
        (OTHER_NUMBER, "例示　花子", False),
        (OTHER_NUMBER, "山田　花子", False),
    ],
)
def test_a_dummy_environment_takes_in_only_who_is_recognisably_fictitious(
    individual: str, name: str, is_taken: bool, tmp_path: Path
) -> None:
    done = loaded(tmp_path, line("0001", ""), line("0002", individual, 氏名=name))
    counted = rows("SELECT count(*) AS n FROM screening_resident")[0]["n"]
    if is_taken:
        assert isinstance(done, LoadedRegister)
        assert (counted, refusals()) == (2, [])
    else:
        assert isinstance(done, UnreadableRegister)
        (problem,) = done.problems
        assert (problem.line, problem.rule, problem.value) == (3, "real_data_in_dummy", "")
        assert (counted, refusals()) == (0, ["register"])


def test_registrations_of_business_systems_are_held_against_the_environment() -> None:
    def said(number: str, name: str) -> Registration:
        return Registration(number, BasicItems(name, "テスト　ハナコ", "1980-01-01", "1", "架空区1-1"))

    people = [said("1", "山田　花子"), said("2", "例示　花子")]
    report = identity.register(system="health", people=people, cipher=CIPHER, by=BY, at=AT)
    assert [(one.line, one.fault, one.field) for one in report.problems] == [
        (1, RegistrationFault.OTHER_ENVIRONMENT, "name")
    ]
    assert (report.numbered, refusals()) == (1, ["registration"])
    _number, by_hand = identity.register_non_registered(
        items=said("", "山田　花子").items, individual_number=None, cause=NonRegisteredCause.OTHER_DUTY, cipher=CIPHER,
        by=BY, at=AT,
    )  # fmt: skip
    assert (len(by_hand.problems), refusals()) == (1, ["registration", "registration"])


@pytest.mark.parametrize(
    ("rows_of_file", "is_taken"),
    [
        ([files.line()], True),
        # An institution that may exist: the whole file stays out, the sound row with it.
        ([files.line(), files.line(連番="2", 実施機関番号="1310110030")], False),
        # No institution; the row agrees with a resident, who is fictitious here.
        ([files.line(実施機関番号="")], True),
        # No institution, and a number of nobody, but the name of a resident: for a clerk to look at.
        ([files.line(実施機関番号="", 宛名番号="0009999999")], True),
        # No institution and nobody of ours: not recognisable.
        ([files.line(実施機関番号="", 宛名番号="0009999999", カナ氏名="ヤマダ　イチロウ")], False),
    ],
)
@pytest.mark.parametrize("way", ["previewed", "at once"])
def test_results_are_held_against_the_environment(
    rows_of_file: list[str], is_taken: bool, way: str, tmp_path: Path
) -> None:
    register(resident())
    register_facilities(rows=[FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))], by=BY, at=AT)
    file = files.written(tmp_path, *rows_of_file)
    wanted = FileToImport(file, file.name, files.LUNG)
    outcome = (
        files.preview(file)
        if way == "previewed"
        else import_at_once(file=wanted, by=BY, at=AT, objecting=no_objections)
    )
    kept = sum(
        rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]  # noqa: S608 — names of ours
        for table in ("screening_import_row", "screening_import_problem_row", "screening_result")
    )
    if is_taken:
        assert isinstance(outcome, Batch)
        assert (kept > 0, refusals()) == (True, [])
    else:
        assert isinstance(outcome, UnreadableFile)
        assert [one.rule for one in outcome.problems] == ["real_data_in_dummy"]
        assert (kept, refusals()) == (0, ["results"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE operating_environment SET environment = 'real'",
        "DELETE FROM operating_environment",
        "INSERT INTO operating_environment VALUES (false, 'real', now())",
    ],
)
def test_the_mark_never_changes(statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        run(statement, [])
    check_environment(Environment.DUMMY)


def test_a_file_that_says_otherwise_than_its_database_is_refused() -> None:
    with pytest.raises(WrongEnvironmentError, match="file says real, its database was made as dummy"):
        check_environment(Environment.REAL)


def test_masking_is_refused_rather_than_offered() -> None:
    refused = CliRunner().invoke(app, ["mask"])
    assert refused.exit_code == 2
    assert "tasuki demo" in refused.output
