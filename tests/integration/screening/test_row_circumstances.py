"""Imported rows are held against the programmes' rules and the people's other screenings, as entered ones are."""

from datetime import date
from pathlib import Path

import pytest

from tasuki.eligibility.objecting import Objections
from tasuki.eligibility.queries import objections_to
from tasuki.layouts.types import Programme
from tasuki.screening import import_queries, queries
from tasuki.screening.declarations import declared
from tasuki.screening.import_types import RowState
from tasuki.screening.operations.fhir_imports import preview_documents
from tasuki.screening.operations.import_files import Arrival
from tasuki.screening.operations.import_rows import accept_rows, mend_row
from tasuki.screening.operations.imports import FileToImport, commit_import, preview_import
from tasuki.screening.operations.results import record_result
from tasuki.screening.operations.workplace import declare_workplace_screening
from tasuki.screening.types import Batch, Objection, Origin, Recorded
from tests.integration.screening.files import LUNG, line, written
from tests.integration.screening.town import AT, BY, NUMBER, lung, register, resident
from tests.unit.layouts.fhir_documents import TOWN, bundle
from tests.unit.layouts.layout_records import record_of

pytestmark = pytest.mark.django_db

ON = AT.date()
DETAILED = {"検診区分": "精密", "精検要否": "", "胸部X線判定": "", "実施機関番号": ""}
#: Rules this is about; those of form, register and institution have tests of their own.
ABOUT = {
    "outside_age_rule", "outside_sex_rule", "interval_broken", "detailed_before_primary", "detailed_not_needed",
    "detailed_without_primary", "duplicate_in_year", "duplicate_on_day",
}  # fmt: skip


@pytest.fixture(autouse=True)
def people() -> None:
    """Register a man of 55, and one of 30."""
    register(resident(), resident("0001000020", birth_date=date(1995, 6, 14)))


def previewed(folder: Path, *lines: str) -> Batch:
    file = written(folder, *lines)
    batch = preview_import(file=FileToImport(file, file.name, LUNG), by=BY, at=AT, objecting=Objections(ON))
    assert isinstance(batch, Batch)
    return batch


def found(batch: Batch) -> dict[int, set[str]]:
    _, rows = import_queries.problem_rows(batch.batch_id)
    said = {row.line: {problem.rule for problem in row.problems} & ABOUT for row in rows}
    return {number: rules for number, rules in said.items() if rules}


def stored() -> None:
    record = lung(facility_number=None)
    outcome = record_result(person=NUMBER, record=record, fee_class="", by=BY, at=AT)
    assert isinstance(outcome, Recorded)


def test_a_person_too_young_is_named(tmp_path: Path) -> None:
    young = {"宛名番号": "0001000020", "生年月日": "1995/06/14", "実施機関番号": ""}
    assert found(previewed(tmp_path, line(実施機関番号=""), line(**young))) == {3: {"outside_age_rule"}}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_detailed_examination_finds_its_primary_anywhere_in_the_file(tmp_path: Path, order: tuple[int, int]) -> None:
    needed = line(実施機関番号="", 精検要否="要", 胸部X線判定="E")
    detailed = line(**DETAILED, 受診日="2025/08/24", 精検結果="異常なし")
    batch = previewed(tmp_path, *[(needed, detailed)[place] for place in order])
    assert (batch.good_rows, batch.bad_rows) == (2, 0)
    assert found(batch) == {}


def test_a_detailed_examination_is_held_against_its_primary(tmp_path: Path) -> None:
    detailed = line(**DETAILED, 受診日="2025/07/01", 精検結果="異常なし")
    assert found(previewed(tmp_path, detailed)) == {2: {"detailed_without_primary"}}
    stored()
    assert found(previewed(tmp_path, detailed)) == {2: {"detailed_before_primary", "detailed_not_needed"}}


def test_a_warning_is_accepted_by_name_and_kept_with_the_record(tmp_path: Path) -> None:
    young = {"宛名番号": "0001000020", "生年月日": "1995/06/14", "実施機関番号": ""}
    batch = previewed(tmp_path, line(**young))
    refused = commit_import(batch_id=batch.batch_id, by=BY, at=AT, objecting=Objections(ON))
    assert isinstance(refused, Batch)
    assert refused.stored_rows == 0
    assert accept_rows(batch_id=batch.batch_id, rule="outside_age_rule", lines=None, by=BY, at=AT) == 1
    done = commit_import(batch_id=batch.batch_id, by=BY, at=AT, objecting=Objections(ON))
    assert isinstance(done, Batch)
    assert done.stored_rows == 1
    (result,) = queries.results_of("0001000020")
    assert [warning.rule for warning in result.warnings] == ["outside_age_rule"]


def test_a_mended_row_is_held_against_the_rest_of_its_file(tmp_path: Path) -> None:
    needed = line(実施機関番号="", 精検要否="要", 胸部X線判定="E")
    wrong = line(**DETAILED, 受診日="来週", 精検結果="異常なし")
    batch = previewed(tmp_path, needed, wrong)
    mended = line(**DETAILED, 受診日="2025/08/24", 精検結果="異常なし").split(",")
    outcome = mend_row(
        batch_id=batch.batch_id, line=3, cells=mended, accepted=(), reason="", by=BY, at=AT, objecting=Objections(ON)
    )
    assert getattr(outcome, "state", None) is RowState.READY
    assert found(batch) == {}


def test_what_somebody_else_gave_in_the_year_is_named_as_well(tmp_path: Path) -> None:
    given(NUMBER, Programme.LUNG, 2025, "2025-07-24")
    assert found(previewed(tmp_path, line(実施機関番号=""))) == {2: {"duplicate_in_year", "duplicate_on_day"}}


def test_rows_of_documents_are_held_against_the_same_rules(tmp_path: Path) -> None:
    given(NUMBER, Programme.STOMACH, 2024, "2024-05-10")
    file = tmp_path / "arrived.json"
    file.write_bytes(bundle(record_of(Programme.STOMACH, facility_number=None, age=54)))
    arrived = preview_documents(
        arrival=Arrival(file, file.name, (), Origin.SCREEN), folder=tmp_path, municipality=TOWN,
        keeps_unreadable=False, by=BY, at=AT, objecting=Objections(ON),
    )  # fmt: skip
    [batch] = arrived.batches
    assert found(batch) == {1: {"interval_broken"}}


def given(person: str, programme: Programme, year: int, day: str) -> None:
    """Take down a screening the workplace gave."""
    record = declared(programme=programme, fiscal_year=year, examined_date=day, age=None, place="架空健診センター")
    outcome = declare_workplace_screening(person=person, record=record, outcome="", by=BY, at=AT)
    assert isinstance(outcome, Recorded)


@pytest.mark.parametrize("programme", [Programme.BREAST, Programme.CERVIX, Programme.STOMACH, Programme.HEPATITIS])
@pytest.mark.parametrize("born", ["1970-06-14", "1986-03-31", "2001-04-01"])
@pytest.mark.parametrize("sex", ["1", "2"])
def test_the_rules_object_to_a_row_as_they_do_on_a_screen(programme: Programme, born: str, sex: str) -> None:
    for number, year in (("0001000030", None), ("0001000031", 2024), ("0001000032", 2019)):
        register(resident(number, birth_date=date.fromisoformat(born), sex=sex))
        if year is not None:
            given(number, programme, year, f"{year}-05-10")
        asked = objections_to(number, lung(programme=programme, items={}), ON)
        assert Objections(ON)(programme, [number], [2025])(number, sex, born, 2025, ()) == asked
        # What the file itself says of the year before counts like what is stored.
        in_file = [] if year is None else [(year, dict[str, str]())]
        assert Objections(ON)(programme, [], [2025])(number, sex, born, 2025, in_file) == asked


def test_an_interval_that_was_not_kept_is_objected_to() -> None:
    """The comparison above compares something."""
    register(resident("0001000030", sex="2"))
    given("0001000030", Programme.BREAST, 2024, "2024-05-10")
    judge = Objections(ON)(Programme.BREAST, ["0001000030"], [2025])
    assert judge("0001000030", "2", "1970-06-14", 2025, ()) == {Objection.INTERVAL}
