"""A predecessor's numbers are kept: never given anew, never given twice, and every contradiction named by its line."""

from pathlib import Path

import pytest

from tasuki.linkage.number_files import FAULT_WORDS, migrate_file
from tasuki.linkage.table_files import UnreadableTable
from tasuki.nodes.sql import rows
from tasuki.persons import queries
from tasuki.persons.operations import admit_system
from tasuki.persons.types import REGISTER
from tasuki.persons.types.items import Registration
from tasuki.persons.types.migrating import MigrationFault, MigrationReport
from tests.integration.persons.index import AT, CIPHER, CLERK, HANAKO, JIRO, NUMBERS, TARO, registered

pytestmark = pytest.mark.django_db(databases=["default", "index"])
HEADER = "統合宛名番号,業務システム,宛名番号,個人番号"


def migrate(tmp_path: Path, *lines: str) -> MigrationReport:
    admit_system(system="care", name="介護保険システム", name_en="Care insurance", by=CLERK, at=AT)
    file = tmp_path / "numbers.csv"
    file.write_bytes("\r\n".join((HEADER, *lines, "")).encode("cp932"))
    done = migrate_file(file=file, cipher=CIPHER, by=CLERK, at=AT)
    assert isinstance(done, MigrationReport), done
    return done


def test_numbers_are_kept_and_new_ones_lie_beyond(tmp_path: Path) -> None:
    lines = (
        f"70000,residents,0001,{NUMBERS[0]}",
        "70000,介護保険システム,501,",
        f"000000000070001,care,502,{NUMBERS[1]}",
    )
    done = migrate(tmp_path, *lines)
    assert (done.people, done.linked, done.unchanged, done.problems) == (2, 3, 0, ())
    registered(Registration("0001", TARO, NUMBERS[0]), Registration("0002", HANAKO), Registration("0003", JIRO))
    found = queries.unified_numbers(REGISTER, ["0001", "0002", "0003"])
    assert found["0001"] == queries.unified_numbers("care", ["501"])["501"] == "000000000070000"
    assert min(found["0002"], found["0003"]) > "000000000070001"
    assert queries.find_by_individual_number(NUMBERS[1], CIPHER) == "000000000070001"
    again = migrate(tmp_path, *lines)
    assert (again.people, again.linked, again.unchanged, again.problems) == (0, 0, 3, ())
    assert queries.unified_numbers(REGISTER, ["0001", "0002", "0003"]) == found
    assert [row["kind"] for row in rows("SELECT kind FROM evidence_entry")] == ["numbers_migrated"] * 2


def test_every_contradiction_is_named_by_its_line(tmp_path: Path) -> None:
    registered(Registration("0001", TARO, NUMBERS[0]))
    own = queries.unified_numbers(REGISTER, ["0001"])["0001"]
    done = migrate(
        tmp_path,
        "x1,care,1,",
        "0,care,2,",
        "999999999999999,care,3,",
        "80000,care,4-4,",
        "80000,tax,5,",
        "80000,care,6,123456789012",
        f"{own},care,7,",
        "80001,residents,0001,",
        f"80002,care,8,{NUMBERS[0]}",
        f"80003,care,9,{NUMBERS[2]}",
        f"80004,care,10,{NUMBERS[2]}",
        f"80003,care,11,{NUMBERS[3]}",
        "80005,care,9,",
        "80006",
    )
    assert [(one.line, one.fault) for one in done.problems] == [
        (2, MigrationFault.BAD_UNIFIED_NUMBER),
        (3, MigrationFault.BAD_UNIFIED_NUMBER),
        (4, MigrationFault.NO_ROOM_BEYOND),
        (5, MigrationFault.BAD_NUMBER),
        (6, MigrationFault.UNKNOWN_SYSTEM),
        (7, MigrationFault.BAD_INDIVIDUAL_NUMBER),
        (8, MigrationFault.GIVEN_HERE),
        (9, MigrationFault.LINKED_OTHERWISE),
        (10, MigrationFault.HELD_BY_ANOTHER),
        (12, MigrationFault.HELD_BY_ANOTHER),
        (13, MigrationFault.HOLDS_ANOTHER),
        (14, MigrationFault.LINKED_OTHERWISE),
        (15, MigrationFault.BAD_NUMBER),
    ]
    assert (done.people, done.linked) == (1, 1)
    assert set(FAULT_WORDS) == set(MigrationFault)


def test_a_table_without_its_columns_is_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_bytes("番号,宛名番号\r\n1,2\r\n".encode())
    found = migrate_file(file=file, cipher=CIPHER, by=CLERK, at=AT)
    assert isinstance(found, UnreadableTable)
    assert [one.field for one in found.problems] == ["統合宛名番号", "業務システム"]
