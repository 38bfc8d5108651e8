"""What decides of many people at once, read in pages: residents, what they took, whom the town leaves out.

A page is three queries, whatever its size. What was taken is reduced in the database to one row for each person,
programme and year.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from tasuki.eligibility.history import COUNTED_STAGES, SOURCES, marks_in_sql
from tasuki.eligibility.rules import first_exclusion
from tasuki.eligibility.types import ExclusionKind

PAGE: Final = 20_000
# This year's screening and the last one before it, each as (fiscal year, rank of the source, marks).
Known = tuple[tuple[int, int, int] | None, tuple[int, int, int] | None]
NOTHING: Final[Known] = (None, None)

_RANKS: Final = " ".join(f"WHEN '{source}' THEN {rank}" for rank, source in enumerate(SOURCES))
_STAGES: Final = ", ".join(f"'{stage}'" for stage in COUNTED_STAGES)
_RESIDENTS: Final = """
SELECT system_person_number, birth_date, sex FROM screening_resident
WHERE {} AND (moved_out_date IS NULL OR moved_out_date > %s) AND (died_date IS NULL OR died_date > %s)
ORDER BY system_person_number
"""
_EXCLUSIONS: Final = """
SELECT system_person_number, programme, array_agg(DISTINCT kind) FROM eligibility_exclusion
WHERE {} AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s) AND (ended_date IS NULL OR ended_date > %s)
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Some residents, with what is known of them by number and programme."""

    residents: Sequence[tuple[Any, ...]]
    known: dict[tuple[str, str], Known]
    excluded: dict[tuple[str, str], ExclusionKind]


def everybody(fiscal_year: int, on: dt.date) -> Iterator[Page]:
    """Yield every resident of a day in pages, with what counts for a fiscal year."""
    after = ""
    while residents := _all(_RESIDENTS.format("system_person_number > %s") + " LIMIT %s", [after, on, on, PAGE]):
        last = residents[-1][0]
        yield _page(
            residents, "system_person_number > %s AND system_person_number <= %s", [after, last], fiscal_year, on
        )
        after = last


def some(numbers: Sequence[str], fiscal_year: int, on: dt.date) -> Page:
    """Return those of these people who are residents on a day."""
    scope, params = "system_person_number = ANY(%s)", [list(numbers)]
    return _page(_all(_RESIDENTS.format(scope), [*params, on, on]), scope, params, fiscal_year, on)


def _page(
    residents: Sequence[tuple[Any, ...]], scope: str, params: Sequence[Any], fiscal_year: int, on: dt.date
) -> Page:
    known: dict[tuple[str, str], Known] = {}
    # Years ascend, so that the last one before the year is what stays.
    for number, programme, year, rank, marks in _all(_taken_in_sql(scope), [*params, fiscal_year]):
        this, last = known.get((number, programme), NOTHING)
        taken = (year, rank, marks)
        known[number, programme] = (taken, last) if year == fiscal_year else (this, taken)
    excluded = {
        (number, programme): kind
        for number, programme, kinds in _all(_EXCLUSIONS.format(scope), [*params, on, on, on])
        if (kind := first_exclusion(ExclusionKind(one) for one in kinds)) is not None
    }
    return Page(residents, known, excluded)


def _taken_in_sql(scope: str) -> str:
    return f"""
SELECT system_person_number, programme, fiscal_year, min(rank), bit_or(marks) FROM (
  SELECT system_person_number, programme, fiscal_year, CASE source {_RANKS} END AS rank, {marks_in_sql()} AS marks
  FROM screening_result
  WHERE {scope} AND withdrawn_at IS NULL AND stage IN ({_STAGES}) AND fiscal_year <= %s
) AS counted GROUP BY 1, 2, 3 ORDER BY 3
"""  # noqa: S608 — columns and codes of our own


def _all(query: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
