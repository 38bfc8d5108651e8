"""Values of the districts of health centres."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DistrictStated:
    """A district as somebody states it: what it is called, and the beginnings of the addresses in it."""

    district: UUID
    name: str
    name_en: str
    places: tuple[str, ...]


class DistrictWrong(StrEnum):
    """What is wrong with a district."""

    NO_PLACE = "NO_PLACE"
    TOO_SHORT = "TOO_SHORT"
    TAKEN = "TAKEN"
    NAME_TAKEN = "NAME_TAKEN"
    NO_SUCH = "NO_SUCH"


@dataclass(frozen=True, slots=True)
class DistrictProblem:
    """Why a district was not kept: what is wrong, with which line, and which district has the place already."""

    wrong: DistrictWrong
    line: int = 0
    place: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class DistrictView:
    """A district with its places and how many residents live there now."""

    district: UUID
    name: str
    name_en: str
    places: tuple[str, ...]
    residents: int
    changed_at: dt.datetime
    changed_by: str
    ended_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """How many residents live in no district, by the part of their address before its first number."""

    place: str
    residents: int


@dataclass(frozen=True, slots=True)
class FormerDistrict:
    """A change of a district."""

    changed_at: dt.datetime
    changed_by: str
    reason: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    name: str
