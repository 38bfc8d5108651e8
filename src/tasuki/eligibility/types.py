"""Values of eligibility: rules, a town's options, what is known of a person, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntFlag, StrEnum

from tasuki.layouts.types import Programme
from tasuki.screening.types import Source


class Status(StrEnum):
    """Where a person stands in a programme and a fiscal year."""

    DUE = "DUE"
    TAKEN = "TAKEN"
    NOT_DUE = "NOT_DUE"


class Reason(StrEnum):
    """Why. The order within a status is the order in which reasons are listed."""

    # Due.
    NEVER_TAKEN = "NEVER_TAKEN"
    INTERVAL_OVER = "INTERVAL_OVER"
    MILESTONE = "MILESTONE"
    ONCE_OPEN = "ONCE_OPEN"
    FOLLOW_UP = "FOLLOW_UP"
    UNJUDGED = "UNJUDGED"
    # Taken.
    TAKEN_THIS_YEAR = "TAKEN_THIS_YEAR"
    # Not due.
    INTERVAL_NOT_OVER = "INTERVAL_NOT_OVER"
    ONCE_TAKEN = "ONCE_TAKEN"
    DETAIL_INSTEAD = "DETAIL_INSTEAD"
    UNDER_TREATMENT = "UNDER_TREATMENT"
    DIAGNOSED = "DIAGNOSED"
    EXCLUDED = "EXCLUDED"
    NOT_MILESTONE = "NOT_MILESTONE"
    PAST_MILESTONES = "PAST_MILESTONES"
    TOO_YOUNG = "TOO_YOUNG"
    TOO_OLD = "TOO_OLD"
    OTHER_SEX = "OTHER_SEX"
    NOT_OFFERED = "NOT_OFFERED"
    NOT_RESIDENT = "NOT_RESIDENT"


class RuleKind(StrEnum):
    """How a rule decides."""

    INTERVAL = "interval"
    MILESTONE = "milestone"
    ONCE = "once"
    HPV = "hpv"


class RuleSex(StrEnum):
    """Whom a rule is for."""

    ANY = "any"
    FEMALE = "female"


class RuleStatus(StrEnum):
    """Whether a rule was read in its source or is ours until the source is to hand."""

    FOUND = "found"
    PROVISIONAL = "provisional"


class Mark(IntFlag):
    """What a past screening was, as far as it bears on the next one. Kept in the database: never renumber."""

    NONE = 0
    ENDOSCOPY = 1
    HPV = 2
    HPV_POSITIVE = 4
    HPV_DETAIL = 8
    HPV_UNJUDGED = 16


class ExclusionKind(StrEnum):
    """Why a person is left out of a programme (対象除外)."""

    UNDER_TREATMENT = "UNDER_TREATMENT"
    DIAGNOSED = "DIAGNOSED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class RuleSource:
    """The text a rule was taken from."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class LocalOption:
    """A choice that the national rules leave to the town."""

    id: str
    programme: Programme
    ja: str
    en: str
    help_ja: str
    help_en: str
    status: RuleStatus


@dataclass(frozen=True, slots=True)
class Rule:
    """One examination of a programme: for whom, from which age or at which ages, how often; in [from, to)."""

    id: str
    programme: Programme
    method_ja: str
    method_en: str
    kind: RuleKind
    sex: RuleSex
    source: RuleSource
    status: RuleStatus
    effective_from: date
    effective_to: date | None
    age_from: int
    age_to: int | None = None
    milestone_ages: tuple[int, ...] = ()
    recommended_to: int | None = None
    interval_years: int = 1
    endoscopy_wait: int = 0
    option: str = ""
    unless_option: str = ""
    condition_ja: str = ""
    condition_en: str = ""

    def is_in_force(self, on: date) -> bool:
        """Say whether the rule holds on a day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


@dataclass(frozen=True, slots=True)
class Options:
    """What a town decided for its programmes (検診対象の設定).

    `reference_days` are month and day; `ages_from` and `more_ages` are by the id of a rule.
    """

    not_offered: frozenset[Programme]
    chosen: frozenset[str]
    reference_days: Mapping[Programme, str] = field(hash=False)
    ages_from: Mapping[str, int] = field(hash=False)
    more_ages: Mapping[str, tuple[int, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class OptionsVersion:
    """Options as somebody set them, for fiscal years from `from_fiscal_year` on. Number 0 stands for the defaults."""

    version: int
    from_fiscal_year: int
    options: Options
    recorded_at: datetime | None
    recorded_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class YearRules:
    """The rules of one programme for one fiscal year, with the town's options worked in."""

    programme: Programme
    fiscal_year: int
    reference_day: date
    rules: tuple[Rule, ...]
    hpv_five_years: bool = False


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What decides of the person: nothing else of them is needed."""

    birth_date: date
    sex: str
    moved_out_date: date | None = None
    died_date: date | None = None

    def lives_here(self, on: date) -> bool:
        """Say whether the person is a resident on a day."""
        return not any(end is not None and end <= on for end in (self.moved_out_date, self.died_date))


@dataclass(frozen=True, slots=True)
class Taken:
    """That a programme was taken in a fiscal year, whoever gave it. `institution` names another municipality."""

    fiscal_year: int
    source: Source = Source.OWN
    institution: str = ""
    marks: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class History:
    """What counts of a programme's history: the screening of the year itself, and the last one before it."""

    this_year: Taken | None = None
    last: Taken | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """That a person is left out of a programme from a day until (and without) another."""

    exclusion_id: int
    system_person_number: str
    programme: Programme
    kind: ExclusionKind
    valid_from: date
    valid_to: date | None
    note: str
    recorded_at: datetime
    recorded_by: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_reason: str = ""

    def is_in_force(self, on: date) -> bool:
        """Say whether it leaves the person out on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a programme's rules come to. `rule` decided; `methods` are the rules of what is open to the person."""

    status: Status
    reason: Reason
    rule: Rule | None
    methods: tuple[Rule, ...] = ()
    next_year: int | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """Whether a person is due for a programme in a fiscal year, and why (検診対象判定).

    `age` is the age in law on the reference day. `taken` is the screening the reason speaks of: this year's where
    the status is TAKEN, else the last one before. `next_year` is the next fiscal year in which the person is due if
    nothing else happens; none where there is none.
    """

    programme: Programme
    fiscal_year: int
    status: Status
    reason: Reason
    age: int
    reference_day: date
    taken: Taken | None
    next_year: int | None
    methods: tuple[Rule, ...]
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class StoredAssessment:
    """One line of the computed list of a fiscal year."""

    system_person_number: str
    programme: Programme
    status: Status
    reason: Reason
    age: int
    last_year: int | None
    last_source: Source | None
    next_year: int | None
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many people have one status for one reason in one programme."""

    programme: Programme
    status: Status
    reason: Reason
    people: int


@dataclass(frozen=True, slots=True)
class Run:
    """The computation a year's list stands on. `current_on` is the day for which residents and exclusions count."""

    fiscal_year: int
    computed_at: datetime
    computed_by: str
    refreshed_at: datetime
    current_on: date
    options_version: int
    rules_digest: str
    people: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """Whether a year's list still says what the records say."""

    run: Run
    changed_people: int
    options_changed: bool
    rules_changed: bool

    @property
    def is_fresh(self) -> bool:
        return self.changed_people == 0 and not self.needs_recomputing

    @property
    def needs_recomputing(self) -> bool:
        return self.options_changed or self.rules_changed


class Past(StrEnum):
    """Which of a programme's people are wanted, by what they took before the year."""

    ANY = ""
    NEVER = "NEVER"
    FIRST_IN_YEARS = "FIRST_IN_YEARS"
    BEFORE = "BEFORE"


class DueOrder(StrEnum):
    """How a list is sorted."""

    READING = "reading"
    OLDEST = "oldest"
    LONGEST_AGO = "longest-ago"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class DueFilter:
    """Which lines of a list are wanted. Ages are on the reference day; a postal code stands for an area."""

    status: Status = Status.DUE
    reason: Reason | None = None
    age_from: int | None = None
    age_to: int | None = None
    sex: str = ""
    past: Past = Past.ANY
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the town that a list can be narrowed to."""

    postal_code: str
    label: str


@dataclass(frozen=True, slots=True)
class DuePage:
    """One page of a list, and how many lines it has in all."""

    total: int
    rows: tuple[StoredAssessment, ...]
