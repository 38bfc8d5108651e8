"""Values of erasures: rules, requests, what stands in the way, what went and what stays."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from tasuki.shared.dates import civil_date, fiscal_year_of


class Subject(StrEnum):
    """What a request erases."""

    PERSON = "PERSON"
    RESULT = "RESULT"
    BATCH = "BATCH"
    LETTER = "LETTER"


class Carried(StrEnum):
    """How something goes when its time is over."""

    REQUEST = "request"
    ITSELF = "itself"
    KEPT = "kept"


class Counted(StrEnum):
    """From when a period is counted."""

    FISCAL_YEAR = "FISCAL_YEAR"
    DAY = "DAY"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long one kind of record is kept (保存期間), on what ground; texts in Japanese and English."""

    name: str
    subject: Subject | None
    since: dt.date
    years: int
    counted: Counted
    carried: Carried
    is_provisional: bool
    checked_on: dt.date
    label: tuple[str, str]
    basis: tuple[str, str]

    def due_before(self, on: dt.date) -> dt.date:
        """Return the day before which a record must lie so that its time is over on a day."""
        if self.counted is Counted.FISCAL_YEAR:
            return dt.date(fiscal_year_of(on) - self.years, 4, 1)
        # A period that began on 29 February ends with that month.
        day = 28 if (on.month, on.day) == (2, 29) else on.day
        return dt.date(on.year - self.years, on.month, day)


class Obstacle(StrEnum):
    """What stands in the way of an erasure."""

    UNKNOWN = "UNKNOWN"
    LIVES_HERE = "LIVES_HERE"
    PROTECTED = "PROTECTED"
    QUARANTINED = "QUARANTINED"
    OPEN_CASE = "OPEN_CASE"
    OPEN_EXCHANGE = "OPEN_EXCHANGE"
    OPEN_FOLLOWUP = "OPEN_FOLLOWUP"


class State(StrEnum):
    """How a request stands."""

    REQUESTED = "REQUESTED"
    APPROVED_ONCE = "APPROVED_ONCE"
    APPROVED = "APPROVED"
    UNDER_WAY = "UNDER_WAY"
    PROVEN = "PROVEN"
    WITHDRAWN = "WITHDRAWN"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Beyond:
    """Files made before an erasure that may name whoever went: how many, and the last day on which one is there."""

    count: int
    until: dt.date | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What was there before, by table, what of it is still there, what stays for which reason by table, and which files
    that cannot be searched may still name somebody.
    """

    erased: Mapping[str, int]
    kept: Mapping[str, int]
    beyond: Mapping[str, "Beyond"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Erasure:
    """A request with everything that happened to it (消去)."""

    erasure_id: UUID
    subject: Subject
    rule: str
    reason: str
    people: int
    list_digest: str
    requested_at: dt.datetime
    requested_by: str
    withdrawn_at: dt.datetime | None
    refused_at: dt.datetime | None
    refused_by: str | None
    refusal: str
    first_at: dt.datetime | None
    first_by: str | None
    second_at: dt.datetime | None
    second_by: str | None
    stopped_by: str
    told_at: dt.datetime | None
    deleted_at: dt.datetime | None
    forgotten_at: dt.datetime | None
    indexed_at: dt.datetime | None
    proven_at: dt.datetime | None
    digest: str
    backups_until: dt.date | None
    proof: Proof | None

    @property
    def state(self) -> State:
        """Say how it stands."""
        if self.withdrawn_at is not None:
            return State.WITHDRAWN
        if self.refused_at is not None:
            return State.REFUSED
        if self.proven_at is not None:
            return State.PROVEN
        if self.told_at is not None:
            return State.UNDER_WAY
        if self.second_at is not None:
            return State.APPROVED
        return State.REQUESTED if self.first_at is None else State.APPROVED_ONCE

    @property
    def number(self) -> str:
        """The number it bears in the register and on its certificate."""
        return f"{civil_date(self.requested_at):%Y%m%d}-{self.erasure_id.hex[:8].upper()}"


@dataclass(frozen=True, slots=True)
class Requested:
    """That a request was kept: its identifier, and how many of a due list were left out, by what stands in the way."""

    erasure_id: UUID
    left_out: Mapping[Obstacle, int]


@dataclass(frozen=True, slots=True)
class NotRequested:
    """That nothing is left to erase, and what stands in the way of how many."""

    obstacles: Mapping[Obstacle, int]


class Decided(StrEnum):
    """What became of a decision."""

    DECIDED = "DECIDED"
    NOT_WAITING = "NOT_WAITING"
    SAME_PERSON = "SAME_PERSON"
