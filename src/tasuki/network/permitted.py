"""The table of law in dated editions, read from data files that cite their articles."""

import datetime as dt
import itertools
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tasuki.network.errors import LawDataError
from tasuki.network.types import Edition, InstitutionClass, Permission


@lru_cache(maxsize=1)
def editions() -> tuple[Edition, ...]:
    """Return every edition of the table of law, in force or not, oldest first.

    :raises LawDataError: naming the file and row that is incomplete, or editions that would be in force at once.
    """
    found = [
        read_edition(file.name, file.read_text(encoding="utf-8"))
        for file in files("tasuki.network").joinpath("law").iterdir()
        if file.name.endswith(".toml")
    ]
    return in_order(found)


def in_order(found: Sequence[Edition]) -> tuple[Edition, ...]:
    """Return editions oldest first.

    :raises LawDataError: when two of one table are in force on one day, or two have one name.
    """
    ordered = tuple(sorted(found, key=lambda one: (one.table, one.since)))
    for earlier, later in itertools.pairwise(ordered):
        if earlier.table == later.table and (earlier.until is None or earlier.until > later.since):
            raise LawDataError(f"{earlier.edition} and {later.edition} would be in force on one day")
    if len({one.edition for one in ordered}) != len(ordered):
        raise LawDataError("two editions have one name")
    return ordered


def permissions() -> tuple[Permission, ...]:
    """Return every row of every edition, each good while its edition is in force and no longer.

    :raises LawDataError: when the data cannot be right.
    """
    return tuple(row for edition in editions() for row in edition.permissions)


def edition_named(name: str) -> Edition | None:
    """Return one edition."""
    return next((one for one in editions() if one.edition == name), None)


def read_edition(name: str, text: str) -> Edition:
    """Read one edition of a table of law.

    :raises LawDataError: naming what is incomplete.
    """
    content = tomllib.loads(text)
    known = {procedure["code"] for procedure in content.get("procedure", [])}
    try:
        own = content["edition"]
        edition = Edition(
            edition=own["id"],
            name=own["name"],
            name_en=own["name_en"],
            since=own["from"],
            until=own.get("until"),
            read_on=own["read_on"],
            is_provisional=own["status"] != "confirmed",
            permissions=(),
        )
    except KeyError as error:
        raise LawDataError(f"{name}, edition: {error} is missing") from error
    if edition.until is not None and edition.until <= edition.since:
        raise LawDataError(f"{name}, edition: it ends before it begins")
    rows = [_permission(name, number, row, known) for number, row in enumerate(content.get("permission", []), 1)]
    return replace(edition, permissions=tuple(_within(edition, row) for row in rows))


def _within(edition: Edition, row: Permission) -> Permission:
    """Let a row be good only while its edition is in force."""
    ends = [day for day in (row.until, edition.until) if day is not None]
    return replace(row, since=max(row.since, edition.since), until=min(ends, default=None))


def _permission(name: str, number: int, row: dict[str, Any], known: set[str]) -> Permission:
    try:
        permission = Permission(
            procedure=row["procedure"],
            inquirer=InstitutionClass(row["inquirer"]),
            provider=InstitutionClass(row["provider"]),
            data_sets=frozenset(row["data_sets"]),
            since=row["from"],
            until=row.get("until"),
            basis=row["basis"],
            valid_for=dt.timedelta(days=row["valid_days"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise LawDataError(f"{name}, permission {number}: {error}") from error
    if permission.procedure not in known:
        raise LawDataError(f"{name}, permission {number}: procedure {permission.procedure} is not described")
    if not permission.basis or not permission.data_sets:
        raise LawDataError(f"{name}, permission {number}: a basis and at least one data set are required")
    return permission
