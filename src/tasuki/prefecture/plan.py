"""Who takes part, who moved where, and what is registered of whom: all of it follows from a few numbers.

Nothing of it is drawn at random or kept anywhere, so that what must come back to an inquiry can be worked out again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from tasuki.demo.generator.towns import MUNICIPALITY_CLASS
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.replica import serialise
from tasuki.layouts.types import LayoutVersion, Programme, ScreeningRecord, Stage
from tasuki.shared.identifiers import (
    MunicipalityCode,
    individual_number_check_digit,
    institution_code,
    municipality_code_check_digit,
    resident_record_code_check_digit,
)

#: No prefecture has this number (全国地方公共団体コード: 01 to 47).
PREFECTURE: Final = "48"
GATEWAYS: Final = ("gateway-east", "gateway-west")
#: The systems that speak for the institutions of a gateway: one for all of them, as where towns share a data centre.
SEATS: Final = ("towns-east", "towns-west")
_YEAR: Final = 2025
_DAY: Final = date(2026, 4, 1)
_PLACE: Final = "SHINRYOJO"


@dataclass(frozen=True, slots=True)
class Plan:
    """How many institutions there are, how many people moved into each, and how many stayed."""

    institutions: int
    movers: int
    stayers: int

    @classmethod
    def of(cls, institutions: int, replicas: int) -> "Plan":
        """Return a plan with about so many replicas: of everyone one in each screening's first stage."""
        people = replicas // len(data_sets()) // institutions
        movers = min(200, max(1, people // 10))
        return cls(institutions, movers, people - movers)

    @property
    def replicas(self) -> int:
        return self.institutions * (self.movers + self.stayers) * len(data_sets())


@dataclass(frozen=True, slots=True)
class Place:
    """One institution by its number."""

    number: int

    @property
    def municipality_code(self) -> MunicipalityCode:
        first = f"{PREFECTURE}{self.number + 1:03d}"
        return MunicipalityCode(first + municipality_code_check_digit(first))

    @property
    def institution(self) -> str:
        return institution_code(MUNICIPALITY_CLASS, self.municipality_code)

    @property
    def side(self) -> int:
        """Which gateway and which seat it belongs to."""
        return self.number % 2

    @property
    def name(self) -> str:
        return f"模擬{self.number + 1:03d}町"


@dataclass(frozen=True, slots=True)
class Mover:
    """Somebody who moved from one institution to another, under a number of each."""

    home: Place
    former: Place
    number: int

    @property
    def here(self) -> str:
        return f"1{self.home.number:04d}{self.number:010d}"

    @property
    def there(self) -> str:
        return f"2{self.home.number:04d}{self.number:010d}"

    @property
    def individual_number(self) -> str:
        first = f"999{self.home.number:03d}{self.number:05d}"
        return first + individual_number_check_digit(first)

    @property
    def resident_record_code(self) -> str:
        first = f"99{self.home.number:03d}{self.number:05d}"
        return first + resident_record_code_check_digit(first)


def places(plan: Plan) -> list[Place]:
    """Return everyone who takes part."""
    return [Place(number) for number in range(plan.institutions)]


def movers(plan: Plan) -> Iterator[Mover]:
    """Give everybody who moved: into each institution from all the others in turn."""
    for place in places(plan):
        for number in range(plan.movers):
            former = (place.number + 1 + number % (plan.institutions - 1)) % plan.institutions
            yield Mover(place, Place(former), number)


def registered_at(plan: Plan) -> dict[Place, list[str]]:
    """Return of whom each institution registers replicas: those who stayed, and those who moved away."""
    found = {place: [f"3{place.number:04d}{number:010d}" for number in range(plan.stayers)] for place in places(plan)}
    for mover in movers(plan):
        found[mover.former].append(mover.there)
    return found


@cache
def data_sets() -> tuple[LayoutVersion, ...]:
    """Return the newest layout of each screening's first stage."""
    layouts = catalogue()
    sets = (one for programme in Programme for one in layouts.data_sets_for(programme, Stage.PRIMARY))
    return tuple(layouts.newest_version(one.code, _DAY) for one in sets)


@cache
def _template(version: LayoutVersion) -> tuple[str, str]:
    data_set = catalogue().data_set(version.data_set)
    record = ScreeningRecord(
        data_set.programme, Stage.PRIMARY, _YEAR, 1, f"{_YEAR}-07-24", 56, "1", None, _PLACE,
    )  # fmt: skip
    before, _, after = serialise(record, layout_version=version, updated_on=_DAY).decode().partition(_PLACE)
    return before, after


def payload(version: LayoutVersion, place: Place, person: str) -> str:
    """Return what an institution registers of a person; of no two people the same."""
    before, after = _template(version)
    return f"{before}{place.number}-{person}{after}"
