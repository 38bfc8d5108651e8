"""Who takes part in the exchange, from one file that every kind of node reads its part of."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasuki.linkage.errors import LinkageError
from tasuki.shared.identifiers import InstitutionCode, MunicipalityCode, is_institution_code, is_municipality_code
from tasuki.shared.institutions import Institution


class MembersFileError(LinkageError):
    """The file of members has an entry that cannot be right."""


@dataclass(frozen=True, slots=True)
class Member:
    """One institution, the gateway and town node that serve it, and when its impact assessment was published."""

    institution: Institution
    institution_class: str
    gateway: str
    town: str
    assessed_on: dt.date | None


def read_members(file: Path) -> list[Member]:
    """Read a file of `[[member]]` tables.

    :raises MembersFileError: naming the entry and field that is wrong.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MembersFileError(f"{file.name}: {error}") from error
    return [_member(file.name, number, entry) for number, entry in enumerate(content.get("member", []), 1)]


def _member(name: str, number: int, entry: dict[str, Any]) -> Member:
    try:
        institution = Institution(
            code=InstitutionCode(entry["institution"]),
            name=entry["name"],
            name_en=entry["name_en"],
            municipality_code=MunicipalityCode(entry["municipality_code"]),
        )
        member = Member(institution, entry["class"], entry["gateway"], entry["town"], entry.get("assessed_on"))
    except KeyError as error:
        raise MembersFileError(f"{name}, member {number}: {error} is missing") from error
    if not is_institution_code(institution.code):
        raise MembersFileError(f"{name}, member {number}: institution must be sixteen digits")
    if not is_municipality_code(institution.municipality_code):
        raise MembersFileError(f"{name}, member {number}: municipality_code has a wrong check digit")
    return member
