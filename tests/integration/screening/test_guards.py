"""Histories that only grow, acts that are not done without their record, and logs that name nobody."""

import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psycopg
import pytest
from django.db import transaction

from tasuki.layouts.types import Programme, ScreeningRecord
from tasuki.nodes.sql import rows
from tasuki.nodes.types import Databases
from tasuki.screening import queries
from tasuki.screening.declarations import declared
from tasuki.screening.operations import drop_hours, facilities, imports, residents, results, workplace
from tasuki.screening.tables import APPEND_ONLY_TABLES
from tasuki.screening.types import FacilityRow, Recorded
from tests.integration.screening.files import line, previewed, written
from tests.integration.screening.town import AT, BY, NUMBER, lung, register, resident


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
@pytest.mark.parametrize("role", ["runtime", "owner"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_role_changes_or_removes_history(database_urls: Databases, table: str, role: str, statement: str) -> None:
    refused = pytest.raises(psycopg.errors.InsufficientPrivilege)
    with psycopg.connect(getattr(database_urls, role)) as other, refused:
        other.execute(statement.format(table))


class RecordNotWritten(Exception):
    """Stands for a log that cannot be written."""


def _refuse(**_: object) -> None:
    raise RecordNotWritten


def _acts(folder: Path) -> dict[str, Callable[[], object]]:
    """Give every act with what it needs in place."""
    register(resident())
    known = [
        "unknown_facility:X_FACILITY_NUMBER",
        "duplicate_in_year:X_FISCAL_YEAR",
        "duplicate_on_day:X_EXAMINED_DATE",
    ]
    recorded = results.record_result(person=NUMBER, record=lung(), fee_class="", by=BY, at=AT, acknowledged=known)
    assert isinstance(recorded, Recorded)
    mine = recorded.result_id
    other = results.record_result(
        person=NUMBER, record=lung(sequence=9), fee_class="", by=BY, at=AT, acknowledged=known
    )
    assert isinstance(other, Recorded)
    results.withdraw_result(result_id=other.result_id, reason="誤記", by=BY, at=AT)
    facilities.add_facility(row=FacilityRow("1319910031", "模擬町医院", date(2020, 4, 1)), by=BY, at=AT)
    done = previewed(written(folder, line(連番="2")))
    imports.commit_import(batch_id=done.batch_id, by=BY, at=AT)
    waiting = previewed(written(folder, line(連番="3")))
    record = lung(sequence=4)
    return {
        "register": lambda: register(resident("0001000009")),
        "facilities": lambda: facilities.register_facilities(
            rows=[FacilityRow("1319910030", "模擬町診療所", date(2020, 4, 1))], by=BY, at=AT
        ),
        "add facility": lambda: facilities.add_facility(
            row=FacilityRow("1319910032", "模擬町内科", date(2020, 4, 1)), by=BY, at=AT
        ),
        "rename facility": lambda: facilities.rename_facility(
            facility_number="1319910031", name="新模擬町医院", valid_from=date(2026, 4, 1), by=BY, at=AT
        ),
        "end facility": lambda: facilities.end_facility(
            facility_number="1319910031", valid_to=date(2026, 4, 1), by=BY, at=AT
        ),
        "record": lambda: results.record_result(
            person=NUMBER, record=record, fee_class="", by=BY, at=AT, acknowledged=known
        ),
        "correct": lambda: results.correct_result(
            result_id=mine, record=record, fee_class="", reason="誤記", by=BY, at=AT, acknowledged=known
        ),
        "restore": lambda: results.restore_result(result_id=other.result_id, reason="誤り", by=BY, at=AT),
        "declare": lambda: workplace.declare_workplace_screening(
            person=NUMBER, record=declared_lung(), outcome="異常なし", by=BY, at=AT
        ),
        "withdraw": lambda: results.withdraw_result(result_id=mine, reason="誤記", by=BY, at=AT),
        "adopt": lambda: results.adopt_results(
            person=NUMBER, transaction_number="0198-1", institution="1", contents=[], by=BY, at=AT
        ),
        "hours": lambda: drop_hours.set_drop_hours(begins=1, ends=4, version=0, reason="夜間", by=BY, at=AT),
        "commit": lambda: imports.commit_import(batch_id=waiting.batch_id, by=BY, at=AT),
        "undo": lambda: imports.undo_import(batch_id=done.batch_id, reason="誤り", by=BY, at=AT),
    }


def declared_lung() -> ScreeningRecord:
    return declared(programme=Programme.LUNG, fiscal_year=2024, examined_date="2024-05", age=None, place="例示商事")


_TABLES = (
    "screening_resident", "screening_resident_change", "screening_facility", "screening_facility_change",
    "screening_result", "screening_outbox", "screening_result_history", "screening_import_batch",
    "screening_import_row", "screening_drop_hours",
)  # fmt: skip


def _everything() -> list[object]:
    return [rows(f"SELECT t::text AS row FROM {table} t ORDER BY 1") for table in _TABLES]  # noqa: S608 — our tables


@pytest.mark.django_db
@pytest.mark.parametrize(
    "act",
    [
        "register", "facilities", "add facility", "rename facility", "end facility", "record", "correct", "withdraw",
        "restore", "declare", "adopt", "hours", "commit", "undo",
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_not_done(act: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acts = _acts(tmp_path)
    before = _everything()
    for module in (residents, facilities, results, workplace, drop_hours, imports):
        monkeypatch.setattr(module, "append", _refuse)
    with pytest.raises(RecordNotWritten), transaction.atomic():
        acts[act]()
    assert _everything() == before
    monkeypatch.undo()
    acts[act]()
    assert _everything() != before or act == "adopt"


@pytest.mark.django_db
def test_an_import_logs_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    register(resident())
    batch = previewed(written(tmp_path, line(), line(カナ氏名="ﾚｲｼﾞ ﾊﾅｺ"), line(宛名番号="9999999999")))
    imports.commit_import(batch_id=batch.batch_id, by=BY, at=AT)
    assert queries.problem_counts(batch.batch_id)["unknown_person"] == 1
    said = " ".join(record.getMessage() for record in caplog.records if record.name != "django.db.backends")
    for secret in (NUMBER, "9999999999", "ﾚｲｼﾞ", "襷崎", "タスキザキ", "1970-06-14", "模擬町"):
        assert secret not in said
    assert not [record for record in caplog.records if record.name == "django.db.backends"]
