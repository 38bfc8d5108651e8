"""Columns of a result file: each different cell is read once, and remembered with what was wrong with it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeVar

from tasuki.layouts.types import ItemType
from tasuki.screening.cells import ReadCell, has_lost_character, reader_of
from tasuki.screening.mapping import Column

# A column of ever new cells, such as remarks, must not fill the memory of a long import.
_MOST_REMEMBERED: Final = 50_000
_COLUMNS_REMEMBERED: Final = 256

_Read = TypeVar("_Read")


@dataclass(slots=True)
class _Seen:
    """What different cells of a column mean."""

    values: dict[str, str | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    @property
    def is_full(self) -> bool:
        return len(self.values) > _MOST_REMEMBERED


@lru_cache(_COLUMNS_REMEMBERED)
def _seen_before(*_column: object) -> _Seen:
    return _Seen()


def _seen(column: Column) -> _Seen:
    """Give what was seen in a column like this: codes, numbers and days are the same ones in the next file."""
    words = (frozenset((words or {}).items()) for words in (column.terms, column.absent))
    seen = _seen_before(column.field, column.item and column.item.code, column.terms is None, *words)
    return _Seen() if seen.is_full else seen


@dataclass(slots=True)
class ColumnReader:
    """Reads the cells of one column. `faults` names the rule by cell; `lost` holds cells with lost characters."""

    column: Column
    position: int
    read: ReadCell
    may_lose_characters: bool
    _seen: _Seen

    @classmethod
    def of(cls, column: Column, position: int) -> "ColumnReader":
        """Choose how a column at a position is read."""
        is_text = column.item is not None and column.item.type is ItemType.TEXT
        may_lose = is_text or column.field in ("facility_name", "fee_class")
        # Nobody's words are kept beyond their file.
        return cls(column, position, reader_of(column), may_lose, _Seen() if may_lose else _seen(column))

    @property
    def faults(self) -> dict[str, str]:
        return self._seen.faults

    @property
    def lost(self) -> set[str]:
        return self._seen.lost

    def convert(self, cells: Sequence[str]) -> list[str | None]:
        """Read cells; faulty ones give None and stand in `faults`."""
        if self._seen.is_full:
            # What was wrong is still asked for; another import may be reading by the values.
            self._seen = _Seen({}, dict(self.faults), set(self.lost))
        values, faults, lost = self._seen.values, self._seen.faults, self._seen.lost
        try:
            # Most columns say nothing new, which is cheaper to try than to look up.
            return list(map(values.__getitem__, cells))
        except KeyError:
            pass
        for cell in set(cells).difference(values):
            value, fault = self.read(cell)
            if fault is not None:
                faults[cell] = fault
            if self.may_lose_characters and has_lost_character(cell):
                lost.add(cell)
            # Last, for another import takes a cell with a value as read.
            values[cell] = value
        return list(map(values.__getitem__, cells))


def each_once(
    read: Callable[[Sequence[Sequence[str]]], Iterable[_Read]], columns: Sequence[Sequence[str]]
) -> Iterator[_Read]:
    """Read rows of some columns of equal length, those that say the same once; give a value for each row.

    :param read: takes the columns of the rows that differ, and gives a value for each of those.
    """
    rows = list(zip(*columns, strict=True))
    different = list(dict.fromkeys(rows))
    values = dict(zip(different, read(list(zip(*different, strict=True))), strict=True))
    return map(values.__getitem__, rows)
