"""Numbers that a predecessor gave (移行する統合宛名番号): kept as they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class NumberToMigrate:
    """One line of a predecessor's table; the individual number shows in no `repr`."""

    line: int
    person: str
    """The 団体内統合宛名番号 as the predecessor wrote it; zeros on its left are not part of it."""
    system: str
    system_person_number: str
    individual_number: str | None = field(default=None, repr=False)


class MigrationFault(StrEnum):
    """Why a line stays out."""

    BAD_UNIFIED_NUMBER = "BAD_UNIFIED_NUMBER"
    """It is none of up to 15 digits."""
    NO_ROOM_BEYOND = "NO_ROOM_BEYOND"
    """It is so near the end of all numbers that none could be dealt beyond it."""
    BAD_NUMBER = "BAD_NUMBER"
    """The system's own number is none."""
    UNKNOWN_SYSTEM = "UNKNOWN_SYSTEM"
    """The system was not admitted."""
    BAD_INDIVIDUAL_NUMBER = "BAD_INDIVIDUAL_NUMBER"
    """The individual number fails its check digit, or is a placeholder."""
    GIVEN_HERE = "GIVEN_HERE"
    """The number was given to somebody else by this index."""
    LINKED_OTHERWISE = "LINKED_OTHERWISE"
    """The system's number stands for another person already."""
    HELD_BY_ANOTHER = "HELD_BY_ANOTHER"
    """The individual number is another person's."""
    HOLDS_ANOTHER = "HOLDS_ANOTHER"
    """The person holds another individual number."""


@dataclass(frozen=True, slots=True)
class MigrationProblem:
    """A line that stays out, and why."""

    line: int
    fault: MigrationFault


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What taking a table in did: `people` new here, lines taken in, and lines that stood already."""

    people: int
    linked: int
    unchanged: int
    problems: Sequence[MigrationProblem] = ()
