"""Holds the rows of one result file against mapping, layouts, register and stored results.

71,500 rows must cost little more than storing them: a cell is read once for each different value of its column, a
content is validated once, and only what names a person is done for every row.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import repeat
from typing import Final, NamedTuple

import orjson

from tasuki.layouts.types import Stage
from tasuki.nodes.binary_copying import TEXT_FOLLOWS, jsonb, smallint_often, text_often
from tasuki.screening.cells import exponent_or_unknown, flat_kana_all, plain_all, quick_days, read_day
from tasuki.screening.columns import ColumnReader, each_once
from tasuki.screening.contents import Contents, ItemSet, RowRead, Setting
from tasuki.screening.document_problems import problems_in_cell
from tasuki.screening.findings import RowFindings
from tasuki.screening.lookups import (
    Key,
    KnownFacility,
    KnownPerson,
    PeopleMet,
    Standing,
    any_resident_called,
    look_up,
    shortened,
)
from tasuki.screening.mapping import DOCUMENT_PROBLEMS, ImportMapping
from tasuki.screening.objecting import Objecting, no_objections
from tasuki.screening.reading import width_of
from tasuki.screening.row_circumstances import RowCircumstances, said_in
from tasuki.screening.rules import header_item, problems_with_lifetime
from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import import_problem
from tasuki.shared.names import fold_kana

#: The columns of a result that follow from a row, in the order in which they are written.
CONTENT: Final = (
    "system_person_number", "stage", "fiscal_year", "sequence", "examined_date", "age", "encounter_type",
    "facility_number", "facility_name", "fee_class", "items", "absent", "warnings",
)  # fmt: skip
_HEADER_FIELDS: Final = (
    "fiscal_year", "sequence", "examined_date", "encounter_type", "facility_number", "facility_name",
)  # fmt: skip
#: What many rows of a file share, in the order of `Contents.setting`.
_SETTING: Final = ("stage", "fiscal_year", "sequence", "fee_class", "facility_number", "facility_name",
                   "encounter_type")  # fmt: skip


#: Whom a row names besides its number: the birth date by a quick guess, the sex, the reading in full width.
_Named = tuple[str, str | None, str]
_DETAILED: Final = Stage.DETAILED.value
_NO_WARNINGS: Final = jsonb(b"[]")


class _Sound(NamedTuple):
    """A row whose cells are sound, with whom it is about and the keys of what is stored."""

    line: int
    row: RowRead
    person: KnownPerson
    found: RowFindings | None
    cells: Sequence[str]


class CheckedRow(NamedTuple):
    """A row that may be stored: `content` is `CONTENT` for binary COPY; whether its warnings wait for a decision."""

    line: int
    content: bytes
    is_held: bool


#: `CheckedRow._make`, which is written in Python, without its look at how many there are.
_CHECKED: Final = partial(tuple.__new__, CheckedRow)


class ProblemRowCells(NamedTuple):
    """A row somebody has to look at: its cells, and whether it must stay out."""

    line: int
    cells: Sequence[str]
    has_errors: bool


class Checker:
    """Checks one file. What it found so far stands in `problems` and the counts."""

    def __init__(
        self,
        mapping: ImportMapping,
        header: Sequence[str],
        *,
        on: date,
        fiscal_year: int | None,
        facilities: Mapping[str, Sequence[KnownFacility]],
        encoding: str = "cp932",
        objecting: Objecting = no_objections,
        met: PeopleMet | None = None,
    ) -> None:
        """Take the mapping, the file's header, which has every mapped column once, and what rows are held against.

        :param met: residents whom the files before this one named.
        """
        #: The people's other screenings, stored ones and those of this file.
        self.beside = RowCircumstances(mapping.programme, objecting)
        self._met = met or PeopleMet()
        self._detailed: list[_Sound] = []
        self.problems: list[ImportProblem] = []
        self.problem_rows: list[ProblemRowCells] = []
        self.total = self.good = self.warned = self.bad = self.last_line = 0
        self._mapping, self._header = mapping, header
        self._stored: set[Key] = set()
        self._year = None if fiscal_year is None else str(fiscal_year)
        readers = [ColumnReader.of(column, header.index(column.header)) for column in mapping.columns]
        self._fields = {reader.column.field: reader for reader in readers if reader.column.item is None}
        self._items = [reader for reader in readers if reader.column.item is not None]
        self._header_of = {reader.column.field: reader.column.header for reader in self._items} | {
            header_item(name).code: mapping.header_of(name) for name in _HEADER_FIELDS
        }
        self._contents = Contents(
            mapping.programme, [reader.column.field for reader in self._items], facilities, on, self._year
        )
        self._encoding = encoding
        #: Rows a clerk has decided about, by line: whom they concern, whatever their number says.
        self.decided: Mapping[int, str] = {}
        #: The institutions the rows name.
        self.facilities_named: set[str | None] = set()
        #: Rows that were checked before, of which nothing may be a repetition.
        self.seen: set[Key] = set()

    def check(self, lines: Sequence[int], rows: Sequence[list[str]]) -> Iterator[CheckedRow]:
        """Check some rows and give those that may be stored.

        All questions to the database are asked before the first row is given: a COPY may take rows while they are
        being checked, and then the server parses some rows while others are looked at here.
        """
        self.total += len(rows)
        self.last_line = lines[-1] if lines else self.last_line
        lines, rows = self._of_full_width(lines, rows)
        if not rows:
            return iter(())
        columns: list[tuple[str, ...]] = list(zip(*rows, strict=True))
        numbers = plain_all(self._cells("system_person_number", columns, len(rows)))
        if self.decided:
            numbers = [self.decided.get(line, number) for line, number in zip(lines, numbers, strict=True)]
        years, numbered = self._years(columns, len(rows)), set(numbers)
        people, standing, (read, named) = look_up(
            numbers=numbered,
            programme=self._mapping.programme,
            years=years,
            met=self._met,
            meanwhile=lambda: (list(self._read(numbers, columns)), list(self._named(columns, len(rows)))),
        )
        self._note_standing(standing)
        self.beside.look_up(standing, years)
        findings = self._findings_of_cells(lines, rows, columns)
        short = shortened(numbered - people.keys())
        return self._sound_rows(zip(lines, rows, read, named, strict=True), findings, people, short)

    def names_residents(self) -> bool:
        """Say whether a row somebody has to look at bears the name of a resident, whatever else is wrong with it."""
        headers = {self._mapping.header_of(name) for name in ("kana_name", "name")} & set(self._header)
        places = [self._header.index(header) for header in headers]
        cells = {row.cells[place] for row in self.problem_rows for place in places if len(row.cells) > place}
        return any_resident_called(cells)

    def _note_standing(self, standing: Mapping[str, Sequence[Standing]]) -> None:
        for number, results in standing.items():
            self._stored.update((number, one.stage, one.fiscal_year, one.sequence) for one in results if one.is_own)

    def _sound_rows(
        self,
        page: Iterable[tuple[int, list[str], RowRead, _Named]],
        findings: Mapping[int, RowFindings],
        people: Mapping[str, KnownPerson],
        short: set[str],
    ) -> Iterator[CheckedRow]:
        for line, cells, row, said in page:
            found = findings.get(line)
            number, setting, *_ = row
            person = people.get(number)
            if found is None and person is not None and said == person[:3]:
                age = self._age_if_plain(row, person)
                if age is not None:
                    self.good += 1
                    yield _CHECKED((line, _written(row, age, None), False))
                    continue
            if person is None or not _is_same(person, said):
                found = found or self._findings(line, cells)
                if person is None:
                    unknown = self._unknown(found, number, number in short)
                    found.add(unknown, self._mapping.header_of("system_person_number"))
                else:
                    self._report_identity(found, person, said)
                # A closer look may find that all is well.
                found = found if found.problems else None
            if found is not None and (person is None or found.is_bad):
                self._keep_out(found)
            elif person is not None and setting.stage == _DETAILED:
                self._detailed.append(_Sound(line, row, person, found, cells))
            elif person is not None:
                checked = self._finish(line, row, person, found, cells)
                if checked is not None:
                    yield checked

    def _age_if_plain(self, row: RowRead, person: KnownPerson) -> int | None:
        """Give the age of whom a row is about that nothing can be wrong with, as nearly all are; None: look closely.

        All that `_finish` would find is ruled out here, by fewer steps than it takes to find nothing.
        """
        _, setting, day, item_set = row
        if (
            day is None
            or not setting.first <= day < setting.after
            or setting.is_doubtful
            or not item_set.is_sound
            or person.last_day < day
        ):
            return None
        age = person.age_on(day)
        return age if age is not None and self.beside.note_if_alone(row, person) else None

    def rest(self) -> Iterator[CheckedRow]:
        """Give the detailed examinations that may be stored: their primary ones may stand anywhere in the file.

        The database is asked before the first row is given.
        """
        waiting, self._detailed = self._detailed, []
        if not waiting:
            return iter(())
        years = {setting.year for _, setting, *_ in (sound.row for sound in waiting)}
        self.beside.look_up_primaries({number for number, *_ in (sound.row for sound in waiting)}, years)
        return (checked for sound in waiting if (checked := self._finish(*sound)) is not None)

    def _of_full_width(
        self, lines: Sequence[int], rows: Sequence[list[str]]
    ) -> tuple[Sequence[int], Sequence[list[str]]]:
        """Leave out rows that have too few or too many columns: nobody can tell which cell is which."""
        width = len(self._header)
        if set(map(len, rows)) <= {width}:
            return lines, rows
        kept: list[tuple[int, list[str]]] = []
        for line, row in zip(lines, rows, strict=True):
            if len(row) == width:
                kept.append((line, row))
            else:
                self.bad += 1
                self.problems.append(self._wrong_width(line, row))
                self.problem_rows.append(ProblemRowCells(line, row, True))
        return [line for line, _ in kept], [row for _, row in kept]

    def _wrong_width(self, line: int, row: Sequence[str]) -> ImportProblem:
        shape = self._mapping.shape
        if not shape.is_fixed:
            return import_problem("wrong_column_count", line=line, expected=len(self._header), found=len(row))
        expected, found = sum(shape.widths), width_of("".join(row), self._encoding)
        rule = "wrong_line_length" if found != expected else "cut_through_character"
        return import_problem(rule, line=line, expected=expected, found=found)

    def _years(self, columns: Sequence[tuple[str, ...]], count: int) -> set[str]:
        """Return the fiscal years of some rows."""
        reader = self._fields.get("fiscal_year")
        found = (
            self._values("fiscal_year", columns, count)
            if reader is None
            else reader.convert(list(set(columns[reader.position])))
        )
        return {year for year in (*found, self._year) if year is not None}

    def _read(self, numbers: Sequence[str], columns: Sequence[tuple[str, ...]]) -> Iterator[RowRead]:
        """Turn columns of cells into rows of values, and look at what needs no person."""
        count = len(numbers)
        days = self._values("examined_date", columns, count)
        settings = each_once(self._settings, [self._cells(name, columns, count) for name in _SETTING])
        stages = self._cells("stage", columns, count)
        item_sets = each_once(self._item_sets, [stages, *(columns[reader.position] for reader in self._items)])
        return zip(numbers, settings, days, item_sets, strict=True)

    def _named(self, columns: Sequence[tuple[str, ...]], count: int) -> Iterator[_Named]:
        """Read whom rows name; none of it is remembered."""
        births = quick_days(self._mapping.date_format, self._cells("birth_date", columns, count))
        readings = flat_kana_all(self._cells("kana_name", columns, count))
        return zip(births, self._values("sex", columns, count), readings, strict=True)

    def _settings(self, columns: Sequence[Sequence[str]]) -> Iterator[Setting]:
        stages, years, sequences, fees, *place = (
            self._read_as(name, cells) for name, cells in zip(_SETTING, columns, strict=True)
        )
        self.facilities_named.update(place[0])
        for stage, year, sequence, fee, *where in zip(stages, years, sequences, fees, *place, strict=True):
            yield self._contents.setting(stage or "", year or self._year or "0", sequence or "1", fee or "", *where)

    def _item_sets(self, columns: Sequence[Sequence[str]]) -> Iterator[ItemSet]:
        stages, *cells = columns
        values = [reader.convert(column) for reader, column in zip(self._items, cells, strict=True)]
        rows: Iterator[tuple[str | None, ...]] = zip(*values, strict=True) if values else repeat((), len(stages))
        return map(self._contents.item_set, self._read_as("stage", stages), rows)

    def _values(self, field: str, columns: Sequence[tuple[str, ...]], count: int) -> list[str | None]:
        return self._read_as(field, self._cells(field, columns, count))

    def _read_as(self, field: str, cells: Sequence[str]) -> list[str | None]:
        """Read cells of a field; of one that has no column, everybody's value is the same."""
        reader = self._fields.get(field)
        return [self._mapping.constants.get(field)] * len(cells) if reader is None else reader.convert(cells)

    def _cells(self, field: str, columns: Sequence[tuple[str, ...]], count: int) -> Sequence[str]:
        reader = self._fields.get(field)
        return ("",) * count if reader is None else columns[reader.position]

    def _findings(self, line: int, cells: Sequence[str]) -> RowFindings:
        return RowFindings(line, cells, dict(zip(self._header, cells, strict=True)), self._header_of)

    def _findings_of_cells(
        self, lines: Sequence[int], rows: Sequence[list[str]], columns: Sequence[tuple[str, ...]]
    ) -> dict[int, RowFindings]:
        """Word what the columns could not read, by line."""
        findings: dict[int, RowFindings] = {}
        for reader in (*self._fields.values(), *self._items):
            cells, marked = columns[reader.position], reader.faults.keys() | reader.lost
            if not marked or marked.isdisjoint(cells):
                continue
            code = None if reader.column.item is None else reader.column.field
            for line, row, cell in zip(lines, rows, cells, strict=True):
                if cell in marked:
                    found = findings.setdefault(line, self._findings(line, row))
                    found.add(reader.faults.get(cell, "lost_character"), reader.column.header, code)
        self._add_document_problems(findings, lines, rows, columns)
        return findings

    def _add_document_problems(
        self,
        findings: dict[int, RowFindings],
        lines: Sequence[int],
        rows: Sequence[list[str]],
        columns: Sequence[tuple[str, ...]],
    ) -> None:
        """Word what was wrong with documents when they were read, as long as nobody has put it right."""
        reader = self._fields.get(DOCUMENT_PROBLEMS)
        if reader is None:
            return
        for line, row, cell in zip(lines, rows, columns[reader.position], strict=True):
            if cell.strip():
                found = findings.setdefault(line, self._findings(line, row))
                found.add_worded(problems_in_cell(cell, line=line, field=reader.column.header))

    def _report_identity(self, found: RowFindings, person: KnownPerson, said: _Named) -> None:
        """Look closely at who a row is about."""
        _, sex, reading = said
        reader = self._fields.get("birth_date")
        birth, fault = read_day("" if reader is None else found.row[reader.position])
        if birth != person.birth_date:
            found.add(fault or "birth_date_differs", self._mapping.header_of("birth_date"))
        if sex is not None and sex != person.sex:
            found.add("sex_differs", self._mapping.header_of("sex"))
        if reading and fold_kana(reading) != fold_kana(person.kana):
            found.add("kana_differs", self._mapping.header_of("kana_name"))

    def _unknown(self, found: RowFindings, number: str, is_shortened: bool) -> str:
        """Name what is wrong with a row of nobody."""
        if not self._mapping.header_of("system_person_number"):
            return "number_not_sent"
        if not number:
            return "cell_empty"
        if [cell.strip() for cell in found.row] == list(self._header):
            return "header_again"
        return "lost_leading_zeros" if is_shortened else exponent_or_unknown(number)

    def _finish(
        self,
        line: int,
        row: RowRead,
        person: KnownPerson,
        found: RowFindings | None,
        cells: Sequence[str],
    ) -> CheckedRow | None:
        """Hold a row whose cells are sound against layouts and store, and write it down if it may be stored."""
        number, setting, day, item_set = row
        stage, year, sequence = setting.stage, setting.year, setting.sequence
        problems = self._contents.problems(setting, day, item_set)
        age = person.age_on(day)
        if age is None or day is None or person.last_day < day:
            record = self._contents.record(stage, year, sequence, day, {})
            problems += tuple(problems_with_lifetime(record, person.lifetime))
        said = said_in(row)
        problems += self.beside.problems(number, person, said)
        key = (number, stage, year, sequence)
        is_repeated = key in self._stored or self._is_in_file(key)
        if problems or is_repeated or (self._year is not None and year != self._year):
            found = found or self._findings(line, cells)
            found.add_all(problems)
            self._report_place_in_file(found, key)
        if found is not None:
            if found.is_bad:
                self._keep_out(found)
                return None
            self.warned += 1
            self.problems += found.problems
            self.problem_rows.append(ProblemRowCells(line, cells, False))
        self.seen.add(key)
        self.beside.note(number, said)
        self.good += 1
        return _CHECKED((line, _written(row, age, found), found is not None))

    def _report_place_in_file(self, found: RowFindings, key: Key) -> None:
        """Note that a row repeats another, or is of another year than the import."""
        if key in self._stored:
            found.add("already_stored", "")
        elif self._is_in_file(key):
            found.add("duplicate_in_file", "")
        if self._year is not None and key[2] != self._year:
            found.add("fiscal_year_differs", self._mapping.header_of("fiscal_year"))

    def _is_in_file(self, key: Key) -> bool:
        return key in self.seen or self.beside.is_alone(key)

    def _keep_out(self, found: RowFindings) -> None:
        self.bad += 1
        self.problems += found.problems
        self.problem_rows.append(ProblemRowCells(found.line, found.row, True))


def _is_same(person: KnownPerson, said: _Named) -> bool:
    """Say quickly whether a row names the person it is numbered for; False means: look closely."""
    birth, sex, reading = said
    return (
        birth == person.birth_date
        and sex == person.sex
        and (reading == person.kana or not reading or fold_kana(reading) == fold_kana(person.kana))
    )


def _written(row: RowRead, age: int | None, found: RowFindings | None) -> bytes:
    """Write a row for COPY, in the order of `CONTENT`."""
    number, setting, day, item_set = row
    return b"".join((
        TEXT_FOLLOWS[len(number)], number.encode(), setting.written_time, text_often(day or None), smallint_often(age),
        setting.written_place, item_set.written, _NO_WARNINGS if found is None else jsonb(orjson.dumps(found.kept)),
    ))  # fmt: skip
