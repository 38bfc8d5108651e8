"""Whom whoever asks may be shown, where that is not the whole town (担当区域).

The one place that limits a health centre to its area of work. Interfaces say for whom they work (`limited_to`); every
list of people asks `in_sight` for a condition, and a page about one person asks `sees` before it opens. Without a limit
the condition is `TRUE`, so that nobody else pays for it. Whoever lies in no district is in nobody's limited sight.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from tasuki.nodes.sql import rows

_areas: ContextVar[frozenset[UUID] | None] = ContextVar("areas", default=None)


@contextmanager
def limited_to(areas: Collection[UUID] | None) -> Iterator[None]:
    """Show only residents of these districts for the length of the block; None shows the whole town."""
    former = _areas.set(None if areas is None else frozenset(areas))
    try:
        yield
    finally:
        _areas.reset(former)


def is_limited() -> bool:
    """Say whether only some of the town is in sight."""
    return _areas.get() is not None


def in_sight(column: str) -> str:
    """Return the SQL condition under which the person of a column (宛名番号) is in sight."""
    areas = _areas.get()
    if areas is None:
        return "TRUE"
    # Identifiers of ours, so they need no parameter, which statements built from parts could lose count of.
    listed = ", ".join(f"'{UUID(str(area))}'::uuid" for area in sorted(areas))
    return (
        f"{column} IN (SELECT sight.system_person_number FROM screening_resident_district AS sight"  # noqa: S608 — as above
        f" WHERE sight.district_id = ANY(ARRAY[{listed}]::uuid[]))"
    )


def sees(system_person_number: str) -> bool:
    """Say whether a person is in sight."""
    return not out_of_sight([system_person_number])


def out_of_sight(system_person_numbers: Collection[str]) -> frozenset[str]:
    """Return who of these people is not in sight."""
    if not is_limited() or not system_person_numbers:
        return frozenset()
    found = rows(
        f"SELECT number FROM unnest(%s::text[]) AS number WHERE NOT ({in_sight('number')})",  # noqa: S608 — as above
        [sorted(system_person_numbers)],
    )
    return frozenset(row["number"] for row in found)
