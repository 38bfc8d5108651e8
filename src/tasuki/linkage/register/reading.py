"""Reads files of the resident register, line by line: the whole register, or a day's changes.

A day's changes are the same columns with two more, 異動事由 and 異動日: each line says what the resident is like since
that day.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import Final

from tasuki.persons.retention import is_over
from tasuki.screening.reading import Rows
from tasuki.screening.types import ImportProblem, ResidentRow
from tasuki.screening.types.residents import MoveKind, ResidentMove
from tasuki.screening.wording import REFUSED, import_problem
from tasuki.shared.dates import DateProblem, parse_date
from tasuki.shared.environments import Environment, may_hold_person
from tasuki.shared.identifiers import is_individual_number, is_system_person_number

Progress = Callable[[str, int], None]
"""Called with the phase (`residents`, `numbers`) and how many people it has done."""

FindErased = Callable[[Sequence[str]], Set[str]]
"""Called with numbers of people, while the database cannot be asked; gives those that were erased."""


def nobody_erased(_numbers: Sequence[str]) -> Set[str]:
    """Give nobody: for a town that keeps no register of erasures."""
    return frozenset()


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
#: The columns a day's changes have besides.
MOVE_HEADERS: Final[Mapping[str, str]] = {"kind": "異動事由", "event_date": "異動日"}
MOVE_TERMS: Final[Mapping[str, MoveKind]] = {
    "出生": MoveKind.BIRTH,
    "転入": MoveKind.MOVED_IN,
    "転居": MoveKind.MOVED_WITHIN,
    "転出": MoveKind.MOVED_OUT,
    "死亡": MoveKind.DEATH,
    "氏名変更": MoveKind.NAME_CHANGED,
    "世帯変更": MoveKind.HOUSEHOLD_CHANGED,
    "個人番号変更": MoveKind.NUMBER_CHANGED,
    "支援措置": MoveKind.PROTECTION,
    "職権修正": MoveKind.CORRECTED,
}
#: The column without which a change of that kind says nothing.
_NEEDED: Final[Mapping[MoveKind, str]] = {
    MoveKind.MOVED_IN: "moved_in_date",
    MoveKind.MOVED_OUT: "moved_out_date",
    MoveKind.DEATH: "died_date",
    MoveKind.PROTECTION: "protected_from",
    MoveKind.NUMBER_CHANGED: "individual_number",
}
_HEADER_OF: Final = {**HEADERS, **MOVE_HEADERS}
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


class UnusableHeader(Exception):
    """Columns are missing from the register."""

    def __init__(self, problems: tuple[ImportProblem, ...]) -> None:
        super().__init__("columns are missing")
        self.problems = problems


class OtherEnvironment(Exception):
    """A line is of a person who may not be kept in this environment."""

    def __init__(self, problem: ImportProblem) -> None:
        super().__init__("a person of another environment")
        self.problem = problem


class RegisterReader:
    """Reads the lines of one register, sorting out what each side may know."""

    def __init__(
        self,
        header: Sequence[str],
        progress: Progress | None,
        on: dt.date,
        environment: Environment,
        find_erased: FindErased = nobody_erased,
    ) -> None:
        """Read lines under a header, as of a day.

        :raises OtherEnvironment: later, by the line of whoever may not be kept here.
        """
        self._on, self._environment, self._find_erased = on, environment, find_erased
        #: Of a whole register: who was erased and is still named as gone.
        self.erased: set[str] = set()
        self.rows = 0
        self.problems: list[ImportProblem] = []
        # Three plain lists: 400,000 small objects would take as much memory as everything else together.
        self.lines: list[int] = []
        self.numbers: list[str] = []
        self.individual_numbers: list[str | None] = []
        #: Of a day's changes only: the lines of `moves`, in their order, and who has another individual number now.
        self.move_lines: list[int] = []
        self.number_changes: set[str] = set()
        self.has_moves = set(MOVE_HEADERS.values()) <= set(header)
        headers = {**HEADERS, **MOVE_HEADERS} if self.has_moves else HEADERS
        self._positions = {name: header.index(text) for name, text in headers.items()}
        self._width, self._progress = len(header), progress

    def residents(self, chunks: Iterator[Rows]) -> Iterator[ResidentRow]:
        """Give each sound line as screening may know it, remembering the individual number for the index."""
        for lines, rows in chunks:
            self.rows += len(rows)
            read = [(line, self._resident(line, cells)) for line, cells in zip(lines, rows, strict=True)]
            found = [(line, resident) for line, resident in read if resident is not None]
            erased = self._find_erased([one.system_person_number for _line, one in found if _is_gone(one)])
            self.erased |= erased
            for line, resident in found:
                if resident.system_person_number in erased:
                    # Without the number: whom the town erased it does not write down anew.
                    self._report("erased_person", line, "system_person_number", "")
                else:
                    yield resident
            if self._progress is not None:
                self._progress("residents", self.rows)

    def moves(self, chunks: Iterator[Rows]) -> Iterator[ResidentMove]:
        """Give each sound line of a day's changes, remembering which individual numbers changed."""
        for lines, rows in chunks:
            for line, cells in zip(lines, rows, strict=True):
                self.rows += 1
                move = self._move(line, cells)
                if move is not None:
                    self.move_lines.append(line)
                    yield move

    def _move(self, line: int, cells: Sequence[str]) -> ResidentMove | None:
        before = len(self.numbers)
        resident = self._resident(line, cells)
        if len(cells) != self._width:
            return None
        values = {name: cells[position].strip() for name, position in self._positions.items()}
        kind = MOVE_TERMS.get(values["kind"])
        if kind is None:
            self._report("cell_empty" if not values["kind"] else "unknown_term", line, "kind", values["kind"])
        is_complete = kind is not None and not (kind in _NEEDED and not values[_NEEDED[kind]])
        if kind is not None and not is_complete:
            self._report("needed_for_change", line, _NEEDED[kind], "")
        day = self._day(line, "event_date", values["event_date"])
        if day is None and not values["event_date"]:
            self._report("cell_empty", line, "event_date", "")
        if resident is None or kind is None or day is None or not is_complete:
            # What the index was to be told of a line that stays out is taken back.
            for kept in (self.lines, self.numbers, self.individual_numbers):
                del kept[before:]
            return None
        if kind is MoveKind.NUMBER_CHANGED:
            self.number_changes.add(resident.system_person_number)
        return ResidentMove(resident, kind, day)

    def leave_out(self, numbers: Set[str]) -> None:
        """Keep people from the index whose lines turned out to be nobody's."""
        kept = [
            (line, number, individual)
            for line, number, individual in zip(self.lines, self.numbers, self.individual_numbers, strict=True)
            if number not in numbers
        ]
        self.lines = [line for line, _, _ in kept]
        self.numbers = [number for _, number, _ in kept]
        self.individual_numbers = [individual for _, _, individual in kept]

    def _resident(self, line: int, cells: Sequence[str]) -> ResidentRow | None:
        if len(cells) != self._width:
            self.problems.append(
                import_problem("wrong_column_count", line=line, expected=self._width, found=len(cells))
            )
            return None
        values = {name: cells[self._positions[name]].strip() for name in HEADERS}
        if not may_hold_person(self._environment, individual_number=values["individual_number"], name=values["name"]):
            raise OtherEnvironment(import_problem(REFUSED[self._environment], line=line))
        known_problems = len(self.problems)
        self._check_texts(line, values)
        days = {name: self._day(line, name, values[name]) for name in _DATES}
        start, end = days["protected_from"], days["protected_to"]
        if end is not None and (start is None or end < start):
            self._report("period_reversed", line, "protected_to", values["protected_to"])
        if len(self.problems) > known_problems:
            return None
        individual_number = values.pop("individual_number")
        if is_over(moved_out=days["moved_out_date"], died=days["died_date"], on=self._on):
            # A number that was deleted must not come back with the next whole register.
            individual_number = ""
        self._remember(line, values["system_person_number"], individual_number)
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
        self.problems.append(import_problem(rule, line=line, field=_HEADER_OF[name], value=value))


def _is_gone(one: ResidentRow) -> bool:
    """Say whether somebody has left or died; whoever is back is a resident as any other."""
    return one.moved_out_date is not None or one.died_date is not None


# A register has some tens of thousands of different days, mostly dates of birth.
@lru_cache(maxsize=65_536)
def _read_day(cell: str) -> dt.date | str:
    """Read a day, or name the rule its cell breaks."""
    try:
        return dt.date.fromisoformat(cell)
    except ValueError:
        day = parse_date(cell)
    return day if isinstance(day, dt.date) else _DATE_RULES[day.problem]
