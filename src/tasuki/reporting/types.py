"""Values of the national report and of the indicators of quality."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from tasuki.layouts.types import Programme


class Column(StrEnum):
    """What is counted of the screenings of a year; every count of the report is one of these over some of them."""

    EXAMINED = "EXAMINED"
    RETURNING = "RETURNING"
    SECOND_YEAR = "SECOND_YEAR"
    NEEDS_DETAIL = "NEEDS_DETAIL"
    DETAIL_TAKEN = "DETAIL_TAKEN"
    FOUND_NONE = "FOUND_NONE"
    FOUND_CANCER = "FOUND_CANCER"
    FOUND_EARLY = "FOUND_EARLY"
    FOUND_IN_SITU = "FOUND_IN_SITU"
    FOUND_AIS = "FOUND_AIS"
    FOUND_CIN3 = "FOUND_CIN3"
    FOUND_CIN2 = "FOUND_CIN2"
    FOUND_CIN2_OR_CIN3 = "FOUND_CIN2_OR_CIN3"
    FOUND_CIN1 = "FOUND_CIN1"
    FOUND_ADENOMA = "FOUND_ADENOMA"
    FOUND_ADENOMA_10MM = "FOUND_ADENOMA_10MM"
    FOUND_DISEASE = "FOUND_DISEASE"
    FOUND_SUSPECTED = "FOUND_SUSPECTED"
    FOUND_OTHER = "FOUND_OTHER"
    DETAIL_NOT_TAKEN = "DETAIL_NOT_TAKEN"
    DETAIL_UNKNOWN = "DETAIL_UNKNOWN"
    INCIDENT = "INCIDENT"
    INCIDENT_DEATH = "INCIDENT_DEATH"
    DETAIL_INCIDENT = "DETAIL_INCIDENT"
    DETAIL_INCIDENT_DEATH = "DETAIL_INCIDENT_DEATH"


class Dimension(StrEnum):
    """By what counts are parted."""

    PROGRAMME = "programme"
    METHOD = "method"
    ENCOUNTER = "encounter"
    SEX = "sex"
    AGE_BAND = "age_band"
    IS_FIRST = "is_first"
    FACILITY = "facility"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A fiscal year as it was counted on a day (報告の凍結); what changes afterwards changes no count of it."""

    snapshot_id: UUID
    fiscal_year: int
    lines: int
    digest: str
    note: str
    is_population_known: bool
    taken_at: datetime
    taken_by: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which screenings are counted; an empty part restricts nothing."""

    programme: Programme | None = None
    method: str = ""
    encounter: str | None = None
    sex: str = ""
    age_band: str = ""
    is_first: bool | None = None
    facility: str | None = None
    upper_age: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one group of screenings: the group's value of each dimension, and how many of each column."""

    group: Mapping[Dimension, str]
    counts: Mapping[Column, int]
    population: int = 0
    examined_last_year: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One screening of a snapshot: for whoever may see the people behind a count."""

    result_id: UUID
    system_person_number: str
    programme: Programme
    method: str
    age: int
    sex: str
    facility_name: str


@dataclass(frozen=True, slots=True)
class LinePage:
    """One page of the people behind a count, and how many there are."""

    total: int
    rows: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Edition:
    """A guidance whose values indicators are held against; `upper_age` 0 holds for every age."""

    id: str
    label_ja: str
    label_en: str
    in_force_from: date
    upper_age: int
    source: str


class Compare(StrEnum):
    """On which side of a value an indicator is good."""

    AT_MOST = "at_most"
    AT_LEAST = "at_least"


@dataclass(frozen=True, slots=True)
class Threshold:
    """What an indicator is held against, in percent; `is_confirmed` says that it was read in its source."""

    edition: Edition
    value: float
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: which counts it divides by which, in percent, for which programmes."""

    id: str
    label_ja: str
    label_en: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    programmes: frozenset[Programme]
    compare: Compare | None
    thresholds: Mapping[Programme, tuple[Threshold, ...]] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An indicator held against one value: whether it is good."""

    threshold: Threshold
    is_met: bool


@dataclass(frozen=True, slots=True)
class Value:
    """An indicator of a group: its parts, its percentage (None without a denominator), and how it stands."""

    indicator: Indicator
    numerator: int
    denominator: int
    percent: float | None
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class NotComputed:
    """The list of who is due was not computed for the year, so that nobody can say how many people it is about."""

    fiscal_year: int
