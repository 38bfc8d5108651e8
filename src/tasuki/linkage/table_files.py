"""Tables that others send as CSV: what they are, their header, and their lines with their numbers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasuki.linkage.register.reading import UnusableHeader
from tasuki.screening.reading import Openable, SourceFile, UnreadableSource, inspect, read_rows
from tasuki.screening.types import ImportProblem
from tasuki.screening.wording import import_problem


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is being read."""

    source: SourceFile
    header: list[str]
    lines: Iterator[tuple[int, list[str]]]


@dataclass(frozen=True, slots=True)
class UnreadableTable:
    """The file as a whole cannot be read; nothing of it was taken in."""

    problems: tuple[ImportProblem, ...]


def open_table(file: Openable, needed: Iterable[str], *, missing_rule: str = "no_header") -> Table:
    """Begin to read a table in CP932, UTF-8 or UTF-16.

    :raises UnreadableSource: when it is no text, empty, or, while its lines are read, damaged.
    :raises UnusableHeader: when one of the columns needed is missing.
    """
    source = inspect(file, "cp932")
    chunks = read_rows(source)
    numbers, first = next(chunks, ([], []))
    if not first:
        raise UnreadableSource(import_problem("file_empty"))
    header = [cell.strip() for cell in first[0]]
    missing = tuple(import_problem(missing_rule, line=1, field=name) for name in needed if name not in header)
    if missing:
        raise UnusableHeader(missing)

    def lines() -> Iterator[tuple[int, list[str]]]:
        yield from zip(numbers[1:], first[1:], strict=True)
        for some, rows in chunks:
            yield from zip(some, rows, strict=True)

    return Table(source, header, lines())
