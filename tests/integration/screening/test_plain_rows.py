"""Nearly every row of a file is found to be in order in fewer steps than a doubtful one: by either way the same."""

from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tasuki.demo.generator.source_files import mapping_file
from tasuki.eligibility.objecting import Objections
from tasuki.nodes.sql import rows
from tasuki.screening.checking import Checker
from tasuki.screening.lookups import PeopleMet
from tasuki.screening.mapping import ImportMapping, read_mapping
from tasuki.screening.operations.facilities import register_facilities
from tasuki.screening.operations.imports import FileToImport, import_at_once
from tasuki.screening.types import Batch, FacilityRow
from tests.integration.screening.files import LUNG, SOUND, line, written
from tests.integration.screening.town import AT, BY, NUMBER, register, resident

pytestmark = pytest.mark.django_db
DIED, MOVED, YOUNG, STRANGER = "0001000005", "0001000013", "0001000021", "0009999999"
PEOPLE = {
    NUMBER: "1970/06/14",
    DIED: "1970/06/14",
    MOVED: "1970/06/14",
    YOUNG: "2010/06/14",
    STRANGER: "1970/06/14",
}
#: Each in order, in doubt and wrong.
TIMES: tuple[dict[str, str], ...] = (
    {"年度": "2025", "受診日": "2025/07/24"},
    {"年度": "2024", "受診日": "2024/07"},
    {"年度": "2023", "受診日": "2022/07/24"},
    {"年度": "2026", "受診日": "2027/03/01"},
    {"年度": "2022", "受診日": "2022/04/01", "連番": "2"},
)
SAID: tuple[dict[str, str], ...] = (
    {},
    {"性別": "女"},
    {"生年月日": "1970/06/15"},
    {"カナ氏名": "ﾀｽｷｻﾞｷﾀﾂﾔ"},
    {"カナ氏名": "ﾍﾞﾂｼﾞﾝ"},
)
FOUND: tuple[dict[str, str], ...] = (
    {}, {"実施機関番号": "1319919999"}, {"実施機関番号": "1319910048"}, {"胸部X線判定": "Z"}, {"検診区分": "精密"},
)  # fmt: skip


def every_line() -> Iterator[str]:
    for number, time, said, found in product(PEOPLE, TIMES, SAID, FOUND):
        yield line(**{"宛名番号": number, "生年月日": PEOPLE[number]} | time | said | found)


@pytest.fixture(autouse=True)
def town() -> None:
    closed = FacilityRow("1319910048", "閉院した診療所", date(2015, 4, 1), date(2023, 4, 1))
    register_facilities(rows=[FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1)), closed], by=BY, at=AT)
    register(
        resident(),
        resident(DIED, died_date=date(2024, 1, 1)),
        resident(MOVED, moved_out_date=date(2025, 1, 1)),
        resident(YOUNG, birth_date=date(2010, 6, 14)),
    )


def imported(file: Path, mapping: ImportMapping = LUNG) -> tuple[Batch, list[dict[str, Any]], list[dict[str, Any]]]:
    """Import a file into a town of its own; give what became of it, line by line."""
    before = transaction.savepoint()
    wanted = FileToImport(file, file.name, mapping)
    batch = import_at_once(file=wanted, by=BY, at=AT, objecting=Objections(AT.date()))
    assert isinstance(batch, Batch)
    stored = rows(
        "SELECT system_person_number, stage, fiscal_year, sequence, examined_date, age, items, warnings"
        " FROM screening_result WHERE batch_id = %s ORDER BY 1, 2, 3, 4",
        [batch.batch_id],
    )
    problems = rows(
        "SELECT line, field, rule, value FROM screening_import_problem WHERE batch_id = %s ORDER BY 1, 2, 3, 4",
        [batch.batch_id],
    )
    transaction.savepoint_rollback(before)
    return batch, stored, problems


def test_a_short_look_finds_what_a_long_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list(every_line())
    file = written(tmp_path, *lines, *reversed(lines))
    short = imported(file)
    looked_at: list[object] = []
    monkeypatch.setattr(Checker, "_age_if_plain", lambda *row: looked_at.append(row))
    long = imported(file)

    assert short[1:] == long[1:]
    assert (short[0].good_rows, short[0].warned_rows, short[0].bad_rows) == (
        long[0].good_rows, long[0].warned_rows, long[0].bad_rows,
    )  # fmt: skip
    assert len(looked_at) > 100
    assert {row["system_person_number"] for row in short[1]} > {NUMBER, MOVED}
    assert {"duplicate_in_file", "unknown_facility", "facility_closed", "sex_differs"} <= {
        problem["rule"] for problem in short[2]
    }


@pytest.mark.parametrize(("day", "rules"), [("2024/02/13", {"not_in_force"}), ("2024/02/14", set())])
def test_an_item_that_is_in_force_from_a_day_gets_a_long_look(tmp_path: Path, day: str, rules: set[str]) -> None:
    """What depends on the day of a row cannot be remembered with its items."""
    text = mapping_file("54").read_text(encoding="utf-8")
    mapping = read_mapping(text.replace("[columns]", '[columns]\n"HPV" = "item:XHPV0000000000011"'), "54.toml")
    woman = {"宛名番号": STRANGER, "性別": "女", "年度": "2023", "受診日": day, "細胞診判定": "NILM", "HPV": "1"}
    register(resident(STRANGER, sex="2"))
    cells = {**SOUND, **woman}
    header = [column.header for column in mapping.columns]
    file = tmp_path / "54-2023.csv"
    file.write_text("\n".join(",".join(row) for row in (header, [cells.get(name, "") for name in header])), "cp932")
    _, _, problems = imported(file, mapping)
    assert {problem["rule"] for problem in problems} & {"not_in_force"} == rules, problems


class _Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_people_met_a_moment_ago_are_not_asked_for_again_and_later_are(tmp_path: Path) -> None:
    clock = _Clock()
    met = PeopleMet(clock)

    def rules_broken(year: str) -> set[str]:
        file = written(tmp_path, line(年度=year, 受診日=f"{year}/07/24"))
        wanted = FileToImport(file, file.name, LUNG)
        batch = import_at_once(file=wanted, by=BY, at=AT, objecting=Objections(AT.date()), met=met)
        assert isinstance(batch, Batch)
        return {
            row["rule"]
            for row in rows("SELECT rule FROM screening_import_problem WHERE batch_id = %s", [batch.batch_id])
        }

    assert rules_broken("2025") == set()
    register(resident(sex="2"))
    clock.seconds += PeopleMet.KEPT_SECONDS
    assert rules_broken("2024") == set()
    clock.seconds += 0.1
    assert rules_broken("2023") == {"sex_differs"}
