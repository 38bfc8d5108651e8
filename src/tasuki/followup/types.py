"""Values of the follow-up of detailed examinations (精密検査の追跡)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tasuki.layouts.types import Programme


class CaseState(StrEnum):
    """Where the follow-up of one screening stands. Whoever needs a detailed examination is in exactly one of these."""

    NEEDED = "NEEDED"
    REMINDED = "REMINDED"
    UNDER_WAY = "UNDER_WAY"
    TAKEN = "TAKEN"
    NOT_TAKEN = "NOT_TAKEN"
    UNKNOWN = "UNKNOWN"

    @property
    def is_open(self) -> bool:
        """Say whether an answer is still missing: these are never off the list of those to be asked."""
        return self in (CaseState.NEEDED, CaseState.REMINDED, CaseState.UNDER_WAY, CaseState.UNKNOWN)


class ActKind(StrEnum):
    """What was done or learnt about a case."""

    REMINDED = "REMINDED"
    SELF_REPORT = "SELF_REPORT"
    UNDER_WAY = "UNDER_WAY"
    NOT_TAKEN = "NOT_TAKEN"
    UNSUITABLE = "UNSUITABLE"
    NOTE = "NOTE"
    REVOKED = "REVOKED"


class Means(StrEnum):
    """How somebody was reminded."""

    LETTER = "LETTER"
    PHONE = "PHONE"
    VISIT = "VISIT"
    COUNTER = "COUNTER"


class NotTakenReason(StrEnum):
    """Why somebody is known not to have gone."""

    REFUSED = "REFUSED"
    OTHER_ILLNESS = "OTHER_ILLNESS"
    PREGNANT = "PREGNANT"
    MOVED_OUT = "MOVED_OUT"
    DIED = "DIED"
    NOT_FOUND_AT_INSTITUTION = "NOT_FOUND_AT_INSTITUTION"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was learnt. Which fields mean something depends on the kind of act; the others stay empty.

    A self-report counts as taken only with all four of day, institution, method and result (精検受診の定義).
    """

    examined_date: str = ""
    institution: str = ""
    method: str = ""
    result_code: str = ""
    reason: str = ""
    means: str = ""
    unsuitable_result: str = ""
    """The detailed result that was no suitable examination, where one came in."""
    ask_again_on: date | None = None
    note: str = ""

    @property
    def has_four_facts(self) -> bool:
        """Say whether day, institution, method and result are all known."""
        return all((self.examined_date, self.institution, self.method, self.result_code))


@dataclass(frozen=True, slots=True)
class Act:
    """Something done or learnt about a case, as recorded; what was revoked stays readable."""

    act_id: UUID
    result_id: UUID
    kind: ActKind
    acted_date: date
    answer: Answer
    recorded_at: datetime
    recorded_by: str
    is_revoked: bool
    letter_number: str = ""
    revoked_at: datetime | None = None
    revoked_by: str = ""
    revoked_reason: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One screening after which a detailed examination is needed, and where its follow-up stands."""

    result_id: UUID
    system_person_number: str
    programme: Programme
    fiscal_year: int
    sequence: int
    examined_date: str | None
    facility_number: str | None
    facility_name: str | None
    recorded_at: datetime
    state: CaseState
    detailed_id: UUID | None
    finding_code: str | None
    """The code of the detailed result, reported by the institution or by the person with all four facts."""
    reminders: int
    last_reminded: date | None
    is_partly_known: bool
    ask_again_on: date | None
    items: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list of cases, and how many there are."""

    total: int
    rows: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases a list shows; empty parts restrict nothing."""

    fiscal_year: int | None = None
    programme: Programme | None = None
    states: tuple[CaseState, ...] = ()
    examined_before: date | None = None
    """Cases whose screening was recorded before this day: those whose answer is overdue."""
    only_partly_known: bool = False
    """Cases about which the person reported some of the four facts, and which are therefore still open."""
    ask_again_by: date | None = None
    """Cases under way that were to be asked about again on this day or before."""


@dataclass(frozen=True, slots=True)
class Attention:
    """How many cases of all years to look at: those waiting longer than some days, partly known, to ask again."""

    overdue: Mapping[int, int]
    partly_known: int
    ask_again: int


class CaseOrder(StrEnum):
    """In which order a list of cases is read."""

    WAITING = "WAITING"
    NEWEST = "NEWEST"
    READING = "READING"


class HpvStep(StrEnum):
    """What follows an HPV test (HPV検査単独法)."""

    NEXT_ROUND = "NEXT_ROUND"
    TRIAGE_MISSING = "TRIAGE_MISSING"
    RECALL_NEXT_YEAR = "RECALL_NEXT_YEAR"
    DETAIL_NEEDED = "DETAIL_NEEDED"
    UNJUDGED = "UNJUDGED"


class LeftOut(StrEnum):
    """Why nobody was written to together with the others: a clerk handles each by hand."""

    UNKNOWN = "UNKNOWN"
    DIED = "DIED"
    MOVED_OUT = "MOVED_OUT"
    PROTECTED = "PROTECTED"
    NO_ADDRESS = "NO_ADDRESS"
    UNPRINTABLE = "UNPRINTABLE"
    """A character of the name or address is in no font of ours."""
    SENT_LATELY = "SENT_LATELY"
    """The same letter went out a few days ago."""
    ASK_LATER = "ASK_LATER"
    """The examination is under way, and the day on which to ask again has not come."""


@dataclass(frozen=True, slots=True)
class LetterRun:
    """What came of making letters together: how many in how many files, and who was left out and why."""

    letters: int
    files: int
    left_out: tuple[tuple[UUID, str, LeftOut], ...] = ()
    """By result, with the person's 宛名番号."""


@dataclass(frozen=True, slots=True)
class OneLetter:
    """A letter that was made alone. `unprintable` are the characters to be written in by hand."""

    pdf: bytes
    number: str
    unprintable: str


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which results somebody is told of; empty parts restrict nothing."""

    fiscal_year: int | None = None
    programme: Programme | None = None
    batch_id: UUID | None = None
    examined_from: date | None = None
    examined_to: date | None = None


@dataclass(frozen=True, slots=True)
class Closing:
    """A fiscal year whose follow-up was closed: whoever gave no answer by then counts as unknown (未把握)."""

    fiscal_year: int
    closed_at: datetime
    closed_by: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was recorded, and why, by the part of the answer that is wrong."""

    problems: Mapping[str, str]
