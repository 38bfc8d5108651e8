"""What business systems send and are sent. Bounds stand here; what a line must say is for the gate to judge."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from tasuki.persons.queries.registrations import Standing
from tasuki.persons.types import RegistrationFault, RegistrationStatus
from tasuki.persons.types.cases import CaseKind, CaseState
from tasuki.persons.types.changes import ChangeKind

#: The longest lists; a system with more sends several.
MOST_PEOPLE: Final = 5_000
MOST_NUMBERS: Final = 1_000
MOST_CASES: Final = 200
MOST_CHANGES: Final = 500

#: Longer than any text that is taken, so that too long a name is that line's problem and not the list's.
Text = Annotated[str, Field(max_length=1_000)]
SystemPersonNumber = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{1,15}$")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class PersonStated(_Message):
    """One person as the system knows them (宛名番号・四情報)."""

    system_person_number: Text = Field(description="宛名番号: the system's own number, up to 15 digits and letters.")
    name: Text = Field(description="氏名, family and given name parted by a space.")
    kana_name: Text = Field(default="", description="カナ氏名")
    birth_date: Text = Field(default="", description="生年月日: 1984-06-02, or 1984-06 or 1984 where no more is known.")
    sex: Text = Field(default="", description="性別: 1 male, 2 female, empty where it is not held.")
    postal_code: Text = Field(default="", description="郵便番号")
    address: Text = Field(default="", description="住所")
    household_number: Text = Field(default="", description="世帯番号")
    individual_number: Text | None = Field(default=None, repr=False, description="個人番号, where it is known.")


class PeopleStated(_Message):
    """A list of people to register (宛名登録)."""

    people: Annotated[list[PersonStated], Field(min_length=1, max_length=MOST_PEOPLE)]


class LineStatus(StrEnum):
    """What became of a line."""

    LINKED = RegistrationStatus.LINKED.value
    NUMBERED = RegistrationStatus.NUMBERED.value
    UNCHANGED = RegistrationStatus.UNCHANGED.value
    CASE = RegistrationStatus.CASE.value
    PROBLEM = "PROBLEM"


class LineProblem(_Message):
    """Why a line stays out, and what its sender does about it."""

    field: str
    reason: RegistrationFault
    reason_ja: str
    reason_en: str
    remedy_ja: str
    remedy_en: str


class Doubt(_Message):
    """Why somebody has to look; the system hears of the decision under `/api/v1/people/states`."""

    case_id: UUID
    kind: CaseKind
    reason_ja: str
    reason_en: str


class LineOutcome(_Message):
    """What became of one line of the list, counted from 1."""

    line: int
    system_person_number: str
    status: LineStatus
    case: Doubt | None = None
    problems: list[LineProblem] = []


class Registered(_Message):
    """What registering a list did, line by line."""

    linked: int
    numbered: int
    unchanged: int
    cases: int
    problems: int
    lines: list[LineOutcome]


class NumbersAsked(_Message):
    """Own numbers whose registrations are asked about."""

    system_person_numbers: Annotated[list[SystemPersonNumber], Field(min_length=1, max_length=MOST_PEOPLE)]


class StateOfPerson(_Message):
    """Where one registration stands."""

    system_person_number: str
    standing: Standing
    stated_at: dt.datetime | None
    case: Doubt | None = None


class StatesOfPeople(_Message):
    """Where registrations stand, in the order in which they were asked about."""

    people: list[StateOfPerson]


class IndividualNumbersAsked(_Message):
    """個人番号 whose holders' own numbers are asked for; they stand in the body because addresses are logged."""

    individual_numbers: Annotated[
        list[Annotated[str, Field(pattern=r"^[0-9]{12}$")]], Field(min_length=1, max_length=MOST_NUMBERS, repr=False)
    ]


class NumberFound(_Message):
    """The system's own numbers of one holder: none when the system never registered them, several after a merge."""

    system_person_numbers: list[str]


class NumbersFound(_Message):
    """What was found, in the order in which it was asked for; the 個人番号 are not repeated."""

    found: list[NumberFound]


class CaseOfSystem(_Message):
    """A case that one of the system's registrations caused."""

    case_id: UUID
    kind: CaseKind
    state: CaseState
    system_person_number: str
    opened_at: dt.datetime
    decided_at: dt.datetime | None
    reason_ja: str
    reason_en: str


class CasesOfSystem(_Message):
    """Cases in the order in which they were opened; `next` is what to ask `after`, null at the end."""

    cases: list[CaseOfSystem]
    next: UUID | None


class ChangeOfPerson(_Message):
    """That something changed about somebody the system registered; what it is now, the register says."""

    change_id: UUID
    kind: ChangeKind
    system_person_number: str
    same_person: list[str] = Field(
        description="The system's other numbers of that person, as it stood after the change: what a merge brought "
        "together, and no more after a split."
    )
    event_date: dt.date | None = Field(description="Since when, where the register says.")
    changed_at: dt.datetime = Field(description="When it became known here.")


class ChangesOfPeople(_Message):
    """Changes in the order in which they became known; `next` is what to ask `after`, null while there are none."""

    changes: list[ChangeOfPerson]
    next: UUID | None
    more: bool = Field(description="There may be more: ask on at once.")


class TokenGiven(_Message):
    """A bearer token (RFC 6749)."""

    access_token: str = Field(repr=False)
    token_type: str
    expires_in: int
    scope: str


class Problem(BaseModel):
    """Why a call was refused (RFC 9457). Never repeats what was sent: it may be personal."""

    type: str
    title: str
    title_ja: str
    status: int
    detail: str
    detail_ja: str
    places: list[str] = Field(default=[], description="Where the body is wrong, as paths into it.")
    next: UUID | None = Field(
        default=None, description="Where changes are gone: what to ask `after` once everything was taken anew."
    )
    error: str | None = Field(default=None, description="The code of RFC 6749 or RFC 6750, where one applies.")
