"""Reads single cells of a result file, and names what spreadsheets did to them.

Every function takes a cell and gives its value, or None where it is empty, and the id of the rule it breaks, if any.
A file has few different values in a column, so each is looked at once.
"""

import re
import string
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

from tasuki.layouts.types import ItemType
from tasuki.screening.mapping import DOCUMENT_PROBLEMS, UNREADABLE, Column
from tasuki.shared.dates import DateProblem, PartialDate, RefusedDate, parse_date, parse_partial_date
from tasuki.shared.identifiers import is_digits

Reading = tuple[str | None, str | None]
ReadCell = Callable[[str], Reading]

_EXPONENT: Final = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
# 〓 and U+FFFD stand where a character was lost; private characters (外字) mean something on the sender's machine only.
_LOST: Final = re.compile("[〓\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DATE_RULES: Final[Mapping[DateProblem, str]] = {
    DateProblem.EMPTY: "cell_empty",
    DateProblem.EXCEL_SERIAL: "excel_serial",
    DateProblem.TWO_DIGIT_YEAR: "two_digit_year",
    DateProblem.IMPOSSIBLE_DATE: "impossible_date",
    DateProblem.UNREADABLE: "unreadable_date",
}
_FACILITY_DIGITS: Final = 10
#: What a value begins with that is none: why it is absent follows. No cell has this character.
ABSENT_MARK: Final = "\0"
_ERA_BASES: Final[Mapping[str, int]] = {"R": 2018, "H": 1988, "S": 1925, "T": 1911, "M": 1867}


def has_lost_character(text: str) -> bool:
    """Say whether a text has a private character or one that stands for a lost one."""
    return _LOST.search(text) is not None


def plain(cell: str) -> str:
    """Write a cell of digits or letters in their usual width, without spaces around."""
    return cell.strip() if cell.isascii() else unicodedata.normalize("NFKC", cell).strip()


def plain_all(cells: Sequence[str]) -> Sequence[str]:
    """Write many cells as `plain` writes one: nearly always all of them are plain, which is cheaper to see at once."""
    together = "".join(cells)
    if together.isascii() and not any(space in together for space in string.whitespace):
        return cells
    return [plain(cell) for cell in cells]


class _FlatWords(dict[str, str]):
    """Words of readings in full width, each written once."""

    def __missing__(self, word: str) -> str:
        self[word] = flat = unicodedata.normalize("NFKC", word).replace(" ", "")
        return flat


def flat_kana_all(cells: Sequence[str]) -> list[str]:
    """Write readings in full width without spaces: people are many, but their names are of few words."""
    flat = _FlatWords().__getitem__
    return ["".join(map(flat, cell.split(" "))) for cell in cells]


def read_text(cell: str) -> Reading:
    """Read free text: control characters out, one kind of line end."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _CONTROLS.sub("", text) or None, None


def read_number(cell: str) -> Reading:
    """Read a number of a national item, whose form the layouts check."""
    number = plain(cell)
    if _EXPONENT.fullmatch(number):
        return None, "exponent"
    return number or None, None


def read_whole_number(cell: str) -> Reading:
    """Read a fiscal year or a sequence, either of which the import may supply."""
    number = plain(cell)
    if not number:
        return None, None
    if not (number.isascii() and number.isdigit() and len(number) <= 4):
        return None, "exponent" if _EXPONENT.fullmatch(number) else "not_a_whole_number"
    return str(int(number)), None


def read_facility_number(cell: str) -> Reading:
    """Read a 保険医療機関番号: ten digits, of which the first is a zero in nine prefectures."""
    number = plain(cell)
    if not number or is_digits(number, _FACILITY_DIGITS):
        return number or None, None
    if number.isascii() and number.isdigit() and len(number) < _FACILITY_DIGITS:
        return None, "lost_leading_zeros"
    return None, "exponent" if _EXPONENT.fullmatch(number) else "bad_number"


def read_day(cell: str) -> Reading:
    """Read a date known to the day, as ISO."""
    found = parse_date(cell)
    return (found.isoformat(), None) if isinstance(found, date) else _refused(found)


def read_partial_day(cell: str) -> Reading:
    """Read the date of an examination, as precise as it is known; an empty cell is an unknown date."""
    if not cell or cell.isspace():
        return None, None
    found = parse_partial_date(cell)
    return (found.iso, None) if isinstance(found, PartialDate) else _refused(found)


def _refused(found: RefusedDate) -> Reading:
    return None, _DATE_RULES[found.problem]


def read_term(terms: Mapping[str, str], *, required: bool) -> ReadCell:
    """Make a reader of a sender's terms; width and spaces do not matter, everything else does."""
    folded = {plain(term): code for term, code in terms.items()}

    def read(cell: str) -> Reading:
        term = plain(cell)
        if not term:
            return None, "cell_empty" if required else None
        code = folded.get(term)
        return code, None if code is not None else "unknown_term"

    return read


def read_code(cell: str) -> Reading:
    """Read an official code, which the layouts check."""
    return plain(cell) or None, None


def reader_of(column: Column) -> ReadCell:
    """Choose how a column is read."""
    read = _plain_reader_of(column)
    return read if not column.absent else read_unless_absent(column.absent, read)


def read_unless_absent(words: Mapping[str, str], read: ReadCell) -> ReadCell:
    """Make a reader that knows words for why there is no value; anything else is read as it was."""

    def read_word(cell: str) -> Reading:
        meaning = words.get(cell)
        if meaning is None:
            return read(cell)
        return (None, "unreadable_value") if meaning == UNREADABLE else (ABSENT_MARK + meaning, None)

    return read_word


def _plain_reader_of(column: Column) -> ReadCell:
    if column.terms is not None:
        return read_term(column.terms, required=column.field in ("sex", "stage"))
    if column.item is not None:
        return _ITEM_READERS[column.item.type]
    return _FIELD_READERS[column.field]


_ITEM_READERS: Final[Mapping[ItemType, ReadCell]] = {
    ItemType.CODE: read_code,
    ItemType.NUMBER: read_number,
    ItemType.TEXT: read_text,
    ItemType.DATE: read_partial_day,
}
_FIELD_READERS: Final[Mapping[str, ReadCell]] = {
    # Empty or not, the number is looked up for every row, and whoever it names is compared.
    "system_person_number": read_text,
    "kana_name": read_text,
    "name": read_text,
    "address": read_text,
    "birth_date": read_day,
    "sex": read_term({"1": "1", "2": "2"}, required=True),
    "stage": read_term({"1": "1", "2": "2", "3": "3"}, required=True),
    "fiscal_year": read_whole_number,
    "sequence": read_whole_number,
    "examined_date": read_partial_day,
    "facility_number": read_facility_number,
    "facility_name": read_text,
    "encounter_type": read_code,
    "fee_class": read_text,
    DOCUMENT_PROBLEMS: read_text,
}


def quick_days(date_format: str, cells: Sequence[str]) -> list[str]:
    """Make a fast guess at the ISO form of a sender's dates, right wherever it equals a date that is known.

    A file names every person's birth date, and reading each in full would cost as much as all its other checks.
    """
    if date_format == "era":
        return list(map(_quick_era_day, cells))
    if date_format == "YYYYMMDD":
        return [f"{cell[:4]}-{cell[4:6]}-{cell[6:]}" for cell in cells]
    return [cell.replace("/", "-") for cell in cells]


def _quick_era_day(cell: str) -> str:
    base = _ERA_BASES.get(cell[:1])
    parts = cell[1:].split(".")
    if base is None or len(parts) != 3 or not parts[0].isdigit():
        return ""
    return f"{base + int(parts[0])}-{parts[1]:0>2}-{parts[2]:0>2}"


def exponent_or_unknown(number: str) -> str:
    """Name what is wrong with the number of a person nobody knows."""
    return "exponent" if _EXPONENT.fullmatch(number) else "unknown_person"
