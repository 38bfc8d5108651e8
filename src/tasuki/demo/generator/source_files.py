"""The sender's layouts: the mapping an importer reads, used the other way round to write its files."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from random import Random

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


@cache
def load_layout(programme: str) -> SourceLayout:
    """Read the mapping of a programme's file."""
    text = files("tasuki.demo").joinpath("mappings", f"{programme}.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return SourceLayout(
        programme=programme,
        encoding=data["mapping"]["encoding"],
        date_format=data["mapping"]["date_format"],
        headers=tuple(data["columns"]),
        fields=tuple(field.removeprefix("item:") for field in data["columns"].values()),
        terms=tuple(_by_code(data["values"].get(header)) for header in data["columns"]),
    )


def _by_code(values: dict[str, str] | None) -> dict[str, tuple[str, ...]] | None:
    if values is None:
        return None
    by_code: dict[str, tuple[str, ...]] = {}
    for term, code in values.items():
        by_code[code] = (*by_code.get(code, ()), term)
    return by_code
