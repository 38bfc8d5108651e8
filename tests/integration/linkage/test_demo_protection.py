"""The demonstration protects somebody whenever it is shown, though its towns are made for a fixed day."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tasuki.demo.protection import write_list
from tasuki.screening.operations.protection import import_protected
from tasuki.screening.queries.residents import protected_now
from tasuki.screening.types.protection import ProtectionLoad
from tests.integration.linkage.test_register import FIRST, line, load, written
from tests.integration.screening.town import BY

pytestmark = pytest.mark.django_db(databases=["default", "index"])
MADE_FOR, NEXT_YEAR = date(2026, 11, 23), date(2027, 12, 1)


def listed(folder: Path, on: date) -> list[dict[str, str]]:
    assert write_list(folder / "register.csv", folder / "list.csv", made_for=MADE_FOR, on=on) == 2
    with (folder / "list.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_list_of_next_year_protects_whom_the_register_no_longer_does(tmp_path: Path) -> None:
    measure = {"支援措置開始日": "2026-05-01", "支援措置終了日": "2027-04-30"}
    load(
        written(
            tmp_path, line("0001", FIRST, **measure), line("0002", ""), line("0003", "", 支援措置開始日="2026-11-23")
        )
    )
    assert protected_now(NEXT_YEAR) == ["0003"]
    assert listed(tmp_path, NEXT_YEAR) == [
        {"宛名番号": "0001", "支援措置開始日": "2027-05-09", "支援措置終了日": "2028-05-07"},
        {"宛名番号": "0003", "支援措置開始日": "2027-12-01", "支援措置終了日": ""},
    ]
    at = datetime(2027, 12, 1, 1, tzinfo=UTC)
    done = import_protected(file=tmp_path / "list.csv", file_name="list.csv", listed_on=NEXT_YEAR, by=BY, at=at)
    assert isinstance(done, ProtectionLoad)
    assert (done.people, done.problems, done.is_complete) == (2, 0, True)
    assert sorted(protected_now(NEXT_YEAR)) == ["0001", "0003"]


def test_on_the_day_itself_the_list_says_what_the_register_says(tmp_path: Path) -> None:
    written(
        tmp_path,
        line("0001", "", 支援措置開始日="2026-05-01", 支援措置終了日="2027-04-30"),
        line("0002", "", 支援措置開始日="2026-06-01"),
    )
    assert [row["支援措置終了日"] for row in listed(tmp_path, MADE_FOR)] == ["2027-04-30", ""]
