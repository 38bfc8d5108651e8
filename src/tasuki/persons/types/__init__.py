"""Values of the person index."""

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
