"""What an entry of the register of institutions must be. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.values import bytes_used
from tasuki.screening.types import FacilityProblem, FacilityRow
from tasuki.shared.identifiers import is_digits

NUMBER_LENGTH: Final = 10
_PREFECTURES: Final = frozenset(f"{number:02}" for number in range(1, 48))
_POINTS_TABLES: Final = frozenset({"1", "3"})


def number_problem(number: str) -> FacilityProblem | None:
    """Name the part of a 保険医療機関番号 that cannot be: its length, the prefecture (2 digits) or the points table."""
    if not is_digits(number, NUMBER_LENGTH):
        return FacilityProblem.NUMBER_LENGTH
    if number[:2] not in _PREFECTURES:
        return FacilityProblem.NUMBER_PREFECTURE
    return None if number[2] in _POINTS_TABLES else FacilityProblem.NUMBER_POINTS_TABLE


def name_problem(name: str) -> FacilityProblem | None:
    """Say whether a name is missing or longer than a record may carry."""
    if not name.strip():
        return FacilityProblem.NAME_MISSING
    limit = catalogue().item_named(None, "facility_name").max_bytes
    return FacilityProblem.NAME_TOO_LONG if bytes_used(name) > limit else None


def problems_of_entry(row: FacilityRow, others: Iterable[FacilityRow]) -> tuple[FacilityProblem, ...]:
    """Return everything wrong with an entry beside the other entries of its number."""
    found = [number_problem(row.facility_number), name_problem(row.name)]
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        found.append(FacilityProblem.PERIOD_ENDS_BEFORE_IT_BEGINS)
    elif any(_overlap(row, other) for other in others):
        found.append(FacilityProblem.PERIODS_OVERLAP)
    return tuple(problem for problem in found if problem is not None)


def holds_on(row: FacilityRow, day: date) -> bool:
    """Say whether an institution holds its number on a day."""
    return row.valid_from <= day and (row.valid_to is None or day < row.valid_to)


def _overlap(one: FacilityRow, other: FacilityRow) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: FacilityRow, other: FacilityRow) -> bool:
    return other.valid_to is None or one.valid_from < other.valid_to
