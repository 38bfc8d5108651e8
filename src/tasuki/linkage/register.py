"""Takes in the resident register: what screening may know goes there, individual numbers go to the index alone.

The file is read once, line by line. Screening gets its share first and whole, the index after it in parts: both take
the same file again without a change, so a load that was cut short is simply repeated.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.operations import number_people
from tasuki.persons.types import NumberingProblem, NumberingReport, PersonToNumber
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.reading import Rows, SourceFile, UnreadableSource, inspect, read_rows
from tasuki.screening.types import ImportProblem, ResidentRow
from tasuki.screening.types import RegisterReport as Residents
from tasuki.screening.wording import import_problem
from tasuki.shared.actor import Actor
from tasuki.shared.dates import DateProblem, parse_date
from tasuki.shared.garbage import collection_paused
from tasuki.shared.identifiers import is_individual_number, is_system_person_number

Progress = Callable[[str, int], None]
"""Called with the phase (`residents`, `numbers`) and how many people it has done."""

# The headers of the register as the resident record system writes them, by field.
HEADERS: Final[Mapping[str, str]] = {
    "system_person_number": "宛名番号",
    "household_number": "世帯番号",
    "individual_number": "個人番号",
    "name": "氏名",
    "kana_name": "カナ氏名",
    "birth_date": "生年月日",
    "sex": "性別",
    "postal_code": "郵便番号",
    "address": "住所",
    "moved_in_date": "転入日",
    "moved_in_from": "転入元コード",
    "moved_out_date": "転出日",
    "moved_out_to": "転出先コード",
    "died_date": "死亡日",
    "protected_from": "支援措置開始日",
    "protected_to": "支援措置終了日",
}
_REQUIRED: Final = ("system_person_number", "name", "kana_name", "birth_date", "sex")
_DATES: Final = ("birth_date", "moved_in_date", "moved_out_date", "died_date", "protected_from", "protected_to")
_SEXES: Final = ("1", "2")
_NUMBERED_AT_ONCE: Final = 20_000
_DATE_RULES: Final[Mapping[DateProblem, str]] = {
    DateProblem.EMPTY: "cell_empty",
    DateProblem.EXCEL_SERIAL: "excel_serial",
    DateProblem.TWO_DIGIT_YEAR: "two_digit_year",
    DateProblem.IMPOSSIBLE_DATE: "impossible_date",
    DateProblem.UNREADABLE: "unreadable_date",
}


@dataclass(frozen=True, slots=True)
class RegisterReport:
    """What a load of the register did in screening and in the index, and what a clerk has to look at."""

    rows: int
    added: int
    changed: int
    unchanged: int
    numbered: int
    linked: int
    already_numbered: int
    problems: tuple[ImportProblem, ...]
    numbering_problems: tuple[NumberingProblem, ...]


@dataclass(frozen=True, slots=True)
class UnreadableRegister:
    """The file as a whole cannot be read; nothing of it was taken in."""

    problems: tuple[ImportProblem, ...]


class _UnusableHeader(Exception):
    """Columns are missing."""

    def __init__(self, problems: tuple[ImportProblem, ...]) -> None:
        super().__init__("columns are missing")
        self.problems = problems


class _Reader:
    """Reads the lines of one register, sorting out what each side may know."""

    def __init__(self, header: Sequence[str], progress: Progress | None) -> None:
        self.rows = 0
        self.problems: list[ImportProblem] = []
        # Three plain lists: 400,000 small objects would take as much memory as everything else together.
        self.lines: list[int] = []
        self.numbers: list[str] = []
        self.individual_numbers: list[str | None] = []
        self._positions = {name: header.index(text) for name, text in HEADERS.items()}
        self._width, self._progress = len(header), progress

    def residents(self, chunks: Iterator[Rows]) -> Iterator[ResidentRow]:
        """Give each sound line as screening may know it, remembering the individual number for the index."""
        for lines, rows in chunks:
            for line, cells in zip(lines, rows, strict=True):
                self.rows += 1
                resident = self._resident(line, cells)
                if resident is not None:
                    yield resident
            if self._progress is not None:
                self._progress("residents", self.rows)

    def _resident(self, line: int, cells: Sequence[str]) -> ResidentRow | None:
        if len(cells) != self._width:
            self.problems.append(
                import_problem("wrong_column_count", line=line, expected=self._width, found=len(cells))
            )
            return None
        values = {name: cells[position].strip() for name, position in self._positions.items()}
        known_problems = len(self.problems)
        self._check_texts(line, values)
        days = {name: self._day(line, name, values[name]) for name in _DATES}
        start, end = days["protected_from"], days["protected_to"]
        if end is not None and (start is None or end < start):
            self._report("period_reversed", line, "protected_to", values["protected_to"])
        if len(self.problems) > known_problems:
            return None
        self._remember(line, values["system_person_number"], values.pop("individual_number"))
        return ResidentRow(**(values | days))  # type: ignore[arg-type]  # each date field's text gives way to its date

    def _check_texts(self, line: int, values: Mapping[str, str]) -> None:
        for name in _REQUIRED:
            if not values[name]:
                self._report("cell_empty", line, name, "")
        number = values["system_person_number"]
        if number and not is_system_person_number(number):
            self._report("bad_number", line, "system_person_number", number)
        if values["sex"] and values["sex"] not in _SEXES:
            self._report("bad_sex", line, "sex", values["sex"])

    def _day(self, line: int, name: str, cell: str) -> dt.date | None:
        if not cell:
            return None
        day = _read_day(cell)
        if isinstance(day, str):
            self._report(day, line, name, cell)
            return None
        return day

    def _remember(self, line: int, number: str, individual_number: str) -> None:
        """Keep what the index needs, where the number can be relied upon."""
        if individual_number and not is_individual_number(individual_number):
            # Without the value: a mistyped individual number is most of a right one.
            self._report("bad_individual_number", line, "individual_number", "")
            return
        self.lines.append(line)
        self.numbers.append(number)
        self.individual_numbers.append(individual_number or None)

    def _report(self, rule: str, line: int, name: str, value: str) -> None:
        self.problems.append(import_problem(rule, line=line, field=HEADERS[name], value=value))


# A register has some tens of thousands of different days, mostly dates of birth.
@lru_cache(maxsize=65_536)
def _read_day(cell: str) -> dt.date | str:
    """Read a day, or name the rule its cell breaks."""
    try:
        return dt.date.fromisoformat(cell)
    except ValueError:
        day = parse_date(cell)
    return day if isinstance(day, dt.date) else _DATE_RULES[day.problem]


def import_register(
    *, file: Path, system: str, cipher: NumberCipher, by: Actor, at: dt.datetime, progress: Progress | None = None
) -> RegisterReport | UnreadableRegister:
    """Take in a register file: residents to screening, individual numbers to the index, problems to the clerk.

    A line with an error stays out; one whose individual number alone is wrong goes in and is not numbered. Not one
    transaction: the two sides lie in databases of their own, and each takes the same file twice without a change.
    """
    try:
        with collection_paused():
            source = inspect(file, "utf-8")
            reader, residents = _load_residents(source, by, at, progress)
            numbering = _number(source, reader, system, cipher, by, at, progress)
    except UnreadableSource as unreadable:
        return UnreadableRegister((unreadable.problem,))
    except _UnusableHeader as unusable:
        return UnreadableRegister(unusable.problems)
    return RegisterReport(
        rows=reader.rows,
        added=residents.added,
        changed=residents.changed,
        unchanged=residents.unchanged,
        numbered=numbering.numbered,
        linked=numbering.linked,
        already_numbered=numbering.already_numbered,
        problems=tuple(reader.problems),
        numbering_problems=tuple(numbering.problems),
    )


@transaction.atomic
def _load_residents(
    source: SourceFile, by: Actor, at: dt.datetime, progress: Progress | None
) -> tuple[_Reader, Residents]:
    chunks = read_rows(source)
    lines, first = next(chunks, ([], []))
    if not first:
        raise UnreadableSource(import_problem("file_empty"))
    header = [cell.strip() for cell in first[0]]
    missing = tuple(import_problem("no_header", line=1, field=name) for name in HEADERS.values() if name not in header)
    if missing:
        raise _UnusableHeader(missing)
    reader = _Reader(header, progress)
    rows = reader.residents(chain([(lines[1:], first[1:])], chunks))
    return reader, register_residents(rows=rows, by=by, at=at, reason="register")


def _number(
    source: SourceFile,
    reader: _Reader,
    system: str,
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
    progress: Progress | None,
) -> NumberingReport:
    """Number the people of a register in parts, after their numbering is on record."""
    with transaction.atomic():
        append(
            kind=EntryKind.PEOPLE_NUMBERED,
            body={"system": system, "people": len(reader.numbers), "file_sha256": source.sha256, "by": str(by)},
            at=at,
        )
    numbered = linked = already = 0
    problems: list[NumberingProblem] = []
    for start in range(0, len(reader.numbers), _NUMBERED_AT_ONCE):
        part = slice(start, start + _NUMBERED_AT_ONCE)
        people = [
            PersonToNumber(number, individual)
            for number, individual in zip(reader.numbers[part], reader.individual_numbers[part], strict=True)
        ]
        done = number_people(system=system, people=people, cipher=cipher, by=by, at=at)
        numbered, linked = numbered + done.numbered, linked + done.linked
        already += done.already_numbered
        problems += [replace(one, line=reader.lines[start + one.line - 1]) for one in done.problems]
        if progress is not None:
            progress("numbers", start + len(people))
    return NumberingReport(numbered, linked, already, tuple(problems))
