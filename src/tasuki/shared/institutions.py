"""Institutions that hold personal information and take part in the linkage."""

from dataclasses import dataclass
from enum import StrEnum

from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode


class InstitutionKind(StrEnum):
    """Which organ of a town an institution is: one town can be several institutions, each with its own codes."""

    MAYOR = "MAYOR"
    BOARD_OF_EDUCATION = "BOARD_OF_EDUCATION"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Institution:
    """An institution (情報保有機関) as the network's registry names it."""

    code: InstitutionCode
    name: str
    name_en: str
    municipality_code: MunicipalityCode
    kind: InstitutionKind = InstitutionKind.MAYOR
