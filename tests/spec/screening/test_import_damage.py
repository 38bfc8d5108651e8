"""What spreadsheets and senders do to a cell, and what an import makes of it: one row for each kind of damage."""

from pathlib import Path

import pytest

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme
from tasuki.screening.cells import has_lost_character, reader_of
from tasuki.screening.mapping import Column
from tasuki.screening.reading import UnreadableSource, inspect, read_rows
from tasuki.screening.rules import rules
from tasuki.screening.types import ImportProblem
from tasuki.shared.names import fold_kana
from tasuki.shared.spreadsheets import harmless


def column(field: str, terms: dict[str, str] | None = None) -> Column:
    """Describe a column of a file by its field, or by an item of the lung cancer screening."""
    named = {item.identifier: item for item in catalogue().items_of(Programme.LUNG)}
    item = named.get(field)
    return Column("見出し", field if item is None else item.code, item, terms)


AGREED = [
    # field, cell, what is read
    ("examined_date", "2026/11/03", "2026-11-03"),
    ("examined_date", "R8.11.03", "2026-11-03"),
    ("examined_date", "令和８年１１月３日", "2026-11-03"),
    ("examined_date", "2026-11-03 00:00:00", "2026-11-03"),
    ("examined_date", "2026/11", "2026-11"),
    ("examined_date", "", None),
    ("smoking_index", "６００", "600"),
    ("facility_number", "０１１９９１００３０", "0119910030"),
    ("sequence", "01", "1"),
    ("fee_class", " 免除\r\n対象 ", "免除\n対象"),
]

REFUSED = [
    # field, cell, the rule it breaks
    ("facility_number", "119910030", "lost_leading_zeros"),
    ("facility_number", "1.31991E+09", "exponent"),
    ("facility_number", "13199100301", "bad_number"),
    ("smoking_index", "1E+15", "exponent"),
    ("examined_date", "46349", "excel_serial"),
    ("examined_date", "8/11/23", "two_digit_year"),
    ("examined_date", "081123", "two_digit_year"),
    ("examined_date", "2026/02/30", "impossible_date"),
    ("examined_date", "昭和64年1月8日", "impossible_date"),
    ("examined_date", "先週", "unreadable_date"),
    ("sex", "女性", "unknown_term"),
    ("sex", "", "cell_empty"),
    ("stage", "", "cell_empty"),
    ("fiscal_year", "R8", "not_a_whole_number"),
    ("sequence", "1.0E+0", "exponent"),
]


@pytest.mark.parametrize(("field", "cell", "value"), AGREED)
def test_what_can_be_read_for_certain_is_read(field: str, cell: str, value: str | None) -> None:
    assert reader_of(column(field))(cell) == (value, None)


@pytest.mark.parametrize(("field", "cell", "rule"), REFUSED)
def test_what_could_mean_two_things_is_refused_by_name(field: str, cell: str, rule: str) -> None:
    assert reader_of(column(field))(cell) == (None, rule)


@pytest.mark.parametrize("cell", ["Ａ", "A", " A ", "A\u3000"])
def test_a_term_is_known_in_any_width(cell: str) -> None:
    assert reader_of(column("chest_xray_judgement", {"Ａ": "9"}))(cell) == ("9", None)


@pytest.mark.parametrize("cell", ["ﾀｽｷｻﾞｷ", "タスキサ゛キ", "タスキサﾞキ", "たすきざき", "タスキ ザキ"])
def test_kana_that_came_apart_is_folded_and_not_refused(cell: str) -> None:
    assert fold_kana(cell) == fold_kana("タスキザキ")


@pytest.mark.parametrize(
    ("text", "lost"),
    [("髙橋𠮷", False), ("所見〓なし", True), ("\ue000木", True), ("所見\ufffd", True), ("異常なし～", False)],
)
def test_lost_characters_are_seen(text: str, lost: bool) -> None:
    assert has_lost_character(text) is lost


FILES = [
    # what happened, the bytes of a file with one lung cancer column set, and the rule that names it
    ("UTF-16 has two bytes for each character", "見出し,値\r\n1,2\r\n".encode("utf-16"), None),
    ("a mark at the beginning", "\ufeff見出し,値\r\n1,2\r\n".encode(), None),
    ("two files joined", ("\ufeff見出し,値\r\n1,2\r\n" * 2).encode(), "stray_mark"),
    ("a line break within quotes", '見出し,値\r\n1,"所見\r\nあり"\r\n'.encode("cp932"), None),
    ("a quote never closed", '見出し,値\r\n1,"所見\r\n'.encode("cp932"), "quote_left_open"),
    ("EUC-JP", "受診日,性別,宛名番号,年度\r\n".encode("euc_jp"), "wrong_encoding"),
    ("binary content", b"\x00\x01\x02\x03", "nul_bytes"),
    ("nothing", b"", "file_empty"),
]


@pytest.mark.parametrize(
    ("content", "rule"), [(content, rule) for _, content, rule in FILES], ids=[f[0] for f in FILES]
)
def test_what_happens_to_a_file_as_a_whole_is_read_or_named(tmp_path: Path, content: bytes, rule: str | None) -> None:
    file = tmp_path / "sent.csv"
    file.write_bytes(content)
    notes: list[ImportProblem] = []
    try:
        found = [row for _, rows in read_rows(inspect(file, "cp932"), notes=notes) for row in rows]
    except UnreadableSource as unreadable:
        notes.append(unreadable.problem)
    else:
        assert found[0] == ["見出し", "値"]
    assert [one.rule for one in notes] == ([] if rule is None else [rule])
    assert all(one.message_ja and one.message_en and one.remedy_ja and one.remedy_en for one in notes)


@pytest.mark.parametrize(("one", "other"), [("〜", "～"), ("−", "－")])
def test_wave_dash_and_minus_of_either_code_are_one(tmp_path: Path, one: str, other: str) -> None:
    read = []
    for text, encoding in ((one, "utf-8"), (one, "utf-16"), (other, "cp932")):
        file = tmp_path / f"{encoding}.csv"
        file.write_bytes(f"10{text}20\r\n".encode(encoding))
        read += [row for _, rows in read_rows(inspect(file, "cp932")) for row in rows]
    assert read == [[f"10{other}20"]] * 3


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+81-3", "'+81-3"),
        ("@x", "'@x"),
        ("-1.5", "-1.5"),
        ("+3", "+3"),
        ("(-)", "(-)"),
        ("＝1", "'＝1"),
    ],
)
def test_what_goes_back_to_a_sender_is_no_formula(cell: str, written: str) -> None:
    assert harmless(cell) == written


def test_every_rule_of_an_import_says_what_why_and_what_next() -> None:
    wanting = [
        rule.id
        for rule in rules().values()
        if not (rule.message_ja and rule.message_en and rule.remedy_ja and rule.remedy_en)
    ]
    assert wanting == []
