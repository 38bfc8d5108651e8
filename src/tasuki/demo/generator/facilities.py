"""Fictitious medical institutions that perform screenings."""

from dataclasses import dataclass
from datetime import date

from tasuki.demo.generator.towns import Town
from tasuki.shared.identifiers import FacilityNumber

_PREFECTURE = "13"
_MEDICAL, _DENTAL = "1", "3"
# 99 as the district part of the number: no district of Tokyo has it.
_DISTRICT = "99"
_OPENED = date(2015, 4, 1)
_CLOSED = date(2019, 3, 31)
_CLINICS = ("内科クリニック", "診療所", "レディースクリニック", "医院")
_CLINICS_PER_AREA = 3


@dataclass(frozen=True, slots=True)
class Facility:
    """A medical institution and the days it holds its number."""

    number: FacilityNumber
    name: str
    municipality_code: str
    points_table: str
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class TownFacilities:
    """A town's institutions by what they do."""

    centre: Facility
    hospitals: tuple[Facility, ...]
    clinics: tuple[Facility, ...]
    dentists: tuple[Facility, ...]
    closed: tuple[Facility, ...]

    @property
    def all(self) -> tuple[Facility, ...]:
        """Every institution, closed ones included."""
        return (self.centre, *self.hospitals, *self.clinics, *self.dentists, *self.closed)


def build_facilities(town: Town, town_index: int) -> TownFacilities:
    """Build a town's institutions; the same for every seed, since mappings and screens refer to them."""
    numbers = iter(range(1, 1000))

    def facility(name: str, points_table: str = _MEDICAL, valid_until: date | None = None) -> Facility:
        number = FacilityNumber(f"{_PREFECTURE}{points_table}{_DISTRICT}{town_index}{next(numbers):04d}")
        return Facility(number, name, town.code, points_table, _OPENED, valid_until)

    return TownFacilities(
        centre=facility(f"{town.name}医師会健診センター"),
        hospitals=tuple(facility(f"{town.name}{name}") for name in ("総合病院", "架空記念病院", "がん診療センター")),
        clinics=tuple(
            facility(f"{area}{_CLINICS[index]}") for area in town.areas for index in range(_CLINICS_PER_AREA)
        ),
        dentists=tuple(facility(f"{area}歯科医院", _DENTAL) for area in town.areas),
        closed=(facility(f"旧{town.name}検診所", valid_until=_CLOSED),),
    )
