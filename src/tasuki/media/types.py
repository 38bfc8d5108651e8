"""Values of exports: which files the screens give, what was asked for, how it stands."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Standing(StrEnum):
    """What it takes to have a file (持出しの区分)."""

    APPROVAL = "approval"
    OFFICE = "office"
    COUNTER = "counter"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Download:
    """A kind of file the screens give; texts in Japanese and English."""

    key: str
    standing: Standing
    name: tuple[str, str]
    why: tuple[str, str]
    purpose: tuple[str, str] | None = None


class Medium(StrEnum):
    """On what a copy leaves (媒体)."""

    NONE = "NONE"
    USB = "USB"
    DISC = "DISC"
    PAPER = "PAPER"

    @property
    def comes_back(self) -> bool:
        """Whether it bears a serial number and is returned or destroyed by a day."""
        return self is not Medium.NONE


class Settlement(StrEnum):
    """What became of a copy in the end."""

    RETURNED = "RETURNED"
    DESTROYED = "DESTROYED"


class ExportState(StrEnum):
    """How an export stands."""

    REQUESTED = "REQUESTED"
    WITHDRAWN = "WITHDRAWN"
    REFUSED = "REFUSED"
    APPROVED = "APPROVED"
    MADE = "MADE"
    OUT = "OUT"
    OVERDUE = "OVERDUE"
    SETTLED = "SETTLED"
    LAPSED = "LAPSED"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: which file, what for, for whom, on what, until when.

    `call` is the address and what was chosen there, sealed. `about` is in the words of whoever asks, and names nobody.
    """

    kind: str
    call: str
    about: str
    purpose: str
    recipient: str
    medium: Medium
    serial: str
    expires_at: dt.datetime
    return_by: dt.date


@dataclass(frozen=True, slots=True)
class Export:
    """An export (持出し) with everything that happened to it; the file itself stays in its table."""

    export_id: UUID
    kind: str
    call: str
    about: str
    purpose: str
    recipient: str
    medium: Medium
    serial: str
    expires_at: dt.datetime
    return_by: dt.date
    requested_at: dt.datetime
    requested_by: str
    withdrawn_at: dt.datetime | None
    decided_at: dt.datetime | None
    decided_by: str | None
    is_approved: bool | None
    decision_reason: str
    made_at: dt.datetime | None
    file_name: str
    size: int
    sha256: str
    taken: int
    taken_at: dt.datetime | None
    erased_at: dt.datetime | None
    settled_at: dt.datetime | None
    settled_by: str | None
    settlement: Settlement | None
    settlement_note: str

    def state(self, at: dt.datetime, on: dt.date) -> ExportState:
        """Say how it stands at a time."""
        if self.withdrawn_at is not None:
            return ExportState.WITHDRAWN
        if self.is_approved is False:
            return ExportState.REFUSED
        if self.settled_at is not None:
            return ExportState.SETTLED
        if self.taken:
            return ExportState.OVERDUE if on > self.return_by else ExportState.OUT
        if at >= self.expires_at:
            return ExportState.LAPSED
        if self.decided_at is None:
            return ExportState.REQUESTED
        return ExportState.APPROVED if self.made_at is None else ExportState.MADE


class DecisionOutcome(StrEnum):
    """What became of a decision about an export."""

    DECIDED = "DECIDED"
    NOT_WAITING = "NOT_WAITING"
    SAME_PERSON = "SAME_PERSON"


@dataclass(frozen=True, slots=True)
class ExportCounts:
    """How many exports wait for a decision, and of how many the copies are overdue."""

    waiting: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Archive:
    """An encrypted archive that was made; the password is shown once and kept nowhere."""

    file_name: str
    content: bytes
    password: str
