"""The shortcuts of an import find exactly what looking at every record in full finds."""

from datetime import date
from pathlib import Path

import pytest

from tasuki.demo.generator import TownSize, generate
from tasuki.demo.generator.manifest import read_manifest
from tasuki.demo.generator.source_files import mapping_file
from tasuki.layouts.types import Severity
from tasuki.layouts.validate import problems_in
from tasuki.linkage.register import import_register
from tasuki.nodes.binary_copying import text
from tasuki.nodes.sql import rows
from tasuki.persons.cipher import NumberCipher
from tasuki.screening import queries
from tasuki.screening.contents import Contents, ItemSet
from tasuki.screening.lookups import KnownFacility
from tasuki.screening.mapping import load_mapping
from tasuki.screening.operations.imports import FileToImport, commit_import, preview_import
from tasuki.screening.types import Batch
from tests.integration.screening.town import AT, BY, lung

ON = date(2026, 11, 23)
#: Items of which nothing is to be said.
NO_ITEMS = ItemSet({}, {}, b"", (), False, True)
DAYS = [
    None, "2025", "2025-03", "2025-04", "2025-04-01", "2026-03-31", "2026-04-01", "2025-03-31", "2027-01-01",
    "2025-1", "2026-11-23", "2026-11-24",
]  # fmt: skip


@pytest.mark.parametrize("stage", ["1", "2"])
@pytest.mark.parametrize("year", ["2007", "2008", "2025", "2026", "2027", "2100", "2101"])
@pytest.mark.parametrize("sequence", ["0", "1", "99", "100"])
def test_time_is_judged_as_the_layouts_judge_it(stage: str, year: str, sequence: str) -> None:
    contents = Contents(lung().programme, [], {}, ON)
    setting = contents.setting(stage, year, sequence, "", None, None, None)
    headers = {"X_FISCAL_YEAR", "X_SEQUENCE", "X_EXAMINED_DATE"}
    for day in DAYS:
        found = problems_in(contents.record(stage, year, sequence, day, {}), ON)
        expected = {problem.rule for problem in found if problem.item in headers}
        assert {problem.rule for problem in contents.problems(setting, day, NO_ITEMS)} == expected


def test_an_institution_counts_on_the_days_it_held_its_number() -> None:
    periods = [
        KnownFacility("旧診療所", "2015-04-01", "2019-04-01"),
        KnownFacility("診療所", "2024-04-01", "9999-12-31"),
    ]
    contents = Contents(lung().programme, [], {"1319910030": periods}, ON)
    place = contents.place("1319910030", None, "1")
    assert (place.written, place.problems) == (text("1") + text("1319910030") + text("診療所"), ())
    days = ["2015-03-31", "2015-04-01", "2019-03-31", "2019-04-01", "2024-04-01"]
    assert [place.is_closed_on(day) for day in [*days, None]] == [True, False, False, True, False, False]
    years = ["2014", "2015", "2018", "2019", "2024"]
    settings = [contents.setting("1", year, "1", "", "1319910030", None, "1") for year in years]
    found = [contents.problems(setting, day, NO_ITEMS) for setting, day in zip(settings, days, strict=True)]
    assert [[problem.rule for problem in problems] for problems in found] == [
        ["facility_closed"], [], [], ["facility_closed"], []
    ]  # fmt: skip


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Generate a small town and load its register."""
    generate(tmp_path, seed=7, size=TownSize.SMALL)
    cipher = NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
    import_register(
        file=tmp_path / "mogi/register.csv", file_name="register.csv", system="health", cipher=cipher, by=BY, at=AT
    )
    return tmp_path


@pytest.mark.django_db(databases=["default", "index"])
def test_a_generated_town_is_imported_to_the_last_row_and_no_further(town: Path) -> None:
    facts = read_manifest(town)
    for file in sorted((town / "mogi/results").iterdir()):
        mapping = load_mapping(mapping_file(file.name[:2]))
        batch = preview_import(file=FileToImport(file, file.name, mapping), by=BY, at=AT)
        assert isinstance(batch, Batch)
        bad = {place.line for place in facts.mistakes if place.file == f"mogi/results/{file.name}"}
        errors = queries.problems_of(batch.batch_id, severity=Severity.ERROR)
        assert {problem.line for problem in errors} == bad
        assert isinstance(commit_import(batch_id=batch.batch_id, by=BY, at=AT, accepts_warnings=True), Batch)
    ids = [row["result_id"] for row in rows("SELECT result_id FROM screening_result")]
    assert len(ids) == facts.town("mogi").valid_results
    for stored in queries.results(ids).values():
        found = problems_in(stored.record, ON)
        assert {problem.rule for problem in found} <= {warning.rule for warning in stored.warnings}
