"""Reads of what systems state of people."""

from typing import Final

from tasuki.nodes.sql import rows
from tasuki.persons.desk import items_of
from tasuki.persons.types.items import BasicItems

ALIAS: Final = "index"


def statement_of(system: str, system_person_number: str) -> BasicItems | None:
    """Return what a system states of a person now, whether or not they are linked to anybody."""
    found = rows(
        "SELECT name, kana_name, birth_date, sex, address, postal_code, household_number FROM persons_statement"
        " WHERE system = %s AND system_person_number = %s",
        [system, system_person_number],
        alias=ALIAS,
    )
    return items_of(found[0]) if found else None
