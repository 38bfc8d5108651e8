"""Reads of the register of medical institutions."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import orjson

from tasuki.nodes.sql import Row, rows
from tasuki.screening.types import FacilitiesPage, FacilityAct, FacilityChange, FacilityRow
from tasuki.shared.identifiers import is_digits
from tasuki.shared.names import fold_digits, fold_name

_COLUMNS = "facility_number, name, valid_from, valid_to"
_NUMBER_LENGTH = 10


class Validity(StrEnum):
    """Which entries are wanted."""

    CURRENT = "CURRENT"
    EXPIRED = "EXPIRED"
    ALL = "ALL"


def entries_of(number: str) -> list[FacilityRow]:
    """Return every entry of a number, oldest first."""
    found = rows(
        f"SELECT {_COLUMNS} FROM screening_facility WHERE facility_number = %s ORDER BY valid_from",  # noqa: S608 — columns of ours
        [number],
    )
    return [FacilityRow(**row) for row in found]


def facilities_on(day: dt.date) -> list[FacilityRow]:
    """Return the institutions that hold their number on a day, by name; a town has some hundreds."""
    found = rows(
        f"SELECT {_COLUMNS} FROM screening_facility"  # noqa: S608 — as above
        " WHERE valid_from <= %s AND (valid_to IS NULL OR %s < valid_to) ORDER BY name, facility_number",
        [day, day],
    )
    return [FacilityRow(**row) for row in found]


def search_facilities(
    *, text: str = "", validity: Validity = Validity.CURRENT, on: dt.date, limit: int = 50, offset: int = 0
) -> FacilitiesPage:
    """Find entries by part of their number or name, as spelling variants allow."""
    wanted = [entry for entry in _entries(validity, on) if _matches(entry, text)]
    return FacilitiesPage(len(wanted), tuple(wanted[offset : offset + limit]))


def _entries(validity: Validity, on: dt.date) -> list[FacilityRow]:
    conditions: dict[Validity, tuple[str, list[object]]] = {
        # One that will begin later is no expired one: it is found among the current ones, with its day.
        Validity.CURRENT: ("valid_to IS NULL OR %s < valid_to", [on]),
        Validity.EXPIRED: ("valid_to <= %s", [on]),
        Validity.ALL: ("TRUE", []),
    }
    condition, params = conditions[validity]
    found = rows(
        f"SELECT {_COLUMNS} FROM screening_facility WHERE {condition}"  # noqa: S608 — as above
        " ORDER BY facility_number, valid_from",
        params,
    )
    return [FacilityRow(**row) for row in found]


def _matches(entry: FacilityRow, text: str) -> bool:
    number, name = fold_digits(text.strip()), fold_name(text)
    return not text.strip() or number in entry.facility_number or (bool(name) and name in fold_name(entry.name))


def changes_of(number: str) -> list[FacilityChange]:
    """Return what happened to a number's entries, newest first."""
    if not is_digits(number, _NUMBER_LENGTH):
        return []
    found = rows(
        "SELECT facility_number, act, changed_at, changed_by, before, after FROM screening_facility_change"
        " WHERE facility_number = %s ORDER BY id DESC",
        [number],
    )
    return [_change(row) for row in found]


def _change(row: Row) -> FacilityChange:
    return FacilityChange(
        facility_number=row["facility_number"],
        act=FacilityAct(row["act"]),
        changed_at=row["changed_at"],
        changed_by=row["changed_by"],
        before=_entry(row["before"]),
        after=_entry(row["after"]),
    )


def _entry(stored: Any) -> FacilityRow | None:
    values: Mapping[str, Any] | None = orjson.loads(stored) if isinstance(stored, str) else stored
    if values is None:
        return None
    until = values["valid_to"]
    return FacilityRow(
        facility_number=values["facility_number"],
        name=values["name"],
        valid_from=dt.date.fromisoformat(values["valid_from"]),
        valid_to=None if until is None else dt.date.fromisoformat(until),
    )
