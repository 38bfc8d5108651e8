"""Imports: previewed, committed, undone, discarded, and never twice."""

from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from tasuki.evidence import queries as evidence
from tasuki.nodes.sql import rows, run
from tasuki.screening import queries
from tasuki.screening.errors import NoSuchBatch, StagedRowsLost, WrongBatchState
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import commit_import, discard_import, undo_import
from tasuki.screening.operations.results import correct_result, record_result
from tasuki.screening.types import (
    AlreadyImported,
    Batch,
    BatchState,
    FacilityRow,
    HistoryAct,
    OutboxKind,
    OutOfDate,
    Recorded,
    UnreadableFile,
)
from tests.integration.screening.files import HEADER, line, preview, previewed, written
from tests.integration.screening.town import AT, BY, NUMBER, lung, register, resident

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def residents() -> None:
    """Register three people, of whom one has moved away and died since, and two institutions, of which one closed."""
    places = [
        FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1)),
        FacilityRow("1319910099", "旧検診所", date(2015, 4, 1), date(2019, 4, 1)),
    ]
    register_facilities(rows=places, by=BY, at=AT)
    gone = resident("0001000003", moved_out_date=date(2025, 7, 1), died_date=date(2026, 1, 1))
    register(resident(), gone, resident("0001000005", birth_date=date(2025, 8, 1)))


def problems_in(folder: Path, *lines: str) -> list[tuple[int, str, str]]:
    batch = previewed(written(folder, *lines))
    return [(one.line, one.field, one.rule) for one in queries.problems_of(batch.batch_id)]


def test_a_committed_file_stands_as_results_and_waits_to_be_carried_on(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line()))
    assert (batch.total_rows, batch.good_rows, batch.bad_rows) == (1, 1, 0)
    assert queries.results_of(NUMBER) == []
    before = evidence.counts().entries
    done = commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    assert isinstance(done, Batch)
    assert (done.state, done.committed_at, done.committed_by) == (BatchState.COMMITTED, AT, str(BY))
    (stored,) = queries.results_of(NUMBER)
    assert stored.record == lung()
    assert (stored.fee_class, stored.batch_id, stored.recorded_by) == ("免除", batch.batch_id, str(BY))
    last = queries.outbox(100)[-1]
    assert (last.kind, last.result_id, last.revision) == (OutboxKind.RESULT, stored.result_id, 1)
    assert evidence.counts().entries == before + 1
    assert rows("SELECT FROM screening_import_row") == []


def test_the_same_file_is_imported_once(tmp_path: Path) -> None:
    file = written(tmp_path, line())
    batch = previewed(file)
    commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    assert preview(file) == AlreadyImported(batch.batch_id)
    assert commit_import(batch_id=batch.batch_id, by=BY, at=AT) == AlreadyImported(batch.batch_id)
    assert len(queries.results_of(NUMBER)) == 1


def test_a_second_preview_of_a_file_takes_the_place_of_the_first(tmp_path: Path) -> None:
    file = written(tmp_path, line())
    first, second = previewed(file), previewed(file)
    states = {batch.batch_id: batch.state for batch in queries.batches()}
    assert states == {first.batch_id: BatchState.DISCARDED, second.batch_id: BatchState.PREVIEWED}
    with pytest.raises(WrongBatchState):
        commit_import(batch_id=first.batch_id, by=BY, at=AT)


def test_undoing_takes_everything_back_and_keeps_it_readable(tmp_path: Path) -> None:
    file = written(tmp_path, line())
    batch = previewed(file)
    commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER)
    correct_result(result_id=stored.result_id, record=lung(age=54), fee_class="", reason="誤記", by=BY, at=AT)
    undone = undo_import(batch_id=batch.batch_id, reason="別の年度のファイル", by=BY, at=AT)
    assert (undone.state, undone.closed_reason) == (BatchState.UNDONE, "別の年度のファイル")
    assert queries.results_of(NUMBER) == []
    assert [former.act for former in queries.history_of(stored.result_id)] == [HistoryAct.UNDONE, HistoryAct.CORRECTED]
    assert [entry.revision for entry in queries.outbox(100) if entry.result_id] == [1, 2, 3]
    again = previewed(file)
    assert isinstance(commit_import(batch_id=again.batch_id, by=BY, at=AT), Batch)


def test_a_discarded_preview_leaves_its_problems_and_nothing_else(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(), line(性別="女性")))
    discarded = discard_import(batch_id=batch.batch_id, reason="様式違い", by=BY, at=AT)
    assert discarded.state is BatchState.DISCARDED
    assert rows("SELECT FROM screening_import_row") == []
    assert queries.problem_counts(batch.batch_id) == {"unknown_term": 1}
    with pytest.raises(WrongBatchState):
        undo_import(batch_id=batch.batch_id, reason="", by=BY, at=AT)
    with pytest.raises(NoSuchBatch):
        discard_import(batch_id=UUID(int=0), reason="", by=BY, at=AT)


def test_rows_that_collide_by_the_time_of_the_commit_store_nothing(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(), line(連番="2")))
    assert isinstance(record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT), Recorded)
    assert commit_import(batch_id=batch.batch_id, by=BY, at=AT) == OutOfDate(batch.batch_id)
    assert len(queries.results_of(NUMBER)) == 1
    assert queries.batch(batch.batch_id) == batch


def test_a_commit_counts_what_is_staged(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line()))
    run("DELETE FROM screening_import_row")
    with pytest.raises(StagedRowsLost):
        commit_import(batch_id=batch.batch_id, by=BY, at=AT)


KNOWN = {"宛名番号": "0001000003"}
CASES = [
    # what is changed in a sound line, and the column and rule of the only problem
    ({"宛名番号": "1000002"}, "宛名番号", "lost_leading_zeros"),
    ({"宛名番号": "1E+09"}, "宛名番号", "exponent"),
    ({"宛名番号": "9999999999"}, "宛名番号", "unknown_person"),
    ({"宛名番号": ""}, "宛名番号", "cell_empty"),
    ({"生年月日": "1970/06/15"}, "生年月日", "birth_date_differs"),
    ({"生年月日": "25733"}, "生年月日", "excel_serial"),
    ({"性別": "女"}, "性別", "sex_differs"),
    ({"カナ氏名": "ﾚｲｼﾞ ﾊﾅｺ"}, "カナ氏名", "kana_differs"),
    ({"受診日": "2027/01/15", "年度": "2026"}, "受診日", "date_in_future"),
    ({"受診日": "2026/05/01"}, "受診日", "date_outside_fiscal_year"),
    ({"宛名番号": "0001000005", "生年月日": "2025/08/01"}, "受診日", "before_birth"),
    (KNOWN, "受診日", "after_moving_out"),
    (KNOWN | {"受診日": "2026/02/01"}, "受診日", "after_death"),
    ({"実施機関番号": "1319919999"}, "実施機関番号", "unknown_facility"),
    ({"実施機関番号": "1319910099"}, "実施機関番号", "facility_closed"),
    ({"その他所見": "〓"}, "その他所見", "lost_character"),
    ({"精検要否": ""}, "精検要否", "mandatory_missing"),
    ({"精検結果": "異常なし"}, "精検結果", "detailed_item_in_primary"),
    ({"胸部X線判定": "E"}, "精検要否", "chest_xray_e_needs_detail"),
    ({"連番": "100"}, "連番", "impossible_sequence"),
    ({"年度": ""}, "年度", "impossible_fiscal_year"),
]


@pytest.mark.parametrize(("changed", "field", "rule"), CASES)
def test_each_fault_is_reported_at_its_cell(tmp_path: Path, changed: dict[str, str], field: str, rule: str) -> None:
    assert problems_in(tmp_path, line(**changed)) == [(2, field, rule)]


def test_warnings_go_in_with_the_record_and_errors_keep_it_out(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(カナ氏名="ﾚｲｼﾞ ﾊﾅｺ"), line(連番="2", 性別="女")))
    assert (batch.good_rows, batch.warned_rows, batch.bad_rows) == (1, 1, 1)
    commit_import(batch_id=batch.batch_id, by=BY, at=AT, accepts_warnings=True)
    (stored,) = queries.results_of(NUMBER)
    assert {warning.rule for warning in stored.warnings} == {"kana_differs"}
    assert all(warning.message_ja for warning in stored.warnings)


def test_repeated_rows_are_found_in_the_file_and_in_the_store(tmp_path: Path) -> None:
    record_result(person=NUMBER, record=lung(sequence=2), fee_class="", by=BY, at=AT)
    found = problems_in(tmp_path, line(), line(), line(連番="2"))
    both = [("受診日", "duplicate_on_day"), ("年度", "duplicate_in_year")]
    # Whatever is stored or stands above under another sequence may be the same visit.
    assert found == [
        *((2, *one) for one in both), *((3, *one) for one in both), (3, "", "duplicate_in_file"),
        *((4, *one) for one in both), (4, "", "already_stored"),
    ]  # fmt: skip


def test_a_line_cut_short_is_told_from_one_with_columns_missing(tmp_path: Path) -> None:
    file = written(tmp_path, line(), line()[:40], line(連番="2"))
    file.write_bytes(file.read_bytes().removesuffix(b",\r\n"))
    rules = [(one.line, one.rule) for one in queries.problems_of(previewed(file).batch_id)]
    assert rules == [(3, "wrong_column_count"), (4, "last_line_cut")]


def test_a_file_of_another_encoding_or_year_is_said_to_be_so(tmp_path: Path) -> None:
    batch = preview(written(tmp_path, line(), encoding="utf-8-sig"), fiscal_year=2024)
    assert isinstance(batch, Batch)
    rules = [(one.line, one.rule) for one in queries.problems_of(batch.batch_id)]
    assert rules == [(0, "byte_order_mark"), (0, "other_encoding"), (2, "fiscal_year_differs")]


@pytest.mark.parametrize(
    ("header", "rule", "field"),
    [
        (",".join(HEADER).replace("精検要否", "要否"), "no_header", "精検要否"),
        (",".join(HEADER).replace("その他所見", "性別"), "header_repeated", "性別"),
    ],
)
def test_columns_that_cannot_be_told_apart_stop_the_file(tmp_path: Path, header: str, rule: str, field: str) -> None:
    file = tmp_path / "wrong.csv"
    file.write_bytes(f"{header}\r\n{line()}\r\n".encode("cp932"))
    outcome = preview(file)
    assert isinstance(outcome, UnreadableFile)
    assert (rule, field) in [(one.rule, one.field) for one in outcome.problems]
    assert queries.batches() == []
