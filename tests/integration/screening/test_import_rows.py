"""Rows somebody has to look at: mended, accepted, matched, left out, sent back; and stored exactly once."""

from datetime import date
from pathlib import Path

import pytest

from tasuki.evidence import queries as evidence
from tasuki.nodes.sql import rows
from tasuki.screening import import_queries, queries
from tasuki.screening.errors import NoSuchRow, WrongBatchState
from tasuki.screening.import_types import RowAct, RowChanged, RowClosed, RowState
from tasuki.screening.mapping import ImportMapping, read_mapping
from tasuki.screening.matching import candidates, certain_matches, searched_items
from tasuki.screening.operations.import_rows import accept_rows, match_row, match_rows, mend_row, set_rows_aside
from tasuki.screening.operations.imports import (
    FileToImport,
    commit_import,
    discard_import,
    preview_import,
    undo_import,
)
from tasuki.screening.operations.results import record_result
from tasuki.screening.types import AlreadyImported, Batch, BatchState, Recorded
from tests.integration.screening.files import EARLIER, HEADER, line, previewed, written
from tests.integration.screening.town import AT, BY, NUMBER, lung, register, resident

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def residents() -> None:
    """Register some people, of whom two share reading, birth date and sex."""
    twin = {"name": "双葉　一", "kana_name": "フタバ　ハジメ", "birth_date": date(1980, 2, 2)}
    register(
        resident(),
        resident("0001000010", name="例示　花子", kana_name="レイジ　ハナコ", birth_date=date(1980, 1, 1), sex="2"),
        resident("0001000011", **twin),
        resident("0001000012", **twin),
    )


def cells(**changed: str) -> list[str]:
    return line(**changed).split(",")


def mend(batch: Batch, at_line: int, *accepted: str, **changed: str) -> RowChanged:
    outcome = mend_row(
        batch_id=batch.batch_id,
        line=at_line,
        cells=cells(**changed),
        accepted=accepted,
        reason="電話で確認",
        by=BY,
        at=AT,
    )
    assert isinstance(outcome, RowChanged)
    return outcome


def commit(batch: Batch) -> object:
    return commit_import(batch_id=batch.batch_id, by=BY, at=AT)


def test_a_mended_row_joins_the_good_ones_and_its_former_cells_stay(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号=""), line(実施機関番号="", 性別="女性", **EARLIER)))
    counts = import_queries.row_counts(batch)
    assert (counts.clean, counts.to_fix, counts.can_go_in) == (1, 1, 1)
    before = evidence.counts().entries
    assert mend(batch, 3, 実施機関番号="", **EARLIER).state is RowState.READY
    assert import_queries.row_counts(batch).can_go_in == 2
    assert evidence.counts().entries == before + 1
    done = commit(batch)
    assert isinstance(done, Batch)
    assert done.stored_rows == len(queries.results_of(NUMBER)) == 2
    stored, fixed = import_queries.changes_of_row(batch.batch_id, 3)
    assert (stored.act, fixed.act, fixed.changed_by, fixed.reason) == (
        RowAct.STORED,
        RowAct.FIXED,
        str(BY),
        "電話で確認",
    )
    assert fixed.before == cells(実施機関番号="", 性別="女性", **EARLIER)
    assert rows("SELECT FROM screening_import_row") == []


@pytest.mark.parametrize("birth", ["1970/6/14", "S45.6.14", "昭和45年6月14日", "19700614"])
def test_a_birth_date_in_another_spelling_is_no_problem(tmp_path: Path, birth: str) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号="", 生年月日=birth)))
    assert (batch.good_rows, batch.warned_rows) == (1, 0)
    assert import_queries.problem_rows(batch.batch_id) == (0, [])


def test_a_row_that_is_still_wrong_says_so_at_its_cell_and_stays_out(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号="", 性別="女性", 受診日="先週")))
    outcome = mend(batch, 2, 実施機関番号="", 性別="男", 受診日="来週")
    assert outcome.state is RowState.OPEN
    assert [(one.field, one.rule, one.value) for one in outcome.problems] == [("受診日", "unreadable_date", "来週")]
    done = commit(batch)
    assert isinstance(done, Batch)
    assert done.stored_rows == 0


def test_rows_mended_after_the_commit_are_stored_as_its_supplement_and_undone_with_it(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号=""), line(実施機関番号="", 性別="女性", **EARLIER)))
    commit(batch)
    assert commit(batch) == AlreadyImported(batch.batch_id)
    mend(batch, 3, 実施機関番号="", **EARLIER)
    done = commit(batch)
    assert isinstance(done, Batch)
    assert (done.state, done.stored_rows) == (BatchState.COMMITTED, 2)
    assert commit(batch) == AlreadyImported(batch.batch_id)
    outcome = mend_row(batch_id=batch.batch_id, line=3, cells=cells(), accepted=(), reason="", by=BY, at=AT)
    assert outcome == RowClosed(3)
    undo_import(batch_id=batch.batch_id, reason="誤り", by=BY, at=AT)
    assert queries.results_of(NUMBER) == []
    with pytest.raises(WrongBatchState):
        mend(batch, 3)


def test_warnings_are_accepted_by_name_before_a_row_goes_in(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(), line(カナ氏名="ﾚｲｼﾞ ﾊﾅｺ", **EARLIER)))
    # Line 2 only has an unknown institution, line 3 another reading besides.
    done = commit(batch)
    assert isinstance(done, Batch)
    assert done.stored_rows == 0
    accept = {"batch_id": batch.batch_id, "by": BY, "at": AT}
    assert accept_rows(rule="unknown_facility", lines=None, **accept) == 2  # type: ignore[arg-type]  # as above
    again = commit(batch)
    assert isinstance(again, Batch)
    assert again.stored_rows == 1
    assert accept_rows(rule="kana_differs", lines=[3], **accept) == 1  # type: ignore[arg-type]  # as above
    last = commit(batch)
    assert isinstance(last, Batch)
    assert last.stored_rows == 2
    assert {one.act for one in import_queries.changes_of_row(batch.batch_id, 3)} == {RowAct.ACCEPTED, RowAct.STORED}


def test_accepted_rows_of_a_preview_are_stored_with_the_first_commit(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(), line(**EARLIER)))
    accept_rows(batch_id=batch.batch_id, rule="unknown_facility", lines=[2], by=BY, at=AT)
    done = commit(batch)
    assert isinstance(done, Batch)
    assert [one.record.fiscal_year for one in queries.results_of(NUMBER)] == [2025]


def test_a_warning_accepted_in_the_form_needs_no_second_asking(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(性別="女性")))
    assert mend(batch, 2).state is RowState.OPEN
    assert mend(batch, 2, "unknown_facility").state is RowState.READY


def test_rows_left_out_or_sent_back_are_not_stored_until_they_are_opened_again(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(), line(性別="女性", **EARLIER)))
    accept_rows(batch_id=batch.batch_id, rule="unknown_facility", lines=None, by=BY, at=AT)
    aside = {"batch_id": batch.batch_id, "reason": "二重送信", "by": BY, "at": AT}
    assert set_rows_aside(act=RowAct.IGNORED, rule=None, lines=[2], **aside) == [2]  # type: ignore[arg-type]  # as above
    assert set_rows_aside(act=RowAct.SENT_BACK, rule="unknown_term", lines=None, **aside) == [3]  # type: ignore[arg-type]  # as above
    counts = import_queries.row_counts(batch)
    assert (counts.ignored, counts.sent_back, counts.can_go_in) == (1, 1, 0)
    commit(batch)
    assert queries.results_of(NUMBER) == []
    assert set_rows_aside(act=RowAct.REOPENED, rule=None, lines=None, **aside) == [2, 3]  # type: ignore[arg-type]  # as above


def test_a_mended_row_may_not_repeat_one_that_waits_in_the_same_file(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号=""), line(実施機関番号="", 性別="女性", **EARLIER)))
    outcome = mend(batch, 3, 実施機関番号="")
    assert [one.rule for one in outcome.problems] == ["duplicate_in_file"]


def test_a_mended_row_that_collides_by_the_time_of_the_commit_goes_back_to_the_clerk(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号=""), line(実施機関番号="", 性別="女性", **EARLIER)))
    mend(batch, 3, 実施機関番号="", **EARLIER)
    record = lung(fiscal_year=2024, examined_date="2024-07-24", facility_number=None, facility_name=None)
    assert isinstance(record_result(person=NUMBER, record=record, fee_class="", by=BY, at=AT), Recorded)
    done = commit(batch)
    assert isinstance(done, Batch)
    assert done.stored_rows == 1
    row = import_queries.problem_row(batch.batch_id, 3)
    assert row is not None
    assert (row.state, row.has_errors, [one.rule for one in row.problems]) == (RowState.OPEN, True, ["already_stored"])


def test_a_line_of_the_wrong_width_is_mended_too(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号="") + ",余分"))
    assert mend(batch, 2, 実施機関番号="").state is RowState.READY


def test_a_discarded_preview_forgets_what_rows_said(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(性別="女性")))
    discard_import(batch_id=batch.batch_id, reason="様式違い", by=BY, at=AT)
    assert import_queries.problem_rows(batch.batch_id) == (0, [])
    with pytest.raises(WrongBatchState):
        mend(batch, 2)


def test_a_line_without_problems_is_not_there_to_be_mended(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号="")))
    with pytest.raises(NoSuchRow):
        mend(batch, 2)


WITHOUT_NUMBER = """
[mapping]
name = "番号のない様式"
programme = "51"
encoding = "utf-8"
date_format = "YYYY/MM/DD"
[file]
delimiter = "tab"
header = false
names = ["カナ", "氏名", "生年月日", "性別", "受診日", "年度", "判定"]
[columns]
"カナ" = "kana_name"
"氏名" = "name"
"生年月日" = "birth_date"
"性別" = "sex"
"受診日" = "examined_date"
"年度" = "fiscal_year"
"判定" = "item:9P504000000000011"
[constants]
stage = "1"
[values."性別"]
"男" = "1"
"女" = "2"
"""
HANAKO = "レイジ ハナコ\t例示 花子\t1980/01/01\t女\t2025/07/24\t2025\t1"
TWIN = "フタバ ハジメ\t双葉 一\t1980/02/02\t男\t2025/07/24\t2025\t1"
MARRIED = "レイジ ハナコ\t見本 花子\t1980/01/01\t女\t2025/07/24\t2025\t1"


def without_numbers(folder: Path, *lines: str) -> tuple[Batch, ImportMapping]:
    mapping = read_mapping(WITHOUT_NUMBER, "test")
    file = folder / "no-number.tsv"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    batch = preview_import(file=FileToImport(file, file.name, mapping), by=BY, at=AT)
    assert isinstance(batch, Batch)
    return batch, mapping


def test_without_a_number_nothing_goes_in_until_a_clerk_has_confirmed_whose_it_is(tmp_path: Path) -> None:
    batch, mapping = without_numbers(tmp_path, HANAKO, TWIN, MARRIED)
    assert batch.good_rows == 0
    assert [one.rule for one in import_queries.rule_counts(batch.batch_id)] == ["number_not_sent"]
    _, found = import_queries.problem_rows(batch.batch_id)
    certain = certain_matches(mapping, batch.header, found, AT.date())
    assert certain == [(1, "0001000010")]
    assert match_rows(batch_id=batch.batch_id, people=certain, by=BY, at=AT) == 1
    done = commit(batch)
    assert isinstance(done, Batch)
    (stored,) = queries.results_of("0001000010")
    assert stored.record.items == {"9P504000000000011": "1"}
    decided = import_queries.changes_of_row(batch.batch_id, 1)[-1]
    assert (decided.act, decided.changed_by) == (RowAct.MATCHED, str(BY))


def test_candidates_are_shown_with_what_agrees_and_the_doubtful_are_never_certain(tmp_path: Path) -> None:
    batch, mapping = without_numbers(tmp_path, TWIN, MARRIED, "ダレ カ\t誰 か\t1999/09/09\t男\t2025/07/24\t2025\t1")
    _, found = import_queries.problem_rows(batch.batch_id)
    searched = {row.line: searched_items(mapping, batch.header, row) for row in found}
    ranked = candidates(searched, AT.date())
    assert [one.system_person_number for one in ranked[1]] == ["0001000011", "0001000012"]
    assert [one.agreeing for one in ranked[2]] == [("kana", "birth_date", "sex")]
    assert ranked[3] == []
    assert not any(one.is_certain for rivals in ranked.values() for one in rivals)


def test_a_number_that_names_somebody_else_is_a_doubt(tmp_path: Path) -> None:
    batch = previewed(
        written(tmp_path, line(実施機関番号="", カナ氏名="レイジ ハナコ", 生年月日="1980/01/01", 性別="女"))
    )
    row = import_queries.problem_row(batch.batch_id, 2)
    assert row is not None
    mapping = read_mapping(batch.mapping, "test")
    (ranked,) = candidates({2: searched_items(mapping, batch.header, row)}, AT.date()).values()
    assert {(one.system_person_number, one.is_named, one.is_certain) for one in ranked} == {
        (NUMBER, True, False),
        ("0001000010", False, False),
    }
    outcome = match_row(batch_id=batch.batch_id, line=2, person="0001000010", agreeing=ranked[0].agreeing, by=BY, at=AT)
    assert isinstance(outcome, RowChanged)
    assert outcome.state is RowState.READY
    commit(batch)
    assert len(queries.results_of("0001000010")) == 1


def test_a_match_does_not_hide_what_still_differs(tmp_path: Path) -> None:
    batch, _ = without_numbers(tmp_path, HANAKO.replace("1980/01/01", "1980/01/02"))
    outcome = match_row(batch_id=batch.batch_id, line=1, person="0001000010", agreeing=["kana"], by=BY, at=AT)
    assert isinstance(outcome, RowChanged)
    assert [one.rule for one in outcome.problems] == ["birth_date_differs"]


def test_a_repeated_header_is_named(tmp_path: Path) -> None:
    batch = previewed(written(tmp_path, line(実施機関番号=""), ",".join(HEADER)))
    row = import_queries.problem_row(batch.batch_id, 3)
    assert row is not None
    assert "header_again" in {one.rule for one in row.problems}


FIXED = """
[mapping]
name = "固定長の様式"
programme = "51"
encoding = "cp932"
date_format = "YYYYMMDD"
[file]
header = false
names = ["番号", "カナ", "生年月日", "性別", "受診日", "年度", "判定", "所見"]
widths = [10, 16, 8, 1, 8, 4, 1, 10]
[columns]
"番号" = "system_person_number"
"カナ" = "kana_name"
"生年月日" = "birth_date"
"性別" = "sex"
"受診日" = "examined_date"
"年度" = "fiscal_year"
"判定" = "item:9P504000000000011"
"所見" = "item:9P505160800000049"
[constants]
stage = "1"
"""


def test_lines_of_fixed_length_are_cut_at_bytes(tmp_path: Path) -> None:
    kana = "ﾀｽｷｻﾞｷ ﾀﾂﾔ"
    sound = f"{NUMBER}{kana:<16}1970061412025072420251所見なし  "
    short = sound[:-4]
    torn = sound.replace("所見なし  ", "所見所見所").replace("20251", "2025") + " "
    file = tmp_path / "fixed.dat"
    file.write_bytes("\r\n".join([sound, short, torn, ""]).encode("cp932"))
    batch = preview_import(file=FileToImport(file, file.name, read_mapping(FIXED, "test")), by=BY, at=AT)
    assert isinstance(batch, Batch), batch
    assert (batch.total_rows, batch.good_rows, batch.bad_rows) == (3, 1, 2)
    found = [(one.line, one.rule) for one in queries.problems_of(batch.batch_id)]
    assert found == [(2, "wrong_line_length"), (3, "cut_through_character")]
    commit(batch)
    (stored,) = queries.results_of(NUMBER)
    assert stored.record.items == {"9P504000000000011": "1", "9P505160800000049": "所見なし"}
