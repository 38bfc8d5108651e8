"""Storing a file at once gives what looking first and storing then gives, whatever is in the file."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tasuki.nodes.sql import rows, run
from tasuki.screening import queries
from tasuki.screening.objecting import no_objections
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import (
    FileToImport,
    commit_import,
    import_at_once,
    preview_import,
    undo_import,
)
from tasuki.screening.types import AlreadyImported, Batch, BatchState, FacilityRow, OutOfDate, UnreadableFile
from tests.integration.screening.files import EARLIER, LUNG, line, written
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db
OTHER = "0001000005"
#: Sound rows, a warning (an institution nobody knows), an error (no such person), a repetition, another year.
LINES = (
    line(),
    line(**EARLIER, 実施機関番号="1319919999"),
    line(連番="3", 宛名番号="0009999999"),
    line(),
    line(料金区分="タブ\\と逆斜線", 年度="2023", 受診日="2023/07/24"),
    line(宛名番号=OTHER, 年度="2024", 受診日="2024/07/24"),
)


@pytest.fixture(autouse=True)
def town() -> None:
    register_facilities(rows=[FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))], by=BY, at=AT)
    register(resident(), resident(OTHER))


def at_once(file: Path) -> Any:
    wanted = FileToImport(file, file.name, LUNG)
    return import_at_once(file=wanted, by=BY, at=AT, objecting=no_objections)


def step_by_step(file: Path) -> Batch:
    wanted = FileToImport(file, file.name, LUNG)
    batch = preview_import(file=wanted, by=BY, at=AT, objecting=no_objections)
    assert isinstance(batch, Batch)
    done = commit_import(batch_id=batch.batch_id, by=BY, at=AT, accepts_warnings=True, objecting=no_objections)
    assert isinstance(done, Batch)
    return done


def what_stands(batch: Batch) -> dict[str, Any]:
    """Everything an import left behind, but for ids that are dealt anew."""
    left = {
        "results": "SELECT system_person_number, programme, stage, fiscal_year, sequence, examined_date, age,"
        " encounter_type, facility_number, facility_name, fee_class, items::text, absent::text, warnings::text, source,"
        " source_institution, revision, recorded_at, recorded_by FROM screening_result WHERE batch_id = %s",
        "carried": "SELECT o.kind, o.system_person_number, o.revision, o.created_at FROM screening_outbox o"
        " JOIN screening_result r USING (result_id) WHERE r.batch_id = %s",
        "problems": "SELECT line, field, rule, value FROM screening_import_problem WHERE batch_id = %s",
        "rows": "SELECT line, state, has_errors, cells::text, accepted::text FROM screening_import_problem_row"
        " WHERE batch_id = %s",
        "acts": "SELECT line, act, changed_by FROM screening_import_row_change WHERE batch_id = %s",
        "staged": "SELECT line FROM screening_import_row WHERE batch_id = %s",
    }
    found = {name: sorted(map(repr, rows(query, [batch.batch_id]))) for name, query in left.items()}
    [counts] = rows(
        "SELECT state, total_rows, good_rows, warned_rows, bad_rows, stored_rows, sha256, header::text, mapping,"
        " committed_at, committed_by FROM screening_import_batch WHERE batch_id = %s",
        [batch.batch_id],
    )
    return found | {"counts": counts}


def in_a_town_of_its_own(work: Any, file: Path) -> dict[str, Any]:
    before = transaction.savepoint()
    batch = work(file)
    assert isinstance(batch, Batch)
    stands = what_stands(batch)
    transaction.savepoint_rollback(before)
    return stands


def test_both_ways_leave_the_same_behind(tmp_path: Path) -> None:
    file = written(tmp_path, *LINES)
    one, other = in_a_town_of_its_own(at_once, file), in_a_town_of_its_own(step_by_step, file)
    assert one == other
    assert (one["counts"]["stored_rows"], one["counts"]["bad_rows"], one["counts"]["warned_rows"]) == (4, 2, 1)
    assert one["staged"] == []
    assert len(one["carried"]) == 4


def test_it_is_stored_once_and_undone_like_any_other(tmp_path: Path) -> None:
    file = written(tmp_path, *LINES)
    batch = at_once(file)
    assert batch.state is BatchState.COMMITTED
    again = at_once(file)
    assert isinstance(again, AlreadyImported)
    undo_import(batch_id=batch.batch_id, reason="違うファイル", by=BY, at=AT)
    assert queries.results_of(NUMBER) == []


def test_what_cannot_be_read_or_collides_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unreadable = tmp_path / "empty.csv"
    unreadable.write_bytes(b"")
    assert isinstance(at_once(unreadable), UnreadableFile)
    file = written(tmp_path, *LINES)
    batch = at_once(file)
    # Another import stored the same screenings after these were looked up.
    run("UPDATE screening_import_batch SET sha256 = 'of another file' WHERE batch_id = %s", [batch.batch_id])
    monkeypatch.setattr("tasuki.screening.checking.look_up", _looked_up_too_early())
    before = rows("SELECT count(*) AS n FROM screening_result")
    assert at_once(file) == OutOfDate(None)
    assert rows("SELECT count(*) AS n FROM screening_result") == before
    assert rows("SELECT count(*) AS n FROM screening_import_batch") == [{"n": 1}]


def _looked_up_too_early() -> Any:
    """Look up people as ever, and stored results as they were before anybody stored any."""
    from tasuki.screening.lookups import look_up

    def early(**asked: Any) -> Any:
        people, _standing, page = look_up(**asked)
        return people, {}, page

    return early


def test_a_collision_is_the_databases_to_find(tmp_path: Path) -> None:
    batch = at_once(written(tmp_path, line()))
    with pytest.raises(IntegrityError), transaction.atomic():
        run(
            "INSERT INTO screening_result (system_person_number, programme, stage, fiscal_year, sequence, fee_class,"
            " items, absent, warnings, source, source_institution, revision, recorded_at, recorded_by)"
            " SELECT system_person_number, programme, stage, fiscal_year, sequence, fee_class, items, absent, warnings,"
            " source, source_institution, revision, recorded_at, recorded_by FROM screening_result WHERE batch_id = %s",
            [batch.batch_id],
        )
