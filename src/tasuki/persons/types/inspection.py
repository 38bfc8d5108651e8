"""Values of the inspection of links (総点検)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tasuki.persons.types.cases import CaseKind


class Cause(StrEnum):
    """What an inspection found about one link, by what most likely led to it."""

    # The system's statement describes somebody else.
    FAMILY_NUMBER = "FAMILY_NUMBER"
    """Another member of the household: a family member's number on the form."""
    SWAPPED = "SWAPPED"
    """Two people stand for each other: their numbers were swapped."""
    NEIGHBOUR = "NEIGHBOUR"
    """Somebody at the same address, of another household."""
    NAMESAKE = "NAMESAKE"
    """Somebody of the same name and reading, born on another day."""
    FEWER_ITEMS = "FEWER_ITEMS"
    """Somebody of the same name and birth date: looked up by fewer than the four items."""
    KEPT_BIRTH = "KEPT_BIRTH"
    """Somebody whose birth date the system keeps wrong, so that it looked like another's."""
    OTHER_PERSON = "OTHER_PERSON"
    # Something differs, and nobody else is described.
    SAME_DAY = "SAME_DAY"
    """Two people bear this name and birth date, and the address is neither's or not stated."""
    TYPO_BIRTH = "TYPO_BIRTH"
    """Everything agrees but the birth date."""
    TYPO_SEX = "TYPO_SEX"
    """Everything agrees but the sex."""
    SOMEBODY_ELSE = "SOMEBODY_ELSE"
    """Too much differs for the same person, and the index knows nobody else like that."""
    REGISTER_GONE = "REGISTER_GONE"
    """The register no longer states anything of the person."""
    # One person, two numbers.
    TWICE = "TWICE"
    """The person has another number, under which the register knows them."""
    TWICE_IN_REGISTER = "TWICE_IN_REGISTER"
    """The register itself states two people alike, at one address."""
    # Lesser: the link is right as far as anybody can tell, and the system has something to catch up with.
    BEHIND_MOVE = "BEHIND_MOVE"
    BEHIND_NAME = "BEHIND_NAME"
    READING = "READING"
    SPELLING = "SPELLING"
    TOO_LITTLE = "TOO_LITTLE"
    """Nothing differs, but fewer than the items are stated."""
    UNREGISTERED = "UNREGISTERED"
    """Nobody of the register (住登外者): there is nothing to hold it against."""


@dataclass(frozen=True, slots=True)
class CauseRule:
    """What is done about a cause: `kind` None is counted and goes into no queue; `stops` provision at once."""

    kind: CaseKind | None
    stops: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One link that does not stand as it should.

    `linked` is whom the number stands for; `person` and `other` are the two sides of the case it becomes.
    """

    system: str
    number: str
    linked: str
    cause: Cause
    person: str
    other: str | None
    levels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InspectionReport:
    """What an inspection looked at and found; `counts` by system and cause.

    `opened` became cases now, `standing` stand already or were settled before, `superseded` cases lost their reason.
    """

    inspection_id: UUID
    began_at: dt.datetime
    began_by: str
    ended_at: dt.datetime
    statements: Mapping[str, int]
    counts: Mapping[str, Mapping[Cause, int]]
    opened: int
    standing: int
    superseded: int
    stopped: int
