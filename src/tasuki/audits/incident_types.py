"""Values of incidents (漏えい等の事案)."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Ground(StrEnum):
    """Why the law wants an incident reported (報告対象事態)."""

    SENSITIVE = "SENSITIVE"
    """Results of screenings are information that needs special care (要配慮個人情報)."""
    PROPERTY = "PROPERTY"
    MALICIOUS = "MALICIOUS"
    SYSTEM = "SYSTEM"
    """Of a system that processes work with individual numbers, or of the national network."""
    PUBLIC = "PUBLIC"
    MANY = "MANY"
    """More than 100 people."""


class Source(StrEnum):
    """Who told of it."""

    STAFF = "STAFF"
    ALERT = "ALERT"
    CONTRACTOR = "CONTRACTOR"
    OUTSIDE = "OUTSIDE"


class Step(StrEnum):
    """What was done about an incident, in the order of the law and of common sense."""

    SUSPECTED = "SUSPECTED"
    CONFIRMED = "CONFIRMED"
    NO_INCIDENT = "NO_INCIDENT"
    CONTAINED = "CONTAINED"
    PRELIMINARY = "PRELIMINARY"
    PEOPLE_TOLD = "PEOPLE_TOLD"
    FULL = "FULL"
    CLOSED = "CLOSED"


class Stage(StrEnum):
    """How an incident stands."""

    SUSPECTED = "SUSPECTED"
    CONFIRMED = "CONFIRMED"
    CONTAINED = "CONTAINED"
    REPORTED = "REPORTED"
    CLOSED = "CLOSED"
    NO_INCIDENT = "NO_INCIDENT"


@dataclass(frozen=True, slots=True)
class Duty:
    """What the law asks for one kind of information, and until when."""

    key: str
    name: tuple[str, str]
    basis: str
    preliminary_days: int
    full_days: int
    malicious_days: int
    grounds: frozenset[Ground]
    is_provisional: bool
    checked: dt.date


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when a report is to be made, and when it was."""

    step: Step
    due: dt.date
    bases: tuple[str, ...]
    done_at: dt.datetime | None
    is_provisional: bool

    def is_overdue(self, on: dt.date) -> bool:
        """Whether its day is over without the report."""
        return self.done_at is None and on > self.due


@dataclass(frozen=True, slots=True)
class NewIncident:
    """What somebody tells: what happened, when it became known, since when it may go on, whose accesses it concerns.

    `origin` says out of what it came: `alert:`, `work:` or `rehearsal:` with an identifier; empty where out of nothing.
    """

    title: str
    says: str
    source: Source
    known_at: dt.datetime
    since: dt.datetime
    staff: str | None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What an incident is in the eyes of the law; may be put right until it is closed."""

    grounds: frozenset[Ground]
    people: int
    items: str
    cause: str
    harm: str
    prevention: str


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One step, when and by whom."""

    step: Step
    at: dt.datetime
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident with its steps, the first to the last."""

    incident_id: UUID
    title: str
    says: str
    source: Source
    known_at: dt.datetime
    since: dt.datetime
    staff: str | None
    assessment: Assessment
    lessons: str
    steps: tuple[TakenStep, ...]
    origin: str = ""

    def taken(self, step: Step) -> TakenStep | None:
        """Return a step that was taken."""
        return next((one for one in self.steps if one.step is step), None)

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done any more."""
        return self.taken(Step.CLOSED) is not None or self.taken(Step.NO_INCIDENT) is not None


@dataclass(frozen=True, slots=True)
class Affected:
    """A resident whose data was seen: how often, first and last, by how many; named by number alone."""

    person: str
    accesses: int
    first_at: dt.datetime
    last_at: dt.datetime
    is_protected: bool


class StepOutcome(StrEnum):
    """What became of a step."""

    DONE = "DONE"
    NOT_NOW = "NOT_NOW"
    SAME_PERSON = "SAME_PERSON"
    SUBJECT = "SUBJECT"
    """It is about what they did themself."""
    LESSONS_MISSING = "LESSONS_MISSING"
