"""Typed access to the TOML files, so that every mistake in them names its file and entry."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from tasuki.layouts.errors import LayoutDataError

_Member = TypeVar("_Member", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a TOML file, with where it was found and the defaults of its file."""

    file: str
    name: str
    values: dict[str, Any]
    defaults: dict[str, Any]

    def fault(self, reason: str) -> LayoutDataError:
        return LayoutDataError(self.file, self.name, reason)

    def text(self, key: str) -> str:
        value = self.optional_text(key)
        if not value:
            raise self.fault(f"{key} is missing")
        return value

    def optional_text(self, key: str) -> str | None:
        value = self._value(key)
        if value is not None and not isinstance(value, str):
            raise self.fault(f"{key} is not text")
        return value

    def integer(self, key: str) -> int:
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.fault(f"{key} is not a positive whole number")
        return value

    def member(self, key: str, kind: type[_Member]) -> _Member:
        text = self.text(key)
        try:
            return kind(text)
        except ValueError as error:
            raise self.fault(f"{key} {text!r} is not one of {', '.join(kind)}") from error

    def optional_day(self, key: str) -> date | None:
        value = self._value(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            raise self.fault(f"{key} is not a date")
        return value

    def day(self, key: str) -> date:
        value = self.optional_day(key)
        if value is None:
            raise self.fault(f"{key} is missing")
        return value

    def period(self) -> tuple[date, date | None]:
        """Return the days in force as [from, until)."""
        start, end = self.day("in_force_from"), self.optional_day("in_force_until")
        if end is not None and end <= start:
            raise self.fault("in_force_until is not after in_force_from")
        return start, end

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._value(key)
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self.fault(f"{key} is not a list of text")
        return tuple(value)

    def entries(self, key: str) -> Iterator["Entry"]:
        """Yield the tables of the array `key`; what an entry calls itself is part of its name."""
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.fault(f"{key} is not a list of tables")
        for number, value in enumerate(values, start=1):
            own = value.get("code") or value.get("id") or value.get("number") or f"number {number}"
            yield Entry(self.file, f"{key} {own}", value, self.defaults)

    def named_entries(self, key: str) -> Iterator[tuple[str, "Entry"]]:
        """Yield the sub-tables of the table `key` with their names."""
        values = self.values.get(key, {})
        if not isinstance(values, dict) or not all(isinstance(value, dict) for value in values.values()):
            raise self.fault(f"{key} is not a table of tables")
        for name, value in values.items():
            yield name, Entry(self.file, f"{key} {name}", value, self.defaults)

    def _value(self, key: str) -> object:
        found: object = self.values.get(key, self.defaults.get(key))
        return found


def read_file(folder: Traversable, name: str) -> Entry:
    """Read one TOML file.

    :raises LayoutDataError: when it is missing or is not TOML.
    """
    file = folder
    for part in name.split("/"):
        file = file.joinpath(part)
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LayoutDataError(name, "file", f"cannot be read: {error}") from error
    defaults = values.get("defaults", {})
    if not isinstance(defaults, dict):
        raise LayoutDataError(name, "defaults", "is not a table")
    return Entry(name, "file", values, defaults)
