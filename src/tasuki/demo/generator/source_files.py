"""The sender's layouts: the mapping an importer reads, used the other way round to write its files."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from random import Random

from tasuki.demo.generator.writers import csv_line

#: One folder for each sender, one file in it for each of its programmes.
MAPPINGS = Path(__file__).resolve().parents[1] / "mappings"
PROGRAMMES = ("51", "52", "53", "54", "55", "56", "57", "58")
_SHORT_ERAS = ((date(2019, 5, 1), "R", 2018), (date(1989, 1, 8), "H", 1988), (date(1926, 12, 25), "S", 1925))
_OLDEST_SHORT_ERA = ("T", 1911)


@dataclass(frozen=True, slots=True)
class SourceLayout:
    """One sender's file: headers in order, the field behind each, and the terms its writers use."""

    programme: str
    encoding: str
    date_format: str
    headers: tuple[str, ...]
    fields: tuple[str, ...]
    terms: tuple[dict[str, tuple[str, ...]] | None, ...]
    delimiter: str = ","
    widths: tuple[int, ...] = ()

    @property
    def suffix(self) -> str:
        """Give the end of its files' names."""
        return "csv" if self.delimiter == "," and not self.widths else "txt"

    @property
    def has_header(self) -> bool:
        """Say whether its files begin with the names of the columns; those of fixed length do not."""
        return not self.widths

    def line(self, cells: Sequence[str]) -> str:
        """Lay cells out as a line: parted by the delimiter, or each filled up to its length in bytes."""
        if not self.widths:
            return csv_line(cells) if self.delimiter == "," else self.delimiter.join(cells)
        # A damaged row has too few cells, and so its line is too short.
        return "".join(
            cell + " " * (width - len(cell.encode(self.encoding)))
            for cell, width in zip(cells, self.widths, strict=False)
        )

    def index_of(self, field: str) -> int:
        """Find the column of a field."""
        return self.fields.index(field)

    def write_date(self, day: date) -> str:
        """Write a day as this sender does."""
        if self.date_format != "era":
            return day.strftime("%Y/%m/%d")
        letter, before = next(((short, year) for first, short, year in _SHORT_ERAS if day >= first), _OLDEST_SHORT_ERA)
        return f"{letter}{day.year - before:02d}.{day.month:02d}.{day.day:02d}"

    def render(self, values: dict[str, str], random: Random) -> list[str]:
        """Write one record as cells; now and then with a synonym, because people fill these files."""
        cells = []
        for field, terms in zip(self.fields, self.terms, strict=True):
            value = values.get(field, "")
            if value and terms is not None:
                spellings = terms[value]
                value = spellings[0] if len(spellings) == 1 or random.random() < 0.9 else spellings[1]
            cells.append(value)
        return cells


def mapping_file(programme: str) -> Path:
    """Return the mapping of a programme's file, in the folder of its sender."""
    (file,) = MAPPINGS.glob(f"*/{programme}.toml")
    return file


@cache
def load_layout(programme: str) -> SourceLayout:
    """Read the mapping of a programme's file."""
    data = tomllib.loads(mapping_file(programme).read_text("utf-8"))
    return SourceLayout(
        programme=programme,
        encoding=data["mapping"]["encoding"],
        date_format=data["mapping"]["date_format"],
        headers=tuple(data["columns"]),
        fields=tuple(field.removeprefix("item:") for field in data["columns"].values()),
        terms=tuple(_by_code(data["values"].get(header)) for header in data["columns"]),
        delimiter="\t" if data.get("file", {}).get("delimiter") == "tab" else ",",
        widths=tuple(data.get("file", {}).get("widths", ())),
    )


def _by_code(values: dict[str, str] | None) -> dict[str, tuple[str, ...]] | None:
    if values is None:
        return None
    by_code: dict[str, tuple[str, ...]] = {}
    for term, code in values.items():
        by_code[code] = (*by_code.get(code, ()), term)
    return by_code
