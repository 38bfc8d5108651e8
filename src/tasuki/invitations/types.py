"""Values of invitations: who is invited to what, with which coupon, how often reminded, and who refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from tasuki.eligibility.types import Reason
from tasuki.layouts.types import Programme


class Standing(StrEnum):
    """Where a target stands today. Each target stands in exactly one place."""

    OPEN = "OPEN"
    EXAMINED = "EXAMINED"
    REFUSED = "REFUSED"
    NOT_DUE = "NOT_DUE"
    GONE = "GONE"


class LeftOut(StrEnum):
    """Why somebody gets no letter together with others, or one that must be completed by hand."""

    UNKNOWN = "UNKNOWN"
    DIED = "DIED"
    MOVED_OUT = "MOVED_OUT"
    PROTECTED = "PROTECTED"
    NO_ADDRESS = "NO_ADDRESS"
    UNPRINTABLE = "UNPRINTABLE"
    """The letter was made, but a character of its name or address must be written in by hand."""


class RunKind(StrEnum):
    """What was done for a whole year's list at once."""

    FREEZE = "FREEZE"
    COUPONS = "COUPONS"
    REMINDERS = "REMINDERS"


class CouponState(StrEnum):
    """Where a coupon stands. That it was used follows from results; nobody notes it."""

    ISSUED = "ISSUED"
    USED = "USED"
    VOID = "VOID"


class NotReady(StrEnum):
    """Why nothing was done for a year's list."""

    NOT_COMPUTED = "NOT_COMPUTED"
    NEEDS_RECOMPUTING = "NEEDS_RECOMPUTING"
    BUSY = "BUSY"


class NoCoupon(StrEnum):
    """Why a person is given no coupon, or it is not printed."""

    NO_TARGET = "NO_TARGET"
    HAS_COUPON = "HAS_COUPON"
    GONE = "GONE"
    ASK_FIRST = "ASK_FIRST"
    """A protected person (支援措置) must be asked first where the letter may go."""
    REMINDED_TODAY = "REMINDED_TODAY"


class RefusalReason(StrEnum):
    """Why somebody does not want to be invited."""

    PERSONS_WISH = "PERSONS_WISH"
    OWN_DOCTOR = "OWN_DOCTOR"
    WORKPLACE = "WORKPLACE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Run:
    """One act on a whole year's list (勧奨の実行). `outcome` holds counts and codes only."""

    run_id: UUID
    kind: RunKind
    fiscal_year: int
    programmes: tuple[Programme, ...]
    as_of_date: date
    outcome: Mapping[str, int] = field(hash=False)
    done_at: datetime
    done_by: str


@dataclass(frozen=True, slots=True)
class Target:
    """One person invited to one programme of a year, and where that stands today (勧奨対象者).

    `reason` is why the person was due when the list was frozen; none for whoever was added by hand, with `note`.
    `coupon` is the valid coupon that names the programme; `other_coupon` says that there is one which does not.
    """

    target_id: int
    fiscal_year: int
    programme: Programme
    system_person_number: str
    reason: Reason | None
    age: int | None
    note: str
    added_at: datetime
    added_by: str
    standing: Standing
    coupon: str
    other_coupon: bool
    reminded: int
    last_reminded_date: date | None
    obstacle: LeftOut | None


@dataclass(frozen=True, slots=True)
class RemovedTarget:
    """A target that somebody took off the list."""

    programme: Programme
    removed_at: datetime
    removed_by: str
    removed_reason: str


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon (受診券) as it stands: `used` are the programmes of which a result came in that year."""

    number: str
    fiscal_year: int
    system_person_number: str
    programmes: tuple[Programme, ...]
    used: frozenset[Programme]
    valid_until: date
    issued_at: datetime
    issued_by: str
    voided_at: datetime | None = None
    voided_by: str | None = None
    void_reason: str = ""

    @property
    def state(self) -> CouponState:
        """Give the state: used once a result of every programme on it came in."""
        if self.voided_at is not None:
            return CouponState.VOID
        return CouponState.USED if self.used >= set(self.programmes) else CouponState.ISSUED

    def is_over(self, on: date) -> bool:
        """Say whether its last day has passed."""
        return on > self.valid_until


@dataclass(frozen=True, slots=True)
class Reminder:
    """One letter that reminded a person (受診勧奨の記録): the how-manieth of the year, and of what."""

    fiscal_year: int
    system_person_number: str
    programmes: tuple[Programme, ...]
    place: int
    reminded_date: date
    letter_number: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """That a person does not want to be invited (勧奨拒否), from a day until (and without) another.

    `programme` is none where all invitations are refused.
    """

    refusal_id: int
    system_person_number: str
    programme: Programme | None
    reason: RefusalReason
    note: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    recorded_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_reason: str = ""

    def is_in_force(self, on: date) -> bool:
        """Say whether it keeps invitations away on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class ProgrammeNumbers:
    """How a programme's targets stand. Open, examined, refused, no longer due and gone add up to the targets."""

    programme: Programme
    targets: int
    open: int
    examined: int
    refused: int
    not_due: int
    gone: int
    with_coupon: int
    reminded: int
    left_out: int
    """Without a coupon, because no letter can be sent to them together with others."""


@dataclass(frozen=True, slots=True)
class YearNumbers:
    """A year's targets by programme, and people where a person counts once."""

    programmes: tuple[ProgrammeNumbers, ...]
    people: int
    to_issue: int
    """People who would get a coupon now."""
    left_out: Mapping[LeftOut, int] = field(hash=False)
    """People who would not, by why."""

    @property
    def targets(self) -> int:
        return sum(one.targets for one in self.programmes)


class Covered(StrEnum):
    """Whether targets with or without a coupon are wanted."""

    ANY = ""
    WITH = "WITH"
    WITHOUT = "WITHOUT"
    LEFT_OUT = "LEFT_OUT"


class TargetOrder(StrEnum):
    """How a list of targets is sorted."""

    READING = "reading"
    AREA = "area"
    OLDEST = "oldest"
    LONGEST_AGO = "longest-ago"


@dataclass(frozen=True, slots=True)
class TargetFilter:
    """Which targets of a year are wanted."""

    programme: Programme | None = None
    standing: Standing | None = None
    covered: Covered = Covered.ANY
    obstacle: LeftOut | None = None
    reminded: int | None = None


@dataclass(frozen=True, slots=True)
class TargetPage:
    """One page of a year's targets, and how many there are in all."""

    total: int
    rows: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class LeftOutPerson:
    """Somebody a run left to be handled by hand. `is_settled` once they have a coupon or were reminded after all."""

    system_person_number: str
    reason: LeftOut
    is_settled: bool


class Deliver(Protocol):
    """Takes a finished file: into the outputs of long work, or into a folder."""

    def __call__(self, file_name: str, content: bytes) -> None:
        """Keep a file in the transaction that made it."""
        ...
