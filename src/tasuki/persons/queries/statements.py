"""Reads of what systems state of people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tasuki.nodes.sql import rows
from tasuki.persons.desk import items_of
from tasuki.persons.types.items import BasicItems

ALIAS: Final = "index"


@dataclass(frozen=True, slots=True)
class BusinessSystem:
    """A system that registers people."""

    system: str
    name: str
    name_en: str
    is_register: bool
    joined_at: datetime


def business_systems() -> dict[str, BusinessSystem]:
    """Return the systems that register people, the register first."""
    found = rows(
        "SELECT system, name, name_en, is_register, joined_at FROM persons_business_system"
        " ORDER BY is_register DESC, system",
        alias=ALIAS,
    )
    return {row["system"]: BusinessSystem(**row) for row in found}


def statement_of(system: str, system_person_number: str) -> BasicItems | None:
    """Return what a system states of a person now, whether or not they are linked to anybody."""
    found = rows(
        "SELECT name, kana_name, birth_date, sex, address, postal_code, household_number FROM persons_statement"
        " WHERE system = %s AND system_person_number = %s",
        [system, system_person_number],
        alias=ALIAS,
    )
    return items_of(found[0]) if found else None
