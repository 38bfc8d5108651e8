"""Values of the watching context."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

#: More people than one page of a list shows are counted and not named: their list has its own record of whom it holds.
MOST_NAMED: Final = 100


class Act(StrEnum):
    """What a member of staff did with personal data (操作)."""

    VIEW = "VIEW"
    SEARCH = "SEARCH"
    PRINT = "PRINT"
    EXPORT = "EXPORT"
    CHANGE = "CHANGE"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Access:
    """One access: what was done on which page, from where, and whom it showed.

    A search tells which fields were used and how many were found, never the words.
    """

    act: Act
    page: str
    role: str
    address: str
    part: str = ""
    """What of the page, where the page alone does not say it."""
    is_list: bool = False
    """The page is about nobody alone, also where it shows one person only."""
    people: tuple[str, ...] = ()
    """Numbers in the health information system (宛名番号)."""
    unified: tuple[str, ...] = ()
    """Numbers in the person index (団体内統合宛名番号), where the page knows no other."""
    shown: int | None = None
    """How many people were shown or found; None where nobody counted."""
    fields: tuple[str, ...] = ()
    reason: str = ""
    """Why, as a code, where the page asked."""
    emergency: str = ""
    """The emergency role (緊急時の権限) under which it was done."""

    @property
    def named(self) -> int:
        """How many people the page named."""
        return len(self.people) + len(self.unified)

    @property
    def is_one_person(self) -> bool:
        """Tell whether the page is about one person, by either number or by both."""
        return not self.is_list and self.named > 0 and len(self.people) <= 1 and len(self.unified) <= 1

    @property
    def counted(self) -> int:
        """How many people the record counts."""
        if self.shown is not None:
            return self.shown
        return 1 if self.is_one_person else self.named


@dataclass(frozen=True, slots=True)
class AccessFilter:
    """Which accesses are looked for; the period takes in both days."""

    since: dt.datetime
    until: dt.datetime
    staff: str | None = None
    act: Act | None = None
    role: str | None = None
    person: str | None = None
    unified: str | None = None
    in_emergency: bool = False


@dataclass(frozen=True, slots=True)
class RecordedAccess:
    """An access as it was recorded, with the number of its record in the evidence."""

    entry_id: int
    at: dt.datetime
    staff: str
    role: str
    act: Act
    page: str
    people: tuple[str, ...]
    unified: tuple[str, ...]
    shown: int | None
    fields: tuple[str, ...]
    reason: str
    address: str
    emergency: UUID | None


@dataclass(frozen=True, slots=True)
class AccessPage:
    """One page of accesses, and how many there are; `is_cut` says that there are more than were counted."""

    rows: tuple[RecordedAccess, ...]
    total: int
    is_cut: bool


class RuleKind(StrEnum):
    """What a rule looks for (監視の規則)."""

    BULK_VIEWING = "BULK_VIEWING"
    OFF_HOURS = "OFF_HOURS"
    PROTECTED_PERSONS = "PROTECTED_PERSONS"
    SEARCH_WITHOUT_OPENING = "SEARCH_WITHOUT_OPENING"
    REPEATED_REFUSALS = "REPEATED_REFUSALS"
    UNUSUAL_VOLUME = "UNUSUAL_VOLUME"
    OWN_HOUSEHOLD = "OWN_HOUSEHOLD"
    COLLEAGUE = "COLLEAGUE"
    EMERGENCY = "EMERGENCY"
    """Raised by the opening itself, at once, and not by looking through accesses."""


@dataclass(frozen=True, slots=True)
class Rule:
    """From how many on something is looked into, since a day, and why."""

    kind: RuleKind
    least: int
    valid_from: dt.date
    basis: str
    status: str
    checked: dt.date
    times: int = 1
    least_between: tuple[int, int] | None = None
    """Between which numbers a town may set `least`; None where it may not."""
    times_between: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A number of a rule that the town set, since a day, and why."""

    kind: RuleKind
    least: int
    times: int
    valid_from: dt.date
    reason: str
    set_at: dt.datetime
    set_by: str


class SettingOutcome(StrEnum):
    """What became of an attempt to set a rule's numbers."""

    SET = "SET"
    NOT_SETTABLE = "NOT_SETTABLE"
    LEAST_OUTSIDE = "LEAST_OUTSIDE"
    TIMES_OUTSIDE = "TIMES_OUTSIDE"
    SAME = "SAME"


@dataclass(frozen=True, slots=True)
class Related:
    """Whom the accesses of staff may concern as people: by what staff declared of themselves."""

    households: Mapping[str, frozenset[str]]
    """Themselves and whoever lives in their household, by member of staff."""
    colleagues: Mapping[str, str]
    """Which member of staff a person is, by 宛名番号."""


NOBODY_RELATED: Final = Related({}, {})


class Declaring(StrEnum):
    """What became of an attempt to declare somebody's own number."""

    DECLARED = "DECLARED"
    THERE_ALREADY = "THERE_ALREADY"
    OWN_ACCOUNT = "OWN_ACCOUNT"
    NOT_STAFF = "NOT_STAFF"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the office is open, since a day, and the grace before and after."""

    valid_from: dt.date
    opens: dt.time
    closes: dt.time
    grace_minutes: int
    closed_days: tuple[str, ...]
    """Days of every year, as month and day."""
    basis: str
    status: str
    checked: dt.date


@dataclass(frozen=True, slots=True)
class Seen:
    """An access as the rules look at it."""

    at: dt.datetime
    staff: str
    role: str
    act: Act
    people: tuple[str, ...]
    shown: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: by whom, in which time, how many."""

    rule: Rule
    staff: str
    role: str
    since: dt.datetime
    until: dt.datetime
    counted: int


class AlertOutcome(StrEnum):
    """What a review of an alert came to (点検の結果)."""

    PROPER = "PROPER"
    MISTAKE = "MISTAKE"
    IMPROPER = "IMPROPER"


class Closing(StrEnum):
    """What became of an attempt to close an alert."""

    CLOSED = "CLOSED"
    OWN = "OWN"
    NONE_OPEN = "NONE_OPEN"
    OPENED_IT = "OPENED_IT"
    """It is about an emergency role that the reviewer opened."""
    STILL_OPEN = "STILL_OPEN"
    """It is about an emergency role that is not over."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert about somebody's accesses; open until somebody else closed it."""

    alert_id: UUID
    rule: RuleKind
    staff: str
    role: str
    since: dt.datetime
    until: dt.datetime
    counted: int
    least: int
    basis: str
    raised_at: dt.datetime
    outcome: AlertOutcome | None
    note: str | None
    closed_at: dt.datetime | None
    closed_by: str | None
    opened_by: str | None
    """Who opened the emergency role it is about."""


@dataclass(frozen=True, slots=True)
class SignedReview:
    """A month that somebody looked through and signed."""

    month: dt.date
    accesses: int
    alerts: int
    note: str
    signed_at: dt.datetime
    signed_by: str


@dataclass(frozen=True, slots=True)
class Month:
    """One month of accesses: how many by role and act, which alerts, and whether it was signed."""

    first: dt.date
    after: dt.date
    by_role: Mapping[str, Mapping[Act, int]]
    by_rule: Mapping[RuleKind, Mapping[str, int]]
    """How many alerts by rule, and by outcome or the empty text where one is open."""
    staff: tuple[str, ...]
    """Whoever did something."""
    review: SignedReview | None

    @property
    def accesses(self) -> int:
        return sum(sum(acts.values()) for acts in self.by_role.values())

    @property
    def alerts(self) -> int:
        return sum(sum(outcomes.values()) for outcomes in self.by_rule.values())

    @property
    def open_alerts(self) -> int:
        return sum(outcomes.get("", 0) for outcomes in self.by_rule.values())


class Signing(StrEnum):
    """What became of an attempt to sign a month."""

    SIGNED = "SIGNED"
    NOT_OVER = "NOT_OVER"
    ALERTS_OPEN = "ALERTS_OPEN"
    SIGNED_BEFORE = "SIGNED_BEFORE"


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A resident whom accesses showed: how often, first and last."""

    person: str
    accesses: int
    first_at: dt.datetime
    last_at: dt.datetime
