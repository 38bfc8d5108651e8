"""What one edition of the table of law has that another has not, or has otherwise. Pure."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tasuki.network.types import Edition, InstitutionClass


class ChangeKind(StrEnum):
    """What became of a right to ask."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Right:
    """On what a right to ask rests, and for how long its permits are good."""

    basis: str
    valid_for: dt.timedelta


@dataclass(frozen=True, slots=True)
class Change:
    """One change, for all data sets that change alike; `before` and `after` are None where there is no right."""

    kind: ChangeKind
    procedure: str
    inquirer: InstitutionClass
    provider: InstitutionClass
    data_sets: tuple[str, ...]
    before: Right | None
    after: Right | None


_Who = tuple[str, InstitutionClass, InstitutionClass]


def compare(former: Edition, later: Edition) -> list[Change]:
    """Return what changes from one edition to another: added, removed, or on another basis or for another time."""
    before, after = _rights(former), _rights(later)
    alike: dict[tuple[_Who, frozenset[Right], frozenset[Right]], list[str]] = defaultdict(list)
    for who, data_set in sorted(before.keys() | after.keys()):
        was, becomes = before.get((who, data_set), frozenset()), after.get((who, data_set), frozenset())
        if was != becomes:
            alike[who, was, becomes].append(data_set)
    return [change for (who, was, becomes), sets in alike.items() for change in _changes(who, was, becomes, sets)]


def _rights(edition: Edition) -> dict[tuple[_Who, str], frozenset[Right]]:
    found: dict[tuple[_Who, str], set[Right]] = defaultdict(set)
    for row in edition.permissions:
        for data_set in row.data_sets:
            found[(row.procedure, row.inquirer, row.provider), data_set].add(Right(row.basis, row.valid_for))
    return {key: frozenset(rights) for key, rights in found.items()}


def _changes(who: _Who, was: frozenset[Right], becomes: frozenset[Right], data_sets: list[str]) -> Iterator[Change]:
    """Give one change for each basis that comes or goes; a single one that gives way to a single one is changed."""
    gone, new = sorted(was - becomes, key=_order), sorted(becomes - was, key=_order)
    listed = tuple(data_sets)
    if len(gone) == len(new) == 1:
        yield Change(ChangeKind.CHANGED, *who, listed, gone[0], new[0])
        return
    for right in gone:
        yield Change(ChangeKind.REMOVED, *who, listed, right, None)
    for right in new:
        yield Change(ChangeKind.ADDED, *who, listed, None, right)


def _order(right: Right) -> tuple[str, dt.timedelta]:
    return right.basis, right.valid_for
