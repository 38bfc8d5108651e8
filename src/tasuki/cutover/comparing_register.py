"""Holds what stands of the resident register against a file of it, row by row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from tasuki.cutover.comparing import Comparison
from tasuki.cutover.types import ComparedFile, Difference, DifferenceKind
from tasuki.linkage.register import HEADERS, MOVE_HEADERS
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.sql import Row, rows
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.queries.registrations import own_numbers
from tasuki.screening.reading import inspect, read_rows
from tasuki.shared.dates import parse_date

_NUMBER: Final = "system_person_number"
_INDIVIDUAL: Final = "individual_number"
_DATES: Final = frozenset(
    {"birth_date", "moved_in_date", "moved_out_date", "died_date", "protected_from", "protected_to"}
)
#: The list of protected persons may say more than the register does; the wider of both holds.
_WIDENED: Final = frozenset({"protected_from", "protected_to"})
#: Never written, neither into a report: a mistyped individual number is most of a right one.
_HIDDEN: Final = "********"
_RULES: Final = """
SELECT line, string_agg(DISTINCT rule, ' ' ORDER BY rule) AS rules FROM screening_register_problem
WHERE load_id = %s AND line > 0 AND severity = 'error' GROUP BY line
"""


def compare_register(
    *, path: Path, name: str, load_id: UUID, cipher: NumberCipher
) -> tuple[ComparedFile, list[Difference]]:
    """Hold a file of the register against the residents that stand; of a person's lines the last one counts."""
    header, page = _read(path)
    places = {field: header.index(text) for field, text in HEADERS.items()}
    is_whole = not set(MOVE_HEADERS.values()) <= set(header)
    numbers = [row[places[_NUMBER]].strip() if len(row) == len(header) else "" for _, row in page]
    last = {number: place for place, number in enumerate(numbers)}
    people, refused = _residents(numbers), {row["line"]: row["rules"] for row in rows(_RULES, [load_id])}
    held = _held(page, places, len(header), cipher)
    found = Comparison(name)
    for place, (line, row) in enumerate(page):
        found.rows += 1
        person = people.get(numbers[place])
        if person is None or len(row) != len(header):
            kind = DifferenceKind.NOT_LOADED if line in refused else DifferenceKind.MISSING
            found.add(line, refused.get(line, ""), kind)
        elif last[numbers[place]] != place:
            if is_whole:
                found.add(line, "", DifferenceKind.REPEATED)
        else:
            _compare(found, line, {field: row[at].strip() for field, at in places.items()}, person, held)
    kept = {*HEADERS.values(), *MOVE_HEADERS.values()}
    return found.counted([one for one in header if one not in kept]), found.differences


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    page = [pair for lines, rows in read_rows(inspect(path, "utf-8")) for pair in zip(lines, rows, strict=True)]
    return [cell.strip() for cell in page[0][1]], page[1:]


def _residents(numbers: Sequence[str]) -> dict[str, Row]:
    columns = ", ".join(f"{one}::text" for one in HEADERS if one != _INDIVIDUAL)
    found = rows(
        f"SELECT {columns} FROM screening_resident WHERE system_person_number = ANY(%s)",  # noqa: S608 — names of our own
        [sorted(set(numbers))],
    )
    return {row[_NUMBER]: row for row in found}


def _held(
    page: Sequence[tuple[int, list[str]]], places: Mapping[str, int], width: int, cipher: NumberCipher
) -> dict[str, tuple[str, ...]]:
    """Return for whom the index keeps each individual number of the file; numbers are found by keyed hash alone."""
    wanted = {row[places[_INDIVIDUAL]].strip() for _, row in page if len(row) == width}
    return own_numbers(SYSTEM, sorted(wanted - {""}), cipher)


def _compare(
    found: Comparison, line: int, cells: Mapping[str, str], person: Row, held: Mapping[str, tuple[str, ...]]
) -> None:
    for field, text in HEADERS.items():
        found.cells += 1
        cell = cells[field]
        if field == _INDIVIDUAL:
            if cell and person[_NUMBER] not in held.get(cell, ()):
                found.add(line, text, DifferenceKind.LOST, _HIDDEN, "")
            continue
        value = person[field] or ""
        if cell == value:
            continue
        if field in _DATES and cell and str(parse_date(cell)) == value:
            found.respelled += 1
        elif field in _WIDENED and value:
            found.filled += 1
        else:
            found.add(line, text, _kind(cell, value), cell, value)


def _kind(cell: str, value: str) -> DifferenceKind:
    if not value:
        return DifferenceKind.LOST
    return DifferenceKind.CHANGED if cell else DifferenceKind.ADDED
