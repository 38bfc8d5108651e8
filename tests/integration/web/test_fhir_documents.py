"""FHIR documents on the screens and by command: taken in, seen, taken out, each taking recorded."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.cli.exporting import Chosen, export_fhir
from tasuki.evidence.types import EntryKind
from tasuki.jobs.works import do_waiting_work
from tasuki.layouts.fhir import Subject, read_bundle
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows
from tasuki.screening import attachment_queries, queries
from tasuki.screening.operations.results import record_result, withdraw_result
from tasuki.screening.types import BatchState, Recorded, ResidentRow, StoredResult
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.integration.web.conftest import AT, AYANO, SHINOBU, SYSTEM, past_the_warning
from tests.integration.web.taking import take_out
from tests.unit.layouts.fhir_documents import CDA, TOWN, bundle
from tests.unit.layouts.layout_records import record_of

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
RECORD = record_of(Programme.LUNG, facility_number=None)


@pytest.fixture(autouse=True)
def people(residents: None) -> None:
    """The residents whose documents arrive."""


@pytest.fixture
def clerk(logged_in: LogIn, residents: None) -> Client:
    return past_the_warning(logged_in(Role.HEALTH_CLERK))


def subject(row: ResidentRow) -> Subject:
    return Subject(row.system_person_number, row.name, row.kana_name, row.birth_date.isoformat(), row.sex)


def arriving(row: ResidentRow = AYANO, **changed: Any) -> bytes:
    """Return a document of this very town, whose number the residents have."""
    town = runtime.node().town
    assert town is not None
    content = bundle(RECORD, subject=subject(row), **changed)
    other, own = (f"system-person-number/{code}".encode() for code in (TOWN, town.municipality_code))
    return content.replace(other, own)


def upload(client: Client, content: bytes, name: str = "架空.json") -> Any:
    return client.post(reverse("upload"), {"mapping": "fhir", "file": SimpleUploadedFile(name, content)}, follow=True)


def take_in(client: Client, row: ResidentRow = AYANO, **changed: Any) -> StoredResult:
    upload(client, arriving(row, **changed))
    (batch,) = queries.batches()
    # One of the two residents is too young for this screening, which somebody has to stand by.
    accepted = {"act": "accept", "rule": "outside_age_rule"}
    client.post(reverse("import-decide", args=[batch.batch_id]), accepted)
    client.post(reverse("import-commit", args=[batch.batch_id]))
    (stored,) = queries.results_of(row.system_person_number)
    return stored


def address(name: str, row: ResidentRow, *more: object) -> str:
    return reverse(name, args=[seal_person(SystemPersonNumber(row.system_person_number)), *more])


def taken_out() -> int:
    (counted,) = rows("SELECT count(*) AS n FROM evidence_entry WHERE kind = %s", [EntryKind.EXPORT_TAKEN.value])
    return int(counted["n"])


def test_a_document_is_taken_in_seen_and_taken_out(clerk: Client) -> None:
    page = upload(clerk, arriving(attachments=(CDA,)))
    assert "FHIR文書" in page.content.decode()
    (batch,) = queries.batches()
    clerk.post(reverse("import-commit", args=[batch.batch_id]))
    (stored,) = queries.results_of(AYANO.system_person_number)
    assert stored.record.items == RECORD.items

    seen = clerk.get(address("result", AYANO, stored.result_id)).content.decode()
    assert CDA.title in seen
    assert CDA.sha256 in seen
    (kept,) = attachment_queries.attachments_of(stored.result_id)
    file = clerk.post(address("result-attachment", AYANO, stored.result_id, kept.attachment_id))
    assert file.content == CDA.content
    assert file["Content-Type"] == "application/octet-stream"
    assert file["Content-Disposition"].startswith("attachment")
    assert taken_out() == 1

    asked = clerk.get(address("result-fhir", AYANO, stored.result_id)).content.decode()
    assert "すべての項目が入ります" in asked
    assert taken_out() == 1
    _name, given = take_out(clerk, address("result-fhir", AYANO, stored.result_id))
    town = runtime.node().town
    assert town is not None
    read = read_bundle(given, town.municipality_code)
    assert read.record() == stored.record
    assert read.attachments == (CDA,)
    # The document was written, and then its archive was taken.
    assert taken_out() == 3


def test_what_is_no_document_is_refused_beside_the_field(clerk: Client) -> None:
    page = upload(clerk, b'{"resourceType": "Patient"}')
    assert page.status_code == 422
    assert "FHIRの文書（Bundle）ではありません" in page.content.decode()
    assert queries.batches() == []


def test_an_archive_is_checked_by_the_worker(clerk: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1.json", arriving())
        archive.writestr("2.json", b"nothing")
    upload(clerk, packed.getvalue(), "架空.zip")
    assert queries.batches() == []
    do_waiting_work()
    (batch,) = queries.batches()
    assert (batch.good_rows, batch.state) == (1, BatchState.PREVIEWED)
    page = clerk.get(reverse("import", args=[batch.batch_id])).content.decode()
    assert "JSONとして読めません" in page


def test_an_archive_of_which_nothing_can_be_read_stands_in_the_list(clerk: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("1.json", b"nothing")
    upload(clerk, packed.getvalue(), "架空.zip")
    do_waiting_work()
    (batch,) = queries.batches()
    assert (batch.state, batch.programme) == (BatchState.UNREADABLE, "")
    page = clerk.get(reverse("import", args=[batch.batch_id]))
    assert "JSONとして読めません" in page.content.decode()
    assert clerk.get(reverse("imports")).status_code == 200


def test_a_row_of_a_document_is_shown_with_what_is_wrong(clerk: Client) -> None:
    parsed = json.loads(arriving())
    one = next(e["resource"] for e in parsed["entry"] if e["resource"]["resourceType"] == "Observation")
    one["valueString"] = "<b>要精検</b>"
    upload(clerk, json.dumps(parsed).encode())
    (batch,) = queries.batches()
    page = clerk.get(reverse("import-row", args=[batch.batch_id, 1])).content.decode()
    assert "値が二つ以上" in page
    assert "Bundle.entry" in page
    assert "【読み取れない値】" in page


def test_a_protected_persons_document_needs_a_word_of_its_own(clerk: Client) -> None:
    stored = take_in(clerk, SHINOBU)
    place = address("result-fhir", SHINOBU, stored.result_id)
    refused = clerk.post(place)
    assert refused.status_code == 422
    assert taken_out() == 0
    name, _content = take_out(clerk, place, {"knows_protection": "on"})
    assert name.endswith(".json")
    assert taken_out() == 2


def test_a_withdrawn_result_is_not_written(clerk: Client) -> None:
    stored = take_in(clerk)
    withdraw_result(result_id=stored.result_id, reason="架空", by=SYSTEM, at=AT)
    page = clerk.post(address("result-fhir", AYANO, stored.result_id), follow=True)
    assert "FHIR文書にできません" in page.content.decode()
    assert taken_out() == 0


@pytest.mark.parametrize("role", [Role.CENTRE_CLERK, Role.APPROVER, Role.AUDITOR, Role.CONTRACTOR])
def test_nobody_else_takes_anything_out(clerk: Client, logged_in: LogIn, role: Role) -> None:
    stored = take_in(clerk, attachments=(CDA,))
    (kept,) = attachment_queries.attachments_of(stored.result_id)
    other = logged_in(role)
    assert other.post(address("result-fhir", AYANO, stored.result_id)).status_code == 403
    place = address("result-attachment", AYANO, stored.result_id, kept.attachment_id)
    assert other.post(place).status_code == 403
    assert taken_out() == 0


def test_an_attachment_of_somebody_else_is_nobodys(clerk: Client) -> None:
    stored = take_in(clerk, attachments=(CDA,))
    (kept,) = attachment_queries.attachments_of(stored.result_id)
    place = address("result-attachment", SHINOBU, stored.result_id, kept.attachment_id)
    assert clerk.post(place).status_code == 404


def recorded(row: ResidentRow) -> None:
    done = record_result(
        person=row.system_person_number, record=record_of(Programme.LUNG, facility_number=None, facility_name=None),
        fee_class="", by=SYSTEM, at=AT,
    )  # fmt: skip
    assert isinstance(done, Recorded)


def test_the_command_leaves_protected_people_out_unless_told(tmp_path: Path) -> None:
    for row in (AYANO, SHINOBU):
        recorded(row)
    done = export_fhir(tmp_path / "some", Chosen(fiscal_year=2025), by_line=False)
    assert done == {"written": 1, "protected_left_out": 1}
    (file,) = (tmp_path / "some").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    town = runtime.node().town
    assert town is not None
    assert read_bundle(file.read_bytes(), town.municipality_code).subject.name == AYANO.name
    done = export_fhir(tmp_path / "all", Chosen(fiscal_year=2025, includes_protected=True), by_line=True)
    assert done == {"written": 2, "protected_left_out": 0}
    lines = (tmp_path / "all" / "documents.ndjson").read_bytes().splitlines()
    assert all(read_bundle(line, town.municipality_code).record() is not None for line in lines)
    assert taken_out() == 2


@pytest.mark.parametrize("chosen", [Chosen(), Chosen(fiscal_year=2025, programme="99")])
def test_the_command_says_what_it_lacks(tmp_path: Path, chosen: Chosen) -> None:
    with pytest.raises(typer.Exit):
        export_fhir(tmp_path / "new", chosen, by_line=False)


def test_the_command_writes_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    with pytest.raises(typer.Exit):
        export_fhir(tmp_path, Chosen(fiscal_year=2025), by_line=False)


def test_the_residents_are_of_the_day_the_tests_think() -> None:
    """The second resident must be protected, or the tests of protection prove nothing."""
    person = queries.person(SHINOBU.system_person_number)
    assert person is not None
    assert person.is_protected(date(2026, 11, 23))
