"""Values of contractors' work: who may do it, how a piece of work stands, what came in and went out."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Lack(StrEnum):
    """Why somebody may not work for the town."""

    CONTRACT_NOT_RUNNING = "CONTRACT_NOT_RUNNING"
    NO_SUPERVISOR = "NO_SUPERVISOR"
    NOT_YET_DESIGNATED = "NOT_YET_DESIGNATED"
    ENDED = "ENDED"
    NO_PLEDGE = "NO_PLEDGE"
    NOT_TRAINED = "NOT_TRAINED"


class WorkState(StrEnum):
    """How a contractor's work stands."""

    REQUESTED = "requested"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    BEGUN = "begun"
    REPORTED = "reported"
    SENT_BACK = "sent_back"
    PASSED = "passed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Cause(StrEnum):
    """Why a work made a step."""

    ASKED = "asked"
    FIRST_APPROVAL = "first_approval"
    SECOND_APPROVAL = "second_approval"
    REFUSAL = "refusal"
    WITHDRAWAL = "withdrawal"
    ATTENDANCE = "attendance"
    REPORT = "report"
    INSPECTION = "inspection"
    RETURN = "return"


class PassageKind(StrEnum):
    """What comes in and goes out again, or is lent and given back."""

    ENTRY = "ENTRY"
    DEVICE = "DEVICE"
    MEDIUM = "MEDIUM"
    KEY = "KEY"


class Problem(StrEnum):
    """Why nothing was done, as a value; screens word it."""

    NOT_NOW = "NOT_NOW"
    SAME_PERSON = "SAME_PERSON"
    NOT_THEIRS = "NOT_THEIRS"
    OUTSIDE_WINDOW = "OUTSIDE_WINDOW"
    NOBODY_MAY_WORK = "NOBODY_MAY_WORK"
    ATTENDED_ELSEWHERE = "ATTENDED_ELSEWHERE"
    STILL_ATTENDED = "STILL_ATTENDED"
    STILL_OUT = "STILL_OUT"
    ACCOUNT_UNFIT = "ACCOUNT_UNFIT"
    NO_SUCH_HANDLER = "NO_SUCH_HANDLER"
    KEPT_ALREADY = "KEPT_ALREADY"
    NOT_THEIR_WORK = "NOT_THEIR_WORK"


@dataclass(frozen=True, slots=True)
class Firm:
    """A contractor (委託先) as the town has it in its contract."""

    name: str
    contract: str
    contract_from: dt.date
    contract_to: dt.date
    """The last day of the contract."""


@dataclass(frozen=True, slots=True)
class Designation:
    """Somebody whom a contractor designates, as its supervisor or as one who handles data (取扱責任者・取扱者)."""

    firm: UUID
    name: str
    employee_number: str
    is_supervisor: bool
    username: str
    designated_on: dt.date


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides whether somebody may work on a day."""

    contract_from: dt.date
    contract_to: dt.date
    has_supervisor: bool
    designated_on: dt.date
    ended_on: dt.date | None
    pledged_on: dt.date | None
    trained_years: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HandlerRow:
    """A handler with what decides whether they may work."""

    handler_id: UUID
    firm_id: UUID
    firm: str
    name: str
    employee_number: str
    is_supervisor: bool
    staff_id: int | None
    username: str
    pledge_document: str
    trained_on: dt.date | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class WorkAsked:
    """What a contractor is to do: what, why, where, on which data, with which devices, from when until when."""

    firm: UUID
    what: str
    why: str
    place: str
    data: str
    devices: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    handlers: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PassageAsked:
    """Somebody or something that comes in, or is lent; `due_at` is when it must be out or back."""

    kind: PassageKind
    handler: UUID
    work: UUID | None
    label: str
    purpose: str
    due_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CertificateReceived:
    """A certificate as it came on paper: of a contract or one work, what was deleted, how, when."""

    firm: UUID
    work: UUID | None
    what: str
    method: str
    deleted_on: dt.date
    document: str


@dataclass(frozen=True, slots=True)
class CertificateMissing:
    """A contract or a work that is over, whose certificate nobody accepted; due by a day."""

    firm_id: UUID
    firm: str
    contract: str
    work_id: UUID | None
    work: str
    due_on: dt.date


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits of contractors' work."""

    to_review: int
    to_inspect: int
    overdue: int
    unfit: int
    certificates_overdue: int
    certificates_to_inspect: int
