"""Rows damaged the way real files are, so that an import has something to refuse.

Each is a copy of a valid row with one fault, on top of the valid rows, with sequence 9: were it accepted, it would
show as a second record.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tasuki.demo.generator.people import Person
from tasuki.demo.generator.programmes import LAST_FISCAL_YEAR
from tasuki.demo.generator.source_files import SourceLayout

BAD_SEQUENCE = "9"
_SPREADSHEET_EPOCH = date(1899, 12, 30)
_LONG_TEXT = "所見多数につき別紙参照。" * 12
_UNKNOWN_TERM = "要相談"
_FUTURE_DAY = date(LAST_FISCAL_YEAR + 1, 1, 15)
_DETAILED_RESULT = {
    "51": "9P507000000000011", "52": "9P525000000000011", "53": "9P549000000000011", "54": "9P565000000000011",
    "55": "9P585000000000011", "56": "9P616000000000011", "57": "9P638000000000011", "58": "9P691000000000011",
}  # fmt: skip
JUDGEMENT = {
    "51": "9P504000000000011", "52": "9P522000000000011", "53": "9P546000000000011", "54": "9P562000000000011",
    "55": "9P582000000000011", "56": "9P615000000000011", "57": "9P637000000000011", "58": "9P690000000000011",
}  # fmt: skip
_REMARK = {
    "51": "9P505160800000049", "52": "9P523160800000049", "53": "9P547160800000049", "54": "9P563160800000049",
    "55": "9P583160800000049", "57": "9Z507160800000049", "58": "9P689160800000049",
}  # fmt: skip


class MistakeKind(StrEnum):
    """What is wrong with a damaged row."""

    LOST_LEADING_ZEROS = "LOST_LEADING_ZEROS"
    IMPOSSIBLE_DATE = "IMPOSSIBLE_DATE"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    OVER_LONG_TEXT = "OVER_LONG_TEXT"
    MISSING_MANDATORY = "MISSING_MANDATORY"
    WRONG_COLUMN_COUNT = "WRONG_COLUMN_COUNT"
    UNKNOWN_PERSON = "UNKNOWN_PERSON"
    FUTURE_DATE = "FUTURE_DATE"
    STAGE_ERROR = "STAGE_ERROR"
    EXCEL_SERIAL = "EXCEL_SERIAL"


@dataclass(frozen=True, slots=True)
class ValidRow:
    """A valid row, as what a mistake is made from."""

    person: Person
    layout: SourceLayout
    fiscal_year: int
    stage: str
    examined: date
    cells: list[str]


class MistakeMaker:
    """Damages a copy of every so-many-th row, each kind as often as the others."""

    def __init__(self, every: int) -> None:
        """Set how many valid rows lie between two damaged ones."""
        self._every = every
        self._since = 0
        self.counts: Counter[MistakeKind] = Counter()

    def damage(self, row: ValidRow) -> tuple[MistakeKind, list[str]] | None:
        """Give a damaged copy of the row if one is due and fits."""
        self._since += 1
        if self._since < self._every:
            return None
        kinds = sorted((kind for kind in MistakeKind if _fits(kind, row)), key=lambda kind: self.counts[kind])
        rarest = kinds[0]
        is_due = self.counts[rarest] == min(self.counts[kind] for kind in MistakeKind)
        if not is_due and self._since < 2 * self._every:
            # Wait for a row that fits the rarest kind, unless none has come for as long again.
            return None
        self._since = 0
        self.counts[rarest] += 1
        return rarest, _damaged(rarest, row)


def _fits(kind: MistakeKind, row: ValidRow) -> bool:
    match kind:
        case MistakeKind.OVER_LONG_TEXT:
            return row.layout.programme in _REMARK and row.stage == "1"
        case MistakeKind.FUTURE_DATE:
            return row.fiscal_year == LAST_FISCAL_YEAR
        case MistakeKind.STAGE_ERROR | MistakeKind.UNKNOWN_CODE:
            return row.stage == "1"
        case _:
            return True


def _damaged(kind: MistakeKind, row: ValidRow) -> list[str]:
    cells = list(row.cells)
    cells[row.layout.index_of("sequence")] = BAD_SEQUENCE
    if kind is MistakeKind.WRONG_COLUMN_COUNT:
        return cells[:-2]
    field, value = _fault(kind, row)
    cells[row.layout.index_of(field)] = value
    return cells


def _fault(kind: MistakeKind, row: ValidRow) -> tuple[str, str]:
    """Give the field a mistake spoils and what then stands in it."""
    programme = row.layout.programme
    number = row.person.system_number
    judgement = (JUDGEMENT if row.stage == "1" else _DETAILED_RESULT)[programme]
    normal_detail = row.layout.terms[row.layout.index_of(_DETAILED_RESULT[programme])] or {}
    faults = {
        MistakeKind.LOST_LEADING_ZEROS: ("system_person_number", number.lstrip("0")),
        MistakeKind.UNKNOWN_PERSON: ("system_person_number", "9" * len(number)),
        MistakeKind.IMPOSSIBLE_DATE: ("examined_date", _thirtieth_of_february(row)),
        MistakeKind.FUTURE_DATE: ("examined_date", row.layout.write_date(_FUTURE_DAY)),
        MistakeKind.EXCEL_SERIAL: ("examined_date", str((row.examined - _SPREADSHEET_EPOCH).days)),
        MistakeKind.UNKNOWN_CODE: (judgement, _UNKNOWN_TERM),
        MistakeKind.MISSING_MANDATORY: (judgement, ""),
        MistakeKind.OVER_LONG_TEXT: (_REMARK.get(programme, ""), _LONG_TEXT),
        MistakeKind.STAGE_ERROR: (_DETAILED_RESULT[programme], normal_detail["1"][0]),
    }
    return faults[kind]


def _thirtieth_of_february(row: ValidRow) -> str:
    thirtieth_of_january = row.layout.write_date(date(row.fiscal_year + 1, 1, 30))
    return thirtieth_of_january[:-4] + thirtieth_of_january[-4:].replace("1", "2", 1)
