"""Values of the yearly check (確認記録票)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Answer(StrEnum):
    """How far a clause is kept (評価)."""

    KEPT = "KEPT"
    PARTLY = "PARTLY"
    NOT_KEPT = "NOT_KEPT"
    NOT_APPLICABLE = "NOT_APPLICABLE"

    @property
    def needs_remark(self) -> bool:
        """Whether somebody has to say what is missing, or why the clause does not apply."""
        return self is not Answer.KEPT


@dataclass(frozen=True, slots=True)
class FactKind:
    """Something the system can say about safeguards by itself: records counted, or a count as it stands."""

    key: str
    safeguards: tuple[str, ...]
    name: tuple[str, str]
    kinds: tuple[str, ...]
    state: str | None


@dataclass(frozen=True, slots=True)
class Fact:
    """What the system said: how many, and the last time; no count where it cannot say."""

    key: str
    count: int | None
    last_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What only the machine knows: when the certificate of the connection ends, if it has one."""

    certificate_ends: dt.datetime | None


@dataclass(frozen=True, slots=True)
class CheckRule:
    """When the check of a fiscal year is due, and from when on it is asked for."""

    remind_from: tuple[int, int]
    due: tuple[int, int]
    basis: tuple[str, str]


class CheckState(StrEnum):
    """How a check stands."""

    ANSWERING = "ANSWERING"
    HALF_SIGNED = "HALF_SIGNED"
    SIGNED = "SIGNED"


@dataclass(frozen=True, slots=True)
class Check:
    """The check of one fiscal year (確認記録票), with its signatures."""

    fiscal_year: int
    opened_at: dt.datetime
    opened_by: str
    gathered_at: dt.datetime
    first_signed_at: dt.datetime | None
    first_signed_by: str | None
    second_signed_at: dt.datetime | None
    second_signed_by: str | None
    sha256: str
    lines: int
    answered: int
    not_kept: int

    @property
    def state(self) -> CheckState:
        """How it stands."""
        if self.second_signed_at is not None:
            return CheckState.SIGNED
        return CheckState.ANSWERING if self.first_signed_at is None else CheckState.HALF_SIGNED


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One clause in the check of one year: its text as it was then, what the system says, what people found."""

    clause: str
    part: tuple[str, str]
    number: str
    heading: tuple[str, str]
    does: tuple[str, str]
    missing: tuple[str, str] | None
    register: tuple[str, str] | None
    facts: tuple[Fact, ...]
    answer: Answer | None
    remark: str
    answered_at: dt.datetime | None
    answered_by: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody found about one clause."""

    clause: str
    answer: Answer
    remark: str


@dataclass(frozen=True, slots=True)
class NewFinding:
    """Something to be mended (指摘): what, how, by whom, by when."""

    clause: str
    says: str
    remedy: str
    who: str
    due: dt.date


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to be mended, and whether it was."""

    finding_id: UUID
    fiscal_year: int
    clause: str
    says: str
    remedy: str
    who: str
    due: dt.date
    raised_at: dt.datetime
    raised_by: str
    mended_at: dt.datetime | None
    mended_by: str | None
    mended_note: str

    def is_overdue(self, on: dt.date) -> bool:
        """Whether its day is over and nobody mended it."""
        return self.mended_at is None and on > self.due


class CheckOutcome(StrEnum):
    """What became of an act on a check."""

    DONE = "DONE"
    NONE = "NONE"
    """There is no such check, line or finding, or it is there already."""
    CLOSED = "CLOSED"
    """It bears a signature, and stays as it was signed."""
    SAME_PERSON = "SAME_PERSON"
    INCOMPLETE = "INCOMPLETE"
    """Lines have no answer, or a clause that is not kept has no finding."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What stands between a check and its signature, as clauses."""

    unanswered: Sequence[str]
    without_finding: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.unanswered or self.without_finding)
