"""What is kept how long, and what an erasure does with each table, read from two files of data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tasuki.erasure.types import Carried, Counted, Rule, Subject
from tasuki.linkage.types import SYSTEM
from tasuki.persons.types import REGISTER

#: The systems of the index that are this town's health department's, or only passed the register on to it. Whoever any
#: other system knows stays in the index.
SYSTEMS: Final = (REGISTER, SYSTEM)
#: Kinds of keys that are looked for before and after, and how the database writes them.
SEARCHED: Final[Mapping[str, str]] = {
    "PERSON": "text",
    "UNIFIED": "text",
    "RECORD": "text",
    "RESULT": "uuid",
    "BATCH": "uuid",
    "LETTER": "uuid",
}


@dataclass(frozen=True, slots=True)
class Key:
    """A column that stands for people: what its values are, and whether each is a list of them."""

    column: str
    kind: str
    is_list: bool

    @property
    def condition(self) -> str:
        """The condition, with one named parameter for each kind, that a row is about somebody on the list."""
        return f"{self.column} {'&&' if self.is_list else '= ANY'}(%({self.kind})s::{SEARCHED[self.kind]}[])"


class Fate(StrEnum):
    """What an erasure does with a table."""

    ERASED = "erased"
    INDEX = "index"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Table:
    """One table: by which columns it holds people, what becomes of their rows, and why what stays does."""

    name: str
    keys: tuple[Key, ...]
    fate: Fate
    is_guarded: bool
    why: tuple[str, str]

    @property
    def searched(self) -> tuple[Key, ...]:
        """The columns that are looked through."""
        return tuple(key for key in self.keys if key.kind in SEARCHED)


@cache
def rules() -> tuple[Rule, ...]:
    """Return how long everything is kept."""
    content = _read("retention.toml")
    return tuple(_rule(one, content) for one in content["rule"])


def rule_named(name: str) -> Rule | None:
    """Return a rule by its name, or None where there is none."""
    return next((one for one in rules() if one.name == name), None)


@cache
def tables() -> tuple[Table, ...]:
    """Return every table that may hold a person, in the order in which rows are deleted."""
    return tuple(
        Table(
            name,
            tuple(Key(column, kind.removesuffix("[]"), kind.endswith("[]")) for column, kind in entry["keys"].items()),
            Fate(entry["fate"]),
            entry.get("guarded", False),
            (entry.get("ja", ""), entry.get("en", "")),
        )
        for name, entry in _read("tables.toml").items()
    )


def _rule(entry: Mapping[str, Any], content: Mapping[str, Any]) -> Rule:
    return Rule(
        entry["name"],
        Subject(entry["subject"]) if "subject" in entry else None,
        entry["from"],
        entry["years"],
        Counted(entry["counted"]),
        Carried(entry["carried"]),
        entry["status"] == "provisional",
        content["checked_on"],
        (entry["ja"], entry["en"]),
        (entry["basis_ja"], entry["basis_en"]),
    )


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("tasuki.erasure").joinpath("data", name).read_text("utf-8"))
