"""Reading files as people send them."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.screening.mapping import Shape
from tasuki.screening.reading import LONGEST_LINE, SourceFile, UnreadableSource, cutter, inspect, read_rows


def source(folder: Path, content: bytes) -> SourceFile:
    file = folder / "sent.csv"
    file.write_bytes(content)
    return inspect(file, "cp932")


def rows_of(found: SourceFile) -> list[tuple[int, list[str]]]:
    return [pair for lines, rows in read_rows(found) for pair in zip(lines, rows, strict=True)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\r\nc,d\r\n".encode("cp932"), [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("ソ,表\r\n十,能".encode("cp932"), [(1, ["ソ", "表"]), (2, ["十", "能"])]),
        ("\ufeff宛名,髙\n\n𠮷,x\n".encode(), [(1, ["宛名", "髙"]), (3, ["𠮷", "x"])]),
        ('a,b\r\n"所見\r\nあり",d\r\n"e""f",g\r\n'.encode("cp932"),
         [(1, ["a", "b"]), (2, ["所見\r\nあり", "d"]), (4, ['e"f', "g"])]),
        ("a,〜−\n".encode(), [(1, ["a", "～－"])]),
        (b"a,b\rc,d\r", [(1, ["a", "b"]), (2, ["c", "d"])]),
        ("宛名,髙\r\n𠮷,〜\r\n".encode("utf-16"), [(1, ["宛名", "髙"]), (2, ["𠮷", "～"])]),
        ("宛名,髙\r\n𠮷,x".encode("utf-16-le"), [(1, ["宛名", "髙"]), (2, ["𠮷", "x"])]),
        ("宛名,髙\r\n".encode("utf-16-be"), [(1, ["宛名", "髙"])]),
    ],
)  # fmt: skip
def test_rows_come_with_the_line_they_begin_on(
    tmp_path: Path, content: bytes, expected: list[tuple[int, list[str]]]
) -> None:
    assert rows_of(source(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("content", "rule", "line"),
    [
        (b"", "file_empty", 0),
        (b"a,b\nc,\0d\n", "nul_bytes", 2),
        ("a,b\nc,\0d\n".encode("utf-16"), "nul_bytes", 1),
        ("a,b\n".encode("utf-16-le") + b"\x00\xd8\n\x00", "wrong_encoding", 0),
        ("x".encode("utf-16-be") + b"\0," + b"\0x" * (LONGEST_LINE + 1), "line_too_long", 1),
        (b"a\nb\n" + b"x" * (LONGEST_LINE + 1), "line_too_long", 3),
        (b"x" * (2 * 1024 * 1024), "line_too_long", 1),
        (b'a,b\n"c,d\n', "quote_left_open", 2),
        (b'a,b\n"c' + b"x,y\n" * LONGEST_LINE, "quote_left_open", 2),
        ("受診日,性別,宛名番号,年度\n".encode("euc_jp"), "wrong_encoding", 0),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_where(tmp_path: Path, content: bytes, rule: str, line: int) -> None:
    with pytest.raises(UnreadableSource) as raised:
        rows_of(source(tmp_path, content))
    assert (raised.value.problem.rule, raised.value.problem.line) == (rule, line)


def test_a_wrong_byte_is_named_by_its_place_and_the_likely_encoding(tmp_path: Path) -> None:
    head = "あ,い\r\n".encode("cp932")
    with pytest.raises(UnreadableSource) as raised:
        rows_of(source(tmp_path, head + b"\x81\x20\r\n"))
    assert f"{len(head)}バイト目" in raised.value.problem.message_ja
    with pytest.raises(UnreadableSource) as raised:
        rows_of(source(tmp_path, "受診日,性別,宛名番号,年度\n".encode("euc_jp")))
    assert "EUC-JP" in raised.value.problem.message_en


def test_a_huge_line_is_refused_without_reading_it_into_memory(tmp_path: Path) -> None:
    file = tmp_path / "huge.csv"
    file.write_bytes(b"x" * (32 * 1024 * 1024))
    tracemalloc.start()
    with pytest.raises(UnreadableSource):
        inspect(file, "cp932")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(st.sampled_from('aあソ,"\n\r 表'), max_size=8), min_size=2, max_size=4),
        min_size=1,
        max_size=20,
    ),
    encoding=st.sampled_from(["cp932", "utf-8"]),
)
def test_what_a_csv_writer_wrote_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], encoding: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    found = source(tmp_path_factory.mktemp("csv"), text.getvalue().encode(encoding))
    assert [cells for _, cells in rows_of(found)] == rows


@settings(max_examples=80, deadline=None)
@given(
    lines=st.lists(st.text(st.sampled_from("aソ表ｱ～ 1"), min_size=1, max_size=9), min_size=1, max_size=30),
    widths=st.lists(st.integers(1, 4), min_size=1, max_size=4),
)
def test_many_lines_of_fixed_length_are_cut_as_each_of_them_is(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], widths: list[int]
) -> None:
    content = "\n".join(lines) + "\n"
    found = source(tmp_path_factory.mktemp("fixed"), content.encode("cp932"))
    cut = cutter(found.encoding, widths)
    shape = Shape(has_header=False, names=tuple("abcd"[: len(widths)]), widths=tuple(widths))
    read = [cells for _, rows in read_rows(found, shape) for cells in rows]
    assert read == [cut(line) for line in lines]


@pytest.mark.parametrize("content", [b"\r\n", b"\n\n\n"])
def test_empty_lines_of_fixed_length_are_no_rows(tmp_path: Path, content: bytes) -> None:
    shape = Shape(has_header=False, names=("a", "b"), widths=(3, 4))
    assert [cells for _, rows in read_rows(source(tmp_path, content), shape) for cells in rows] == []
