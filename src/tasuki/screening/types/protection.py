"""Values of the list of protected persons."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tasuki.screening.types import ImportProblem


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One line of the list: who is protected from a day until and without another, and when that was renewed."""

    system_person_number: str
    protected_from: date
    protected_to: date | None
    renewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class ProtectionLoad:
    """One list that was taken in; `missing` are people whom it no longer names although their measure goes on."""

    load_id: UUID
    file_name: str
    sha256: str
    listed_on: date
    fresh_until: datetime
    is_complete: bool
    people: int
    changed: int
    missing: int
    problems: int
    loaded_at: datetime
    loaded_by: str


class ListRefusal(StrEnum):
    """Why a list was not taken in at all."""

    UNREADABLE = "UNREADABLE"
    OLDER = "OLDER"
    """A newer list stands already."""
    AHEAD = "AHEAD"
    """Its day has not come yet."""


@dataclass(frozen=True, slots=True)
class ListRefused:
    """The list was not taken in; what stands goes on to stand."""

    reason: ListRefusal
    problems: tuple[ImportProblem, ...] = ()


class Freshness(StrEnum):
    """Whether the list of protected persons can be relied upon."""

    FRESH = "FRESH"
    STALE = "STALE"
    NONE = "NONE"
    """There never was a list: who is protected is known from the resident register only."""


@dataclass(frozen=True, slots=True)
class ListStanding:
    """The list as it stands: the newest complete one, and how many people are held only because it is stale."""

    freshness: Freshness
    load: ProtectionLoad | None = None
    held_past_end: int = 0
    held_as_new: int = 0
