"""The resident register: individual numbers to the index, everything else to screening."""

import logging
from pathlib import Path

import psycopg
import pytest

from tasuki.linkage.register import HEADERS, LoadedRegister, UnreadableRegister, import_register
from tasuki.nodes.sql import rows
from tasuki.nodes.types import Databases
from tasuki.persons import queries as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.types import NumberingFault
from tasuki.screening import queries as screening
from tests.integration.screening.town import AT, BY

pytestmark = pytest.mark.django_db(databases=["default", "index"])

CIPHER = NumberCipher(lambda purpose: purpose.encode().ljust(32, b".")[-32:])
FIRST, SECOND = "999951519640", "999918523810"


def line(number: str, individual: str, **changed: str) -> str:
    cells = {
        "宛名番号": number,
        "世帯番号": f"5{number}",
        "個人番号": individual,
        "氏名": "𠮷例野　洋平",
        "カナ氏名": "ヨシレイノ　ヨウヘイ",
        "生年月日": "1967-09-08",
        "性別": "1",
        "住所": "架空区仮想町四丁目24番14号",
        "転入日": "2024-08-07",
        "転入元コード": "133922",
    } | changed
    return ",".join(cells.get(header, "") for header in HEADERS.values())


def written(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    file = folder / "register.csv"
    file.write_bytes("".join(f"{text}\n" for text in (",".join(HEADERS.values()), *lines)).encode(encoding, "replace"))
    return file


def load(file: Path) -> LoadedRegister:
    report = import_register(file=file, file_name=file.name, system="health", cipher=CIPHER, by=BY, at=AT)
    assert isinstance(report, LoadedRegister)
    return report


def test_a_register_is_taken_in_once_however_often_it_comes(tmp_path: Path) -> None:
    file = written(tmp_path, line("0001", FIRST), line("0002", ""))
    report = load(file)
    assert (report.load.total_rows, report.load.added, report.load.numbered, report.problems) == (2, 2, 2, ())
    again = load(file)
    assert (again.load.added, again.load.changed, again.load.unchanged) == (0, 0, 2)
    assert (again.numbering.numbered, again.numbering.already_numbered) == (0, 2)
    unified = index.unified_numbers("health", ["0001", "0002"])
    assert index.find_by_individual_number(FIRST, CIPHER) == unified["0001"]
    person = screening.person("0001")
    assert person is not None
    assert (person.name, person.moved_in_from) == ("𠮷例野　洋平", "133922")


def test_each_fault_is_reported_at_its_cell_and_keeps_the_line_out(tmp_path: Path) -> None:
    report = load(
        written(
            tmp_path,
            line("0001", FIRST, 生年月日="1967-02-30"),
            line("0002", SECOND, 性別="3"),
            line("", SECOND),
            line("00A4", SECOND),
            line("0005", SECOND, 氏名=""),
            line("0006", SECOND, 支援措置終了日="2026-04-01"),
            line("0007", SECOND)[:30],
            line("0008", SECOND, 死亡日="46349"),
        )
    )
    assert [(one.line, one.field, one.rule) for one in report.problems] == [
        (2, "生年月日", "impossible_date"),
        (3, "性別", "bad_sex"),
        (4, "宛名番号", "cell_empty"),
        (5, "宛名番号", "bad_number"),
        (6, "氏名", "cell_empty"),
        (7, "支援措置終了日", "period_reversed"),
        (8, "", "wrong_column_count"),
        (9, "死亡日", "excel_serial"),
    ]
    assert (report.load.added, report.load.numbered) == (0, 0)


def test_a_wrong_or_shared_individual_number_is_reported_and_not_kept(tmp_path: Path) -> None:
    wrong = FIRST[:-1] + "9"
    report = load(written(tmp_path, line("0001", wrong), line("0002", SECOND), line("0003", SECOND)))
    assert [(one.line, one.rule, one.value) for one in report.problems] == [
        (2, "bad_individual_number", ""),
        (4, "shared_individual_number", ""),
    ]
    (shared,) = report.numbering.problems
    assert (shared.line, shared.fault, shared.holder) == (4, NumberingFault.SHARED_NUMBER, "0002")
    assert set(index.unified_numbers("health", ["0001", "0002", "0003"])) == {"0002"}
    assert screening.person("0001") is not None


def test_the_individual_number_stays_in_the_index_and_out_of_the_logs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    load(written(tmp_path, line("0001", FIRST), line("0002", FIRST)))
    for table in ("screening_resident", "screening_resident_change", "screening_outbox", "screening_register_problem"):
        stored = rows(f"SELECT t::text AS row FROM {table} t")  # noqa: S608 — our tables
        assert not any(FIRST in row["row"] for row in stored)
    assert not any(FIRST in row["row"] for row in rows("SELECT convert_from(body, 'UTF8') AS row FROM evidence_entry"))
    kept = rows("SELECT t::text AS row FROM persons_number_custody t", alias="index")
    assert kept
    assert not any(FIRST in row["row"] for row in kept)
    said = " ".join(record.getMessage() for record in caplog.records)
    assert not any(secret in said for secret in (FIRST, "0001", "例野", "ヨシレイノ"))


def test_a_file_that_is_no_register_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("宛名番号,氏名\n0001,名\n", encoding="utf-8")
    outcome = import_register(file=file, file_name=file.name, system="health", cipher=CIPHER, by=BY, at=AT)
    assert isinstance(outcome, UnreadableRegister)
    assert {one.rule for one in outcome.problems} == {"no_header"}
    assert screening.search_people().total == 0


def test_the_role_of_results_cannot_read_an_individual_number(database_urls: Databases) -> None:
    with psycopg.connect(database_urls.runtime) as other, pytest.raises(psycopg.errors.InsufficientPrivilege):
        other.execute("SELECT sealed_number FROM person_index.persons_number_custody")


def test_a_number_whose_time_is_over_does_not_come_back_with_the_next_register(tmp_path: Path) -> None:
    report = load(
        written(tmp_path, line("0001", FIRST, 転出日="2015-05-01"), line("0002", SECOND, 転出日="2026-05-01"))
    )
    assert (report.load.added, report.load.numbered) == (2, 2)
    assert index.find_by_individual_number(FIRST, CIPHER) is None
    assert index.find_by_individual_number(SECOND, CIPHER) is not None
