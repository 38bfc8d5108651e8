"""Values of the person index."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from tasuki.persons.types.cases import CaseKind

#: The resident register (住民記録), by which the others are measured.
REGISTER: Final = "residents"
#: People outside the register (住登外者) whom a clerk registers by hand.
NON_REGISTERED: Final = "non-registered"


@dataclass(frozen=True, slots=True)
class PersonToNumber:
    """A person of a business system who needs a unified number; the individual number stays out of any `repr`.

    `is_changed` says that the register told of another individual number (番号法7条2項), so that it is no mix-up.
    """

    system_person_number: str
    individual_number: str | None = field(repr=False)
    is_changed: bool = False


class NumberingFault(StrEnum):
    """Why a person was not numbered, or not linked."""

    INVALID_NUMBER = "INVALID_NUMBER"
    """The individual number fails its check digit."""
    SHARED_NUMBER = "SHARED_NUMBER"
    """Two persons of one system state the same individual number."""
    NUMBER_CHANGED = "NUMBER_CHANGED"
    """The person is in custody with another individual number (番号法7条2項, or a mix-up)."""


@dataclass(frozen=True, slots=True)
class NumberingProblem:
    """A person a clerk has to look at. `line` counts the people of the list from 1.

    `holder` is the number in the same system of whoever holds the individual number, if anybody there does.
    """

    line: int
    system_person_number: str
    fault: NumberingFault
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class NumberingReport:
    """What numbering a list of people did; `linked` of them were known to another system already."""

    numbered: int
    linked: int
    already_numbered: int
    problems: Sequence[NumberingProblem] = ()


@dataclass(frozen=True, slots=True)
class OpenedAcquisition:
    """An acquisition to ask J-LIS for; the only place where an individual number leaves custody."""

    acquisition_number: str
    unified_person_number: str
    individual_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of the index."""

    people: int
    with_number: int
    with_code: int
    open_acquisitions: int


class RegistrationFault(StrEnum):
    """What is wrong with a registration by itself; it stays out until its sender has put it right."""

    INVALID_NUMBER = "INVALID_NUMBER"
    """The individual number fails its check digit."""
    PLACEHOLDER_NUMBER = "PLACEHOLDER_NUMBER"
    """The individual number is one that is written where there is none."""
    NO_NAME = "NO_NAME"
    PLACEHOLDER_NAME = "PLACEHOLDER_NAME"
    PLACEHOLDER_BIRTH_DATE = "PLACEHOLDER_BIRTH_DATE"
    BIRTH_IN_FUTURE = "BIRTH_IN_FUTURE"
    IMPLAUSIBLE_BIRTH_DATE = "IMPLAUSIBLE_BIRTH_DATE"
    BAD_BIRTH_DATE = "BAD_BIRTH_DATE"
    """The birth date is no date."""
    BAD_SEX = "BAD_SEX"
    BAD_NUMBER = "BAD_NUMBER"
    """The system's own number of the person is none."""
    BAD_TEXT = "BAD_TEXT"
    """A text holds what no text holds, such as a control character, or is too long."""
    OTHER_ENVIRONMENT = "OTHER_ENVIRONMENT"
    """Somebody not recognisably fictitious where only such people are kept, or the other way round (ADR 0032)."""


@dataclass(frozen=True, slots=True)
class PlacedFault:
    """A fault and the field it is in."""

    fault: RegistrationFault
    field: str


@dataclass(frozen=True, slots=True)
class RegistrationProblem:
    """A registration that stays out. `line` counts the people of the list from 1."""

    line: int
    system_person_number: str
    fault: RegistrationFault
    field: str


class RegistrationStatus(StrEnum):
    """What became of a registration that could be looked at."""

    LINKED = "LINKED"
    """Of somebody the index knew."""
    NUMBERED = "NUMBERED"
    """Of somebody new, who has a number of their own now."""
    UNCHANGED = "UNCHANGED"
    CASE = "CASE"
    """Somebody has to look."""


@dataclass(frozen=True, slots=True)
class RegistrationOutcome:
    """What became of one registration; `kind` says why somebody has to look."""

    status: RegistrationStatus
    kind: CaseKind | None = None
    case_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RegistrationReport:
    """What registering a list of people did.

    `cases` of them wait for somebody's decision; `problems` stay out until their sender has put them right.
    `outcomes` says what became of each of the others, by the system's own number.
    """

    numbered: int
    linked: int
    unchanged: int
    cases: int
    problems: Sequence[RegistrationProblem] = ()
    outcomes: Mapping[str, RegistrationOutcome] = field(default_factory=dict)


class CustodyAct(StrEnum):
    """What became of an individual number in custody."""

    CHANGED = "CHANGED"
    """The person was given another (番号法7条2項)."""
    DELETED = "DELETED"
    """The purpose it was kept for ended (番号法20条)."""


@dataclass(frozen=True, slots=True)
class CustodyChange:
    """That a number changed or was deleted; the number itself is gone."""

    act: CustodyAct
    reason: str
    changed_at: dt.datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class Custody:
    """What is known of a person's individual number without opening it. `systems` are (system, 宛名番号)."""

    unified_person_number: str
    numbered_at: dt.datetime
    has_number: bool
    code_bound_at: dt.datetime | None
    systems: tuple[tuple[str, str], ...]
    changes: tuple[CustodyChange, ...]


@dataclass(frozen=True, slots=True)
class NumberKey:
    """A key's life. `rows` counts the numbers that stand under it."""

    key_id: str
    made_at: dt.datetime
    replaced_at: dt.datetime | None
    retired_at: dt.datetime | None
    rows: int


@dataclass(frozen=True, slots=True)
class Resealed:
    """One part of an exchange of keys: the last person looked at, None after the last one of all.

    `damaged` cannot be opened; `twice` state a number that another person holds under the new key. Both stay as they
    are, by 団体内統合宛名番号.
    """

    last: str | None
    resealed: int
    damaged: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """One part of the check of all numbers: as `Resealed`, with how many open and are found as they should be."""

    last: str | None
    sound: int
    damaged: tuple[str, ...] = ()


class CodeOutcome(StrEnum):
    """How asking for a linkage code ended last. The first two wait for the code to arrive at the gateway."""

    ISSUED = "ISSUED"
    ALREADY_ISSUED = "ALREADY_ISSUED"
    """The network had issued it before; the same code comes again."""
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER"
    """J-LIS knows nobody of this individual number."""
    UNKNOWN_INSTITUTION = "UNKNOWN_INSTITUTION"
    INSTITUTION_SUSPENDED = "INSTITUTION_SUSPENDED"
    """The network issues this institution no codes until it takes part again; asked again then, it does."""
    RECORD_CODE_CHANGED = "RECORD_CODE_CHANGED"
    """The person has another 住民票コード, so another code is to be asked for (番号法21条の2)."""


@dataclass(frozen=True, slots=True)
class MissingCode:
    """A person without a linkage code, and what was tried."""

    unified_person_number: str
    numbered_at: dt.datetime
    has_number: bool
    is_asked: bool
    outcome: CodeOutcome | None
    attempts: int
    last_at: dt.datetime | None
    next_at: dt.datetime | None
