"""Values of the national layouts: items, code tables, data sets, and a screening record as the layouts see it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Programme(StrEnum):
    """The eight screening programmes (報告区分)."""

    LUNG = "51"
    BREAST = "52"
    STOMACH = "53"
    CERVIX = "54"
    COLORECTAL = "55"
    HEPATITIS = "56"
    OSTEOPOROSIS = "57"
    PERIODONTAL = "58"


class Stage(StrEnum):
    """Which examination a record speaks of (検診区分)."""

    PRIMARY = "1"
    DETAILED = "2"
    BOTH = "3"


class ItemType(StrEnum):
    """How the value of an item is written."""

    CODE = "code"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"


class Section(StrEnum):
    """Whether an item is asked, found, or common to every record."""

    HEADER = "header"
    QUESTIONNAIRE = "questionnaire"
    RESULT = "result"


class Mandatory(StrEnum):
    """When an item may not be left out."""

    NO = "no"
    ALWAYS = "always"
    WITH_GROUP = "with_group"


class Status(StrEnum):
    """Whether a definition was read in its source or is ours until the source is to hand."""

    PROVISIONAL = "provisional"
    CONFIRMED = "confirmed"


class Severity(StrEnum):
    """An error keeps a record out; a warning is shown, kept and acknowledged."""

    ERROR = "error"
    WARNING = "warning"


class AbsentReason(StrEnum):
    """Why an item has no value."""

    NOT_PERFORMED = "not_performed"
    NOT_MEASURED = "not_measured"
    UNKNOWN = "unknown"

    @property
    def code(self) -> str:
        """The closed `ReasonOfNull` code of this reason; ours and provisional."""
        return REASON_OF_NULL[self]


REASON_OF_NULL: Final[Mapping[AbsentReason, str]] = {
    AbsentReason.NOT_PERFORMED: "01",
    AbsentReason.NOT_MEASURED: "02",
    AbsentReason.UNKNOWN: "03",
}


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a code table with its labels."""

    code: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A closed list of codes; a code means something only within its own table."""

    id: str
    name_ja: str
    name_en: str
    codes: Mapping[str, Code] = field(hash=False)
    status: Status


@dataclass(frozen=True, slots=True)
class Group:
    """Items that belong to one examination or one part of a form."""

    id: str
    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a layout (検診項目). `programme` and `stage` are None for items common to every record."""

    code: str
    element: str
    identifier: str
    label_ja: str
    label_en: str
    type: ItemType
    max_bytes: int
    table: str | None
    unit: str | None
    programme: Programme | None
    stage: Stage | None
    group: Group
    section: Section
    mandatory: Mandatory
    in_force_from: date
    in_force_until: date | None
    status: Status


@dataclass(frozen=True, slots=True)
class LayoutVersion:
    """A version of a data set's layout, in force from a day until (and without) another."""

    data_set: str
    number: str
    in_force_from: date
    in_force_until: date | None
    status: Status

    def __hash__(self) -> int:
        # These two name it, and it is hashed for each replica.
        return hash((self.data_set, self.number))


@dataclass(frozen=True, slots=True)
class DataSet:
    """A unit of exchange (特定個人情報名): one programme at one stage."""

    code: str
    programme: Programme
    stage: Stage
    name_ja: str
    name_en: str
    group_element: str
    status: Status
    versions: tuple[LayoutVersion, ...]


@dataclass(frozen=True, slots=True)
class AllowEntry:
    """An item that may travel in a data set, and the clause that lets it."""

    data_set: str
    item: Item
    ground: str
    clause: str
    text_ja: str
    text_en: str
    status: Status


class ScreeningRecord(NamedTuple):
    """One screening of one person as the layouts see it; who the person is does not concern them.

    `examined_date` is as precise as it is known: "2025-06-12", "2025-06", "2025" or None; never a made-up day.
    `items` and `absent` are keyed by item code.
    """

    programme: Programme
    stage: Stage
    fiscal_year: int
    sequence: int
    examined_date: str | None
    age: int | None
    encounter_type: str | None
    facility_number: str | None
    facility_name: str | None
    items: Mapping[str, str] = MappingProxyType({})
    absent: Mapping[str, AbsentReason] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """What is wrong with a record, and what to do about it. `item` is None when the record as a whole is meant."""

    item: str | None
    rule: str
    severity: Severity
    message_ja: str
    message_en: str
    remedy_ja: str
    remedy_en: str


@dataclass(frozen=True, slots=True)
class ReplicaContent:
    """What a replica says, read back: only what may travel."""

    data_set: str
    layout_version: str
    updated_on: date
    taken: bool
    fiscal_year: int
    sequence: int
    examined_date: str | None
    age: int | None
    encounter_type: str | None
    facility_name: str | None
    items: Mapping[str, str] = field(hash=False)
    absent: Mapping[str, AbsentReason] = field(hash=False)
