"""Looks at a sample of a sender's file: how it is cut, what stands in its columns, and how dates are written."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

from tasuki.screening.cells import plain
from tasuki.screening.mapping import DELIMITERS, Shape
from tasuki.screening.reading import SourceFile, inspect, read_rows
from tasuki.shared.dates import parse_date

MOST_ROWS: Final = 5000
EXAMPLES: Final = 3
# A column of more different terms than this holds no codes.
MOST_TERMS: Final = 60
_GUESS_LINES: Final = 50
_ERA: Final = re.compile(r"[MTSHR明大昭平令]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SampleColumn:
    """One column: its name, values as examples, and how often each value occurs where there are few.

    `date_format` is how its dates are written, empty where it holds no dates.
    """

    name: str
    examples: tuple[str, ...]
    terms: tuple[tuple[str, int], ...]
    filled: int
    date_format: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample looks like when it is cut in some way; `widths` counts the rows by their number of cells."""

    encoding: str
    columns: tuple[SampleColumn, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    widths: tuple[tuple[int, int], ...]


def guess_shape(path: Path) -> tuple[SourceFile, Shape, str]:
    """Guess how a file is cut; give it with the first lines as text, for whoever has to cut it at positions.

    :raises UnreadableSource: when the file cannot be read at all.
    """
    source = inspect(path, "cp932")
    lines = raw_lines(source)
    first = lines[0] if lines else ""
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    cells = first.split(delimiter)
    # Names are no numbers, no dates and not empty; a first row with any of these is data.
    has_header = all(_is_name(cell.strip().strip('"')) for cell in cells)
    names = () if has_header else tuple(f"列{number}" for number in range(1, len(cells) + 1))
    return source, Shape(delimiter, has_header, names), "\n".join(lines)


def raw_lines(source: SourceFile) -> list[str]:
    """Return the first lines of a file as text."""
    found: list[str] = []
    # Cut at a character no file has, so that every line is one cell.
    for _, cells in read_rows(source, Shape(delimiter="\x1f")):
        found += [row[0] for row in cells]
        if len(found) >= _GUESS_LINES:
            break
    return found[:_GUESS_LINES]


def _is_name(cell: str) -> bool:
    return bool(cell) and not plain(cell).replace(".", "").isdigit() and not isinstance(parse_date(cell), date)


def take_sample(source: SourceFile, shape: Shape) -> Sample:
    """Read a sample as it is cut.

    :raises UnreadableSource: when it cannot be read to the end.
    """
    numbered: list[tuple[int, list[str]]] = []
    for lines, cells in read_rows(source, shape):
        numbered += islice(zip(lines, cells, strict=True), MOST_ROWS - len(numbered))
        if len(numbered) >= MOST_ROWS:
            break
    header = list(shape.names)
    if shape.has_header and numbered:
        first = numbered.pop(0)[1]
        header = header if shape.is_fixed else [cell.strip() for cell in first]
    whole = [cells for _, cells in numbered if len(cells) == len(header)]
    columns = [_column(name, [row[place] for row in whole]) for place, name in enumerate(header)]
    widths = Counter(len(cells) for _, cells in numbered)
    return Sample(
        encoding=source.encoding,
        columns=tuple(columns),
        header=tuple(header),
        rows=tuple((line, tuple(cells)) for line, cells in numbered),
        widths=tuple(widths.most_common()),
    )


def _column(name: str, cells: Sequence[str]) -> SampleColumn:
    filled = [cell.strip() for cell in cells if cell.strip()]
    counted = Counter(filled)
    examples = tuple(cell for cell, _ in counted.most_common(EXAMPLES))
    terms = tuple(counted.most_common()) if len(counted) <= MOST_TERMS else ()
    return SampleColumn(name, examples, terms, len(filled), date_format_of(list(counted)[:200]))


def date_format_of(cells: Sequence[str]) -> str:
    """Say how dates are written, or nothing where fewer than nine cells of ten are dates."""
    dated = [cell for cell in cells if isinstance(parse_date(cell), date)]
    if not dated or len(dated) * 10 < len(cells) * 9:
        return ""
    first = plain(dated[0])
    if _ERA.match(first):
        return "era"
    if first.isdigit():
        return "YYYYMMDD"
    return "YYYY-MM-DD" if "-" in first else "YYYY/MM/DD"


def delimiter_name(delimiter: str) -> str:
    """Return what a mapping calls a delimiter."""
    return next(name for name, sign in DELIMITERS.items() if sign == delimiter)
