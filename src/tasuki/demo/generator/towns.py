"""The fictitious towns, read from `towns.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode, institution_code

#: A town has at least so many residents, and so many of whatever it has.
_FEWEST_RESIDENTS, _FEWEST = 400, 20
MUNICIPALITY_CLASS = "02"
"""The class part we give a municipality's 情報保有機関コード; the official one is not public."""


class TownSize(StrEnum):
    """How large the generated towns are."""

    SMALL = "small"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class SizePlan:
    """How many people and valid result rows a town gets."""

    residents: int
    moved_out: int
    died: int
    movers_out: int
    results: dict[str, int]

    def scaled_to(self, share: float) -> "SizePlan":
        """Return the plan of a town so many times as large, each programme taken as often; never too small to show."""
        return SizePlan(
            residents=max(_FEWEST_RESIDENTS, round(self.residents * share)),
            moved_out=max(_FEWEST, round(self.moved_out * share)),
            died=max(_FEWEST, round(self.died * share)),
            movers_out=max(_FEWEST, round(self.movers_out * share)),
            results={code: max(_FEWEST, round(count * share)) for code, count in self.results.items()},
        )


@dataclass(frozen=True, slots=True)
class Town:
    """One fictitious town."""

    key: str
    code: MunicipalityCode
    name: str
    kana: str
    name_en: str
    first_person_number: int
    person_number_width: int
    foreign_share: float
    areas: tuple[str, ...]
    household_weights: tuple[int, ...]
    plans: dict[TownSize, SizePlan]

    def plan(self, size: TownSize, share: float | None) -> SizePlan:
        """Return how many people and results the town gets: as planned for a size, or as a share of the full one."""
        return self.plans[size] if share is None else self.plans[TownSize.FULL].scaled_to(share)

    @property
    def institution_code(self) -> InstitutionCode:
        """The code of the town's mayor as an institution of the linkage."""
        return institution_code(MUNICIPALITY_CLASS, self.code)


@dataclass(frozen=True, slots=True)
class TownSet:
    """All towns and what they share."""

    reference_date: date
    abroad: str
    elsewhere: tuple[str, ...]
    towns: tuple[Town, ...]

    @property
    def populated(self) -> tuple[Town, ...]:
        """The towns with residents."""
        return tuple(town for town in self.towns if town.plans)


@cache
def load_towns() -> TownSet:
    """Read the fictitious towns."""
    data = tomllib.loads(files("tasuki.demo").joinpath("towns.toml").read_text("utf-8"))
    return TownSet(
        reference_date=data["reference_date"],
        abroad=data["abroad"],
        elsewhere=tuple(data["elsewhere"]),
        towns=tuple(_town(entry) for entry in data["town"]),
    )


def _town(entry: dict[str, Any]) -> Town:
    return Town(
        key=entry["key"],
        code=MunicipalityCode(entry["code"]),
        name=entry["name"],
        kana=entry["kana"],
        name_en=entry["name_en"],
        first_person_number=entry.get("first_person_number", 0),
        person_number_width=entry.get("person_number_width", 0),
        foreign_share=entry.get("foreign_share", 0.0),
        areas=tuple(entry.get("areas", ())),
        household_weights=tuple(entry.get("household_weights", ())),
        plans={size: SizePlan(**entry[size.value]) for size in TownSize if size.value in entry},
    )
