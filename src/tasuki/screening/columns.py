"""One column of a result file: each different cell is read once, and remembered with what was wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tasuki.layouts.types import ItemType
from tasuki.screening.cells import ReadCell, has_lost_character, reader_of
from tasuki.screening.mapping import Column

# A column of ever new cells, such as remarks, must not fill the memory of a long import.
_MOST_REMEMBERED: Final = 50_000


@dataclass(slots=True)
class ColumnReader:
    """Reads the cells of one column. `faults` names the rule by cell; `lost` holds cells with lost characters."""

    column: Column
    position: int
    read: ReadCell
    may_lose_characters: bool
    values: dict[str, str | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, column: Column, position: int) -> "ColumnReader":
        """Choose how a column at a position is read."""
        is_text = column.item is not None and column.item.type is ItemType.TEXT
        return cls(column, position, reader_of(column), is_text or column.field in ("facility_name", "fee_class"))

    def convert(self, cells: Sequence[str]) -> list[str | None]:
        """Read cells; faulty ones give None and stand in `faults`."""
        if len(self.values) > _MOST_REMEMBERED:
            self.values.clear()
        values = self.values
        for cell in set(cells).difference(values):
            values[cell], fault = self.read(cell)
            if fault is not None:
                self.faults[cell] = fault
            if self.may_lose_characters and has_lost_character(cell):
                self.lost.add(cell)
        return list(map(values.__getitem__, cells))
