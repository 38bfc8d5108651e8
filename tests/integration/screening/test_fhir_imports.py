"""FHIR documents go the way of any other file: seen first, mended, taken in, taken back; never half of one."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.layouts.fhir import Subject, Writer, read_bundle
from tasuki.layouts.types import AbsentReason, Programme, ScreeningRecord, Severity
from tasuki.nodes.sql import rows, run
from tasuki.screening import attachment_queries, import_queries, queries
from tasuki.screening.errors import AlreadyWithdrawn
from tasuki.screening.import_types import RowState
from tasuki.screening.operations.exports import export_documents, take_attachment
from tasuki.screening.operations.fhir_imports import preview_documents
from tasuki.screening.operations.import_files import Arrival, Arrived
from tasuki.screening.operations.import_rows import accept_rows, match_row, mend_row
from tasuki.screening.operations.imports import commit_import, discard_import, undo_import
from tasuki.screening.types import Batch, BatchState, Origin
from tests.integration.screening.town import AT, BY, NUMBER, register, resident
from tests.unit.layouts.fhir_documents import CDA, SUBJECT, TOWN, bundle
from tests.unit.layouts.layout_records import record_of

pytestmark = pytest.mark.django_db

RECORD = record_of(Programme.LUNG, facility_number=None, age=54)
XRAY = "9P502000000000011"


@pytest.fixture(autouse=True)
def people(db: None) -> None:
    register(resident())


def arrived(folder: Path, content: bytes, name: str = "架空.json", *, keeps_unreadable: bool = False) -> Arrived:
    file = folder / "arrived"
    file.write_bytes(content)
    return preview_documents(
        arrival=Arrival(file, name, (), Origin.SCREEN),
        folder=folder,
        municipality=TOWN,
        keeps_unreadable=keeps_unreadable,
        by=BY,
        at=AT,
    )


def previewed(folder: Path, content: bytes) -> Batch:
    (batch,) = arrived(folder, content).batches
    return batch


def zipped(folder: Path, *contents: bytes) -> bytes:
    with zipfile.ZipFile(folder / "some.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number}.json", content)
    return (folder / "some.zip").read_bytes()


def changed(change: Callable[[dict[str, Any]], object], record: ScreeningRecord = RECORD, **with_: Any) -> bytes:
    parsed = json.loads(bundle(record, **with_))
    change(parsed)
    return json.dumps(parsed).encode()


def first(parsed: dict[str, Any], kind: str) -> Any:
    return next(entry["resource"] for entry in parsed["entry"] if entry["resource"]["resourceType"] == kind)


def rules(batch: Batch) -> set[str]:
    return {problem.rule for problem in queries.problems_of(batch.batch_id)}


def test_a_document_is_taken_in_as_it_is(tmp_path: Path) -> None:
    batch = previewed(tmp_path, bundle(RECORD, attachments=(CDA,)))
    assert (batch.state, batch.good_rows, batch.bad_rows, batch.warned_rows) == (BatchState.PREVIEWED, 1, 0, 0)
    assert (batch.programme, batch.mapping_name) == ("51", "FHIR文書")
    committed = commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    assert isinstance(committed, Batch)
    assert committed.stored_rows == 1
    (stored,) = queries.results_of(NUMBER)
    assert stored.record == RECORD._replace(age=54)
    assert stored.fee_class == "架空区負担"
    (kept,) = attachment_queries.attachments_of(stored.result_id)
    assert (kept.media_type, kept.title, kept.sha256) == (CDA.media_type, CDA.title, CDA.sha256)
    taken = take_attachment(attachment_id=kept.attachment_id, result_id=stored.result_id, by=BY, at=AT)
    assert taken is not None
    assert taken.content == CDA.content


def test_reasons_of_absence_are_kept(tmp_path: Path) -> None:
    record = record_of(Programme.LUNG, facility_number=None, absent={XRAY: AbsentReason.NOT_MEASURED})
    commit_import(batch_id=previewed(tmp_path, bundle(record)).batch_id, by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER)
    assert stored.record.absent == {XRAY: AbsentReason.NOT_MEASURED}


def test_a_mandatory_item_that_is_absent_keeps_the_row_out(tmp_path: Path) -> None:
    need = next(iter(RECORD.items))
    record = record_of(Programme.LUNG, facility_number=None, items={}, absent={need: AbsentReason.UNKNOWN})
    assert rules(previewed(tmp_path, bundle(record))) == {"mandatory_absent"}


def test_the_same_document_again_is_known(tmp_path: Path) -> None:
    batch = previewed(tmp_path, bundle(RECORD))
    commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    again = arrived(tmp_path, bundle(RECORD))
    assert (again.already, again.batches) == ((batch.batch_id,), ())
    assert rows("SELECT FROM screening_attachment") == []


def test_a_result_that_is_stored_is_not_stored_again(tmp_path: Path) -> None:
    commit_import(batch_id=previewed(tmp_path, bundle(RECORD)).batch_id, by=BY, at=AT)
    other = previewed(tmp_path, bundle(RECORD, attachments=(CDA,)))
    assert rules(other) == {"already_stored"}


def test_undoing_withdraws_and_discarding_forgets(tmp_path: Path) -> None:
    batch = previewed(tmp_path, bundle(RECORD, attachments=(CDA,)))
    discard_import(batch_id=batch.batch_id, reason="架空", by=BY, at=AT)
    assert rows("SELECT FROM screening_attachment") == []
    batch = previewed(tmp_path, bundle(RECORD, attachments=(CDA,)))
    commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    undo_import(batch_id=batch.batch_id, reason="架空", by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER, withdrawn=True)
    assert stored.withdrawn_at is not None
    assert len(attachment_queries.attachments_of(stored.result_id)) == 1
    with pytest.raises(AlreadyWithdrawn):
        export_documents(result_ids=[stored.result_id], writer=Writer(TOWN, "架空区"), by=BY, at=AT)


def test_previewing_again_leaves_no_attachment_behind(tmp_path: Path) -> None:
    previewed(tmp_path, bundle(RECORD, attachments=(CDA,)))
    previewed(tmp_path, bundle(RECORD, attachments=(CDA,)))
    assert len(rows("SELECT FROM screening_attachment")) == 1


def test_whose_a_document_is_without_our_number_a_clerk_decides(tmp_path: Path) -> None:
    subject = Subject(name=SUBJECT.name, kana_name=SUBJECT.kana_name, birth_date="1970-06-14", sex="1")
    batch = previewed(tmp_path, bundle(RECORD, subject=subject, attachments=(CDA,)))
    assert batch.bad_rows == 1
    match_row(batch_id=batch.batch_id, line=1, person=NUMBER, agreeing=["kana", "birth_date", "sex"], by=BY, at=AT)
    commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER)
    assert stored.record.items == RECORD.items
    assert len(attachment_queries.attachments_of(stored.result_id)) == 1


def test_a_value_that_cannot_be_read_stays_an_error_until_it_is_mended(tmp_path: Path) -> None:
    """Deciding whose the document is must not let it in without what could not be read."""
    subject = Subject(name=SUBJECT.name, kana_name=SUBJECT.kana_name, birth_date="1970-06-14", sex="1")

    def damage(parsed: dict[str, Any]) -> None:
        one = first(parsed, "Observation")
        one["valueString"] = "要精検"
        del one["valueCodeableConcept"]

    batch = previewed(tmp_path, changed(damage, subject=subject))
    match_row(batch_id=batch.batch_id, line=1, person=NUMBER, agreeing=["kana"], by=BY, at=AT)
    row = import_queries.problem_row(batch.batch_id, 1)
    assert row is not None
    assert (row.state, row.has_errors) == (RowState.OPEN, True)
    assert {"unreadable_value", "fhir_wrong_type"} <= {problem.rule for problem in row.problems}
    cells = ["" if "fhir_" in cell else cell.replace("【読み取れない値】", "1") for cell in row.cells]
    mend_row(batch_id=batch.batch_id, line=1, cells=cells, accepted=(), reason="電話で確認", by=BY, at=AT)
    commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER)
    assert stored.record.items == RECORD.items


def test_what_is_left_out_is_accepted_by_name(tmp_path: Path) -> None:
    insurer = {"fullUrl": "urn:uuid:insurer", "resource": {"resourceType": "Coverage"}}
    batch = previewed(tmp_path, changed(lambda parsed: parsed["entry"].append(insurer)))
    assert rules(batch) == {"fhir_other_resource"}
    assert commit_stored(batch) == 0
    accept_rows(batch_id=batch.batch_id, rule="fhir_other_resource", lines=None, by=BY, at=AT)
    assert commit_stored(batch) == 1
    (stored,) = queries.results_of(NUMBER)
    assert [warning.rule for warning in stored.warnings] == ["fhir_other_resource"]
    assert stored.warnings[0].message_ja.endswith("。")


def commit_stored(batch: Batch) -> int:
    done = commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    return done.stored_rows if isinstance(done, Batch) else -1


def test_a_problem_that_nobody_can_read_any_more_is_no_way_in(tmp_path: Path) -> None:
    insurer = {"fullUrl": "urn:uuid:insurer", "resource": {"resourceType": "Coverage"}}
    batch = previewed(tmp_path, changed(lambda parsed: parsed["entry"].append(insurer)))
    row = import_queries.problem_row(batch.batch_id, 1)
    assert row is not None
    cells = [cell.replace("fhir_other_resource", "fhir_nothing") for cell in row.cells]
    mend_row(batch_id=batch.batch_id, line=1, cells=cells, accepted=(), reason="", by=BY, at=AT)
    assert rules(batch) == {"document_note_unread"}


@pytest.mark.parametrize("join", ["zip", "ndjson"])
def test_many_documents_become_one_import_for_each_programme(tmp_path: Path, join: str) -> None:
    other = record_of(Programme.COLORECTAL, facility_number=None, age=54)
    broken = b'{"resourceType": "Bundle", "type": "document", "entry": []}'
    contents = [bundle(RECORD, attachments=(CDA,)), bundle(other), broken]
    content = zipped(tmp_path, *contents) if join == "zip" else b"\n".join(contents)
    came = arrived(tmp_path, content)
    assert [batch.programme for batch in came.batches] == ["51", "55"]
    assert [problem.rule for problem in came.problems] == ["fhir_no_composition"]
    assert "fhir_no_composition" in rules(came.batches[0])
    for batch in came.batches:
        commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    results = {one.record.programme: one for one in queries.results_of(NUMBER)}
    assert results.keys() == {Programme.LUNG, Programme.COLORECTAL}
    assert len(attachment_queries.attachments_of(results[Programme.LUNG].result_id)) == 1
    assert attachment_queries.attachments_of(results[Programme.COLORECTAL].result_id) == []


def test_the_same_screening_twice_in_a_file_goes_in_once(tmp_path: Path) -> None:
    batch = previewed(tmp_path, zipped(tmp_path, bundle(RECORD), bundle(RECORD, attachments=(CDA,))))
    assert (batch.good_rows, batch.bad_rows) == (1, 1)
    assert rules(batch) == {"duplicate_in_file"}
    assert commit_stored(batch) == 1
    (stored,) = queries.results_of(NUMBER)
    assert attachment_queries.attachments_of(stored.result_id) == []


def test_what_cannot_be_read_at_all_is_said_and_kept_in_the_list_when_asked(tmp_path: Path) -> None:
    came = arrived(tmp_path, b"nothing")
    assert (came.first, [problem.rule for problem in came.problems]) == (None, ["fhir_not_json"])
    (noted,) = arrived(tmp_path, b"nothing", keeps_unreadable=True).batches
    assert (noted.state, noted.programme, rules(noted)) == (BatchState.UNREADABLE, "", {"fhir_not_json"})


def test_the_year_of_a_first_examination_follows_from_its_day(tmp_path: Path) -> None:
    def without_year(parsed: dict[str, Any]) -> None:
        del first(parsed, "Encounter")["extension"]

    assert commit_stored(previewed(tmp_path, changed(without_year))) == 1
    (stored,) = queries.results_of(NUMBER)
    assert (stored.record.fiscal_year, stored.record.sequence) == (2025, 1)


def test_a_result_leaves_as_the_document_it_came_as(tmp_path: Path) -> None:
    commit_import(batch_id=previewed(tmp_path, bundle(RECORD, attachments=(CDA,))).batch_id, by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER)
    (taken,) = export_documents(result_ids=[stored.result_id], writer=Writer(TOWN, "架空区"), by=BY, at=AT)
    read = read_bundle(taken.content, TOWN)
    assert (read.problems, read.record()) == ((), stored.record)
    assert (read.subject, read.attachments) == (SUBJECT, (CDA,))
    (recorded,) = rows("SELECT body FROM evidence_entry WHERE kind = 'export_taken' ORDER BY 1 DESC LIMIT 1")
    assert str(stored.result_id) in bytes(recorded["body"]).decode()
    assert SUBJECT.name not in bytes(recorded["body"]).decode()


def test_nothing_leaves_without_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_import(batch_id=previewed(tmp_path, bundle(RECORD, attachments=(CDA,))).batch_id, by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER)
    (kept,) = attachment_queries.attachments_of(stored.result_id)

    def refuse(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("tasuki.screening.operations.exports.append", refuse)
    with pytest.raises(RuntimeError):
        export_documents(result_ids=[stored.result_id], writer=Writer(TOWN, "架空区"), by=BY, at=AT)
    with pytest.raises(RuntimeError):
        take_attachment(attachment_id=kept.attachment_id, result_id=stored.result_id, by=BY, at=AT)


def test_the_database_itself_sees_to_it_that_an_attachment_is_what_came(tmp_path: Path) -> None:
    previewed(tmp_path, bundle(RECORD, attachments=(CDA,)))
    with pytest.raises(IntegrityError), transaction.atomic():
        run("UPDATE screening_attachment SET content = 'other'")


def test_an_attachment_of_another_result_is_not_given(tmp_path: Path) -> None:
    commit_import(batch_id=previewed(tmp_path, bundle(RECORD, attachments=(CDA,))).batch_id, by=BY, at=AT)
    (stored,) = queries.results_of(NUMBER)
    (kept,) = attachment_queries.attachments_of(stored.result_id)
    assert take_attachment(attachment_id=kept.attachment_id, result_id=uuid4(), by=BY, at=AT) is None


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in _places(one, (*path, key)))]


_RIGHT = json.loads(bundle(RECORD, attachments=(CDA,)))
_HOSTILE = st.sampled_from(
    [None, 7, -1, 1e300, True, "", "異", "\t\\N\r\n", "\\.", "'; DROP", "0" * 5000, "2025-13-45", "９", [], {}, [[]]]
) | st.text(max_size=20).filter(lambda text: not any(0xD800 <= ord(one) < 0xE000 for one in text))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(_places(_RIGHT)[1:]), _HOSTILE)
def test_a_document_with_anything_in_it_goes_in_whole_or_not_at_all(
    tmp_path: Path, place: tuple[Any, ...], wrong: object
) -> None:
    parsed = json.loads(json.dumps(_RIGHT))
    holder = parsed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = wrong
    before = transaction.savepoint()
    came = arrived(tmp_path, json.dumps(parsed).encode())
    assert came.batches or came.problems
    for batch in came.batches:
        assert batch.total_rows == batch.good_rows + batch.bad_rows == 1
        errors = queries.problems_of(batch.batch_id, severity=Severity.ERROR)
        assert (batch.bad_rows == 0) == (errors == [])
        commit_import(batch_id=batch.batch_id, by=BY, at=AT, accepts_warnings=True)
        assert len(queries.results_of(NUMBER)) == (0 if batch.bad_rows else 1)
    transaction.savepoint_rollback(before)
