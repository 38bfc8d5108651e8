"""Holds what was loaded against what the predecessor gave, row by row: written back in the sender's own terms."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson

from tasuki.cutover.types import ComparedFile, Difference, DifferenceKind
from tasuki.layouts.types import ItemType
from tasuki.nodes.sql import Row, rows
from tasuki.screening.cells import ABSENT_MARK, plain, reader_of
from tasuki.screening.mapping import Column, ImportMapping
from tasuki.screening.previewing import split_header
from tasuki.screening.reading import inspect, read_rows
from tasuki.shared.names import fold_kana

#: Who a row is about; held against the register, because a result keeps only whose it is.
_OF_THE_PERSON: Final = ("kana_name", "birth_date", "sex")
#: Fields of a row that have no place in a result.
_NOT_KEPT: Final = ("name", "address")
#: What an import may add where the sender gave nothing, each by a rule of its own.
_FILLED: Final = frozenset({"facility_name", "fiscal_year", "sequence"})
_DATES: Final = frozenset({"birth_date", "examined_date"})
_FORMATS: Final[Mapping[str, str]] = {"YYYY/MM/DD": "%Y/%m/%d", "YYYY-MM-DD": "%Y-%m-%d", "YYYYMMDD": "%Y%m%d"}
_REMEMBERED: Final = 50_000


@dataclass(slots=True)
class Comparison:
    """What is found while a file is held against what was loaded of it."""

    file: str
    rows: int = 0
    cells: int = 0
    respelled: int = 0
    filled: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, line: int, name: str, kind: DifferenceKind, source: str = "", loaded: str = "") -> None:
        """Note a difference of a cell, or of a row where no field is named."""
        self.differences.append(Difference(self.file, line, name, kind, source, loaded))

    def counted(self, not_kept: Sequence[str]) -> ComparedFile:
        """Give what was found in counts."""
        kinds = dict(Counter(one.kind.value for one in self.differences))
        return ComparedFile(self.rows, self.cells, kinds, self.respelled, self.filled, tuple(not_kept))


def compare_results(
    *, path: Path, name: str, mapping: ImportMapping, fiscal_year: int | None, batch_id: UUID
) -> tuple[ComparedFile, list[Difference]]:
    """Hold a file of results against the results that stand of its import."""
    header, chunks = split_header(read_rows(inspect(path, mapping.encoding), mapping.shape), mapping)
    columns = {column.field: (column, header.index(column.header)) for column in mapping.columns}
    stored, refused = _stored(batch_id), _refused(batch_id)
    people = _people({key[0] for key in stored})
    found = Comparison(name)
    seen: set[tuple[str, ...]] = set()
    cells_of = {
        field: _Cells(column, mapping.date_format) for field, (column, _) in columns.items() if field not in _NOT_KEPT
    }
    keys = _Keys(columns, mapping, fiscal_year)
    for lines, page in chunks:
        for line, row in zip(lines, page, strict=True):
            found.rows += 1
            if line in refused:
                found.add(line, refused[line], DifferenceKind.NOT_LOADED)
                continue
            key = keys.of(row)
            result = stored.get(key)
            if result is None or key in seen:
                found.add(line, "", DifferenceKind.MISSING)
                continue
            seen.add(key)
            for one, cells in cells_of.items():
                value = people.get(key[0], {}).get(one) if one in _OF_THE_PERSON else result.get(one)
                cells.compare(found, line, row[columns[one][1]], value)
    for _ in range(len(stored.keys() - seen)):
        found.add(0, "", DifferenceKind.UNKNOWN)
    mapped = {column.header for column in mapping.columns if column.field not in _NOT_KEPT}
    return found.counted([one for one in header if one not in mapped]), found.differences


class _Keys:
    """Says which result a row became: whose, of which stage and year, and which of them."""

    def __init__(
        self, columns: Mapping[str, tuple[Column, int]], mapping: ImportMapping, fiscal_year: int | None
    ) -> None:
        self._columns, self._constants = columns, mapping.constants
        self._year = "0" if fiscal_year is None else str(fiscal_year)
        self._readers = {name: lru_cache(_REMEMBERED)(reader_of(column)) for name, (column, _) in columns.items()}

    def of(self, row: Sequence[str]) -> tuple[str, ...]:
        place = self._columns.get("system_person_number")
        number = plain(row[place[1]]) if place is not None else ""
        return (
            number,
            self._value(row, "stage") or "",
            self._value(row, "fiscal_year") or self._year,
            self._value(row, "sequence") or "1",
        )

    def _value(self, row: Sequence[str], name: str) -> str | None:
        if name not in self._columns:
            return self._constants.get(name)
        return self._readers[name](row[self._columns[name][1]])[0]


class _Cells:
    """Compares the cells of one column; each different pair of cell and value is looked at once."""

    def __init__(self, column: Column, date_format: str) -> None:
        self._column, self._date_format = column, date_format
        self._read = reader_of(column)
        self._judge = lru_cache(_REMEMBERED)(self._judged)

    def compare(self, found: Comparison, line: int, cell: str, value: str | None) -> None:
        found.cells += 1
        verdict, written = self._judge(cell, value or None)
        if verdict is None:
            return
        if isinstance(verdict, DifferenceKind):
            found.add(line, self._column.header, verdict, cell, written)
        elif verdict == "respelled":
            found.respelled += 1
        else:
            found.filled += 1

    def _judged(self, cell: str, value: str | None) -> tuple[DifferenceKind | str | None, str]:
        """Say how a cell and a value differ, if they do, and how the value is written in the sender's terms."""
        spellings = self._spellings(value)
        written = next(iter(spellings), "")
        said = plain(cell)
        if said in {plain(one) for one in spellings} or (not said and value is None):
            return None, written
        if value is None:
            return DifferenceKind.LOST, written
        if not said:
            return ("filled" if self._column.field in _FILLED else DifferenceKind.ADDED), written
        if self._column.field == "kana_name":
            return ("respelled" if fold_kana(cell) == fold_kana(value) else DifferenceKind.CHANGED), written
        return ("respelled" if self._read(cell) == (value, None) else DifferenceKind.CHANGED), written

    def _spellings(self, value: str | None) -> list[str]:
        """Write a value as the sender would: several of their terms may stand for one code."""
        if value is None:
            return []
        if value.startswith(ABSENT_MARK):
            words = self._column.absent or {}
            return [word for word, meaning in words.items() if ABSENT_MARK + meaning == value]
        if self._column.terms is not None:
            return [term for term, code in self._column.terms.items() if code == value] or [value]
        is_date = self._column.field in _DATES or (
            self._column.item is not None and self._column.item.type is ItemType.DATE
        )
        return [_date(value, self._date_format)] if is_date else [value]


def _date(value: str, date_format: str) -> str:
    """Write a day in the sender's form; one that is known to the month only, or in an era, stays as it is kept."""
    pattern = _FORMATS.get(date_format)
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        return value
    return value if pattern is None else day.strftime(pattern)


def _stored(batch_id: UUID) -> dict[tuple[str, ...], dict[str, str | None]]:
    """Return what stands of an import by what a row is told by; items and reasons of absence by their codes."""
    found = rows(
        "SELECT system_person_number, stage, fiscal_year::text, sequence::text, examined_date, encounter_type,"
        " facility_number, facility_name, fee_class, items, absent FROM screening_result"
        " WHERE batch_id = %s AND withdrawn_at IS NULL",
        [batch_id],
    )
    return {_key(row): _values(row) for row in found}


def _key(row: Row) -> tuple[str, ...]:
    return (row["system_person_number"], row["stage"], row["fiscal_year"], row["sequence"])


def _values(row: Row) -> dict[str, str | None]:
    values: dict[str, Any] = {name: value for name, value in row.items() if name not in ("items", "absent")}
    values |= orjson.loads(row["items"])
    return values | {code: ABSENT_MARK + why for code, why in orjson.loads(row["absent"]).items()}


def _refused(batch_id: UUID) -> dict[int, str]:
    """Return the lines that stayed out, with the rules they break."""
    found = rows(
        "SELECT r.line, string_agg(DISTINCT p.rule, ' ' ORDER BY p.rule) AS rules FROM screening_import_problem_row r"
        " JOIN screening_import_problem p USING (batch_id, line)"
        " WHERE r.batch_id = %s AND r.state <> 'STORED' AND p.severity = 'error' GROUP BY r.line",
        [batch_id],
    )
    return {row["line"]: row["rules"] for row in found}


def _people(numbers: set[str]) -> dict[str, Row]:
    """Return what the register says of people, in the form results keep it."""
    found = rows(
        "SELECT system_person_number, kana_name, birth_date::text, sex FROM screening_resident"
        " WHERE system_person_number = ANY(%s)",
        [sorted(numbers)],
    )
    return {row["system_person_number"]: row for row in found}
