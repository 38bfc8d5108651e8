"""Comparing what the gateway has with what it should have (副本の突合): pure, one part of the ledger at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tasuki.persons.queries.ledger import LedgerLine
from tasuki.protocol.messages import RegisteredPerson, RegisteredReplica

#: A replica within its person: data set, record key and layout version.
Place = tuple[str, str, str]


class DifferenceKind(StrEnum):
    """What is wrong between the town and its gateway."""

    MISSING = "MISSING"
    """The gateway lacks a replica it should have."""
    SURPLUS = "SURPLUS"
    """The gateway has a replica of which no original stands."""
    OLDER = "OLDER"
    """The gateway's replica is of an earlier revision of the record."""
    NEWER = "NEWER"
    """The gateway's replica is of a later revision than the record has: the town may have been set back to a backup."""
    CONTENT = "CONTENT"
    """The same revision says something else, or cannot be read."""
    LAYOUT = "LAYOUT"
    """The record stands there, but not in a layout version in force; or also in one that no longer is."""
    HOLD = "HOLD"
    """The gateway would answer by itself where it must not, or holds where nothing calls for it."""
    UNKNOWN_PERSON = "UNKNOWN_PERSON"
    """The gateway knows a number that the index never gave."""
    ALIAS = "ALIAS"
    """The gateway still has something under a number whose person goes by another since a merge."""
    UNLINKED = "UNLINKED"
    """The gateway has something under a number that no system's person has."""
    CODE_LOST = "CODE_LOST"
    """The index says the linkage code is bound; the gateway has none."""
    CODE_UNNOTED = "CODE_UNNOTED"
    """The gateway has a linkage code of which the index does not know."""


#: Differences for which the gateway must forget the number: nothing of it may be provided.
FORGOTTEN: Final = frozenset({DifferenceKind.UNKNOWN_PERSON, DifferenceKind.ALIAS, DifferenceKind.UNLINKED})


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `ordinal` is the gateway's, where it has a replica."""

    kind: DifferenceKind
    person: str
    place: Place = ("", "", "")
    ordinal: int = 0

    @property
    def is_too_much(self) -> bool:
        """Whether the gateway has a replica that must go."""
        return self.kind is DifferenceKind.SURPLUS or (self.kind is DifferenceKind.LAYOUT and self.ordinal > 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A replica as it should be registered."""

    revision: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the gateway should know of one person.

    A hold matters for those of whom it is told; of others it may hold or not, but must hold where `hold` says so.
    """

    hold: bool
    is_told: bool
    replicas: Mapping[Place, Wanted]


NOBODY: Final = Expected(hold=False, is_told=False, replicas={})


def compare(
    ledger: Sequence[LedgerLine], registered: Sequence[RegisteredPerson], expected: Mapping[str, Expected]
) -> Iterator[Difference]:
    """Give every difference of one part of the ledger; who has neither line nor trace is nobody's difference."""
    at_gateway = {person.unified_person_number: person for person in registered}
    lines = {line.number: line for line in ledger}
    for number in sorted(lines.keys() | at_gateway.keys()):
        line, person = lines.get(number), at_gateway.get(number)
        misplaced = _why_nothing_may_be_there(line)
        if misplaced is not None:
            if person is not None and _is_anything_there(person):
                yield Difference(misplaced, number)
        elif line is not None:
            yield from _of_person(line, person, expected.get(number, NOBODY))


def _why_nothing_may_be_there(line: LedgerLine | None) -> DifferenceKind | None:
    if line is None:
        return DifferenceKind.UNKNOWN_PERSON
    if line.is_alias:
        return DifferenceKind.ALIAS
    return None if line.is_linked else DifferenceKind.UNLINKED


def _is_anything_there(person: RegisteredPerson) -> bool:
    """Say whether more is left of a person than the mark that nothing is answered of them."""
    return bool(person.replicas) or person.bound or not person.hold


def _of_person(line: LedgerLine, person: RegisteredPerson | None, expected: Expected) -> Iterator[Difference]:
    is_held = person is None or person.hold
    if is_held != expected.hold and (expected.hold or expected.is_told):
        yield Difference(DifferenceKind.HOLD, line.number)
    if not line.is_acquiring:
        is_bound = person is not None and person.bound
        if line.has_code and not is_bound:
            yield Difference(DifferenceKind.CODE_LOST, line.number)
        elif is_bound and not line.has_code:
            yield Difference(DifferenceKind.CODE_UNNOTED, line.number)
    there = {
        (one.data_set, one.record_key, one.layout_version): one
        for one in (person.replicas if person is not None else ())
    }
    records = {place[:2] for place in there}, {place[:2] for place in expected.replicas}
    for place in sorted(expected.replicas.keys() | there.keys()):
        kind = _of_replica(
            expected.replicas.get(place),
            there.get(place),
            in_another_layout=all(place[:2] in some for some in records),
        )
        if kind is not None:
            found = there.get(place)
            yield Difference(kind, line.number, place, 0 if found is None else found.ordinal)


def _of_replica(
    wanted: Wanted | None, found: RegisteredReplica | None, *, in_another_layout: bool
) -> DifferenceKind | None:
    if wanted is None:
        return DifferenceKind.LAYOUT if in_another_layout else DifferenceKind.SURPLUS
    if found is None:
        return DifferenceKind.LAYOUT if in_another_layout else DifferenceKind.MISSING
    if found.revision != wanted.revision:
        return DifferenceKind.OLDER if found.revision < wanted.revision else DifferenceKind.NEWER
    return DifferenceKind.CONTENT if found.sha256 != wanted.sha256 else None
