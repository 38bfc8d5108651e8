"""Files of business systems: every line is answered, in the sender's words, and nothing of a 個人番号 comes back."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.linkage.people_files import (
    PeopleFile,
    RegisteredFile,
    read_people,
    register_file,
    write_answers,
)
from tasuki.linkage.table_files import UnreadableTable
from tasuki.nodes.sql import rows
from tests.integration.persons.index import AT, CIPHER, CLERK, NUMBERS, the_usual_three

pytestmark = pytest.mark.django_db(databases=["default", "index"])
HEADER = "宛名番号,氏名,カナ氏名,生年月日,性別,郵便番号,住所,世帯番号,個人番号"
LINES = (
    f"101,例示　太郎,レイジ　タロウ,昭和59年6月2日,男,,架空区模擬町一丁目1番,,{NUMBERS[0]}",
    f"102,例示　花子,レイジ　ハナコ,1986/1/15,2,,架空区模擬町1-1,,{NUMBERS[0]}",
    "103,仮所　四郎,カリショ　シロウ,1971-05-05,1,,例示県1,,",
    "104,,カリショ,ある日,9,,例示県1,,123456789012",
    "105,足りない",
    f"{NUMBERS[1]}9999,例示　花子,,,,,,,",
)


def registered(file: Path) -> RegisteredFile:
    read = read_people(file)
    assert isinstance(read, PeopleFile), read
    return register_file(read=read, system="care", cipher=CIPHER, by=CLERK, at=AT)


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16"])
def test_every_line_is_answered_whatever_the_encoding(tmp_path: Path, encoding: str) -> None:
    the_usual_three()
    file = tmp_path / "people.csv"
    file.write_bytes("\r\n".join((HEADER, *LINES, "")).encode(encoding))
    done = registered(file)
    assert (done.linked, done.numbered, done.unchanged, done.cases, done.problems) == (1, 1, 0, 1, 3)
    assert [(one.line, one.system_person_number, one.status.ja) for one in done.answers] == [
        (2, "101", "登録済みの人と一致"), (3, "102", "要確認"), (4, "103", "新しく付番"),
        (5, "104", "登録できない"), (6, "", "登録できない"), (7, "", "登録できない"),
    ]  # fmt: skip
    assert "氏名: 氏名がありません。氏名を入れてください。" in done.answers[3].message.ja
    assert "birth_date: The birth date is no date." in done.answers[3].message.en
    told = write_answers(done.answers).decode("utf-8-sig")
    assert len(told.splitlines()) == 1 + len(LINES)
    assert not [number for number in (*NUMBERS, "123456789012") if number in told]
    again = registered(file)
    assert (again.linked, again.numbered, again.unchanged, again.cases) == (0, 0, 2, 0)
    kinds = rows("SELECT kind FROM evidence_entry ORDER BY entry_id")
    assert [row["kind"] for row in kinds] == ["people_registered"] * 2


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\xfd\x00\x81", "氏名,住所\r\nあ,い\r\n".encode("cp932")])
def test_a_file_that_is_none_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    found = read_people(file)
    assert isinstance(found, UnreadableTable)
    assert all(one.message_ja and one.message_en for one in found.problems)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.lists(st.text(max_size=12), min_size=9, max_size=9), max_size=4))
def test_any_cells_are_answered_line_by_line(tmp_path: Path, cells: list[list[str]]) -> None:
    file = tmp_path / "people.csv"
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in cells]
    file.write_bytes("\r\n".join((HEADER, *quoted, "")).encode("utf-8", "replace"))
    read = read_people(file)
    if isinstance(read, PeopleFile):
        done = register_file(read=read, system="care", cipher=CIPHER, by=CLERK, at=AT)
        assert len(done.answers) == len(read.people) + len(read.problems)
