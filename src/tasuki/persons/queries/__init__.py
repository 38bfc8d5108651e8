"""Reads of the person index."""

from collections.abc import Sequence
from typing import Final

from tasuki.nodes.sql import rows
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.types import Counts
from tasuki.shared.identifiers import is_individual_number

ALIAS: Final = "index"


def unified_numbers(system: str, system_numbers: Sequence[str]) -> dict[str, str]:
    """Return the 団体内統合宛名番号 people go by, by their number in a system; the unnumbered are left out."""
    found = rows(
        "SELECT s.system_person_number, r.person FROM persons_system_person s"
        " JOIN persons_root r USING (unified_person_number)"
        " WHERE s.system = %s AND s.system_person_number = ANY(%s)",
        [system, list(system_numbers)],
        alias=ALIAS,
    )
    return {row["system_person_number"]: row["person"] for row in found}


def system_numbers(system: str, unified_numbers: Sequence[str]) -> dict[str, str]:
    """Return the numbers in a system of people by their 団体内統合宛名番号; who is not in the system is left out.

    An alias stands for whom it was merged into. Where a merge left a person two numbers in the system, the survivor's
    own counts.
    """
    found = rows(
        "SELECT DISTINCT ON (asked.number) asked.number, s.system_person_number"
        " FROM unnest(%s::text[]) AS asked(number)"
        " JOIN persons_root a ON a.unified_person_number = asked.number"
        " JOIN persons_root r ON r.person = a.person"
        " JOIN persons_system_person s ON s.unified_person_number = r.unified_person_number AND s.system = %s"
        " ORDER BY asked.number, s.unified_person_number <> r.person, s.system_person_number",
        [list(unified_numbers), system],
        alias=ALIAS,
    )
    return {row["number"]: row["system_person_number"] for row in found}


def find_by_individual_number(number: str, cipher: NumberCipher) -> str | None:
    """Return the 団体内統合宛名番号 that the person with an individual number goes by."""
    if not is_individual_number(number):
        return None
    found = rows(
        "SELECT r.person FROM persons_number_custody c JOIN persons_root r USING (unified_person_number)"
        " WHERE c.number_hash = %s",
        [cipher.hash(number)],
        alias=ALIAS,
    )
    return str(found[0]["person"]) if found else None


def missing_codes(limit: int = 1000) -> list[str]:
    """Return people with an individual number and no linkage code yet, in the order of their numbers."""
    found = rows(
        "SELECT DISTINCT r.person FROM persons_number_custody c JOIN persons_root r USING (unified_person_number)"
        " JOIN persons_person p ON p.unified_person_number = r.person"
        " WHERE p.code_bound_at IS NULL ORDER BY r.person LIMIT %s",
        [limit],
        alias=ALIAS,
    )
    return [row["person"] for row in found]


def counts() -> Counts:
    """Return the numbers of the index."""
    (found,) = rows(
        "SELECT (SELECT count(*) FROM persons_person WHERE survivor IS NULL) AS people,"
        " (SELECT count(*) FROM persons_number_custody) AS with_number,"
        " (SELECT count(*) FROM persons_person WHERE code_bound_at IS NOT NULL) AS with_code,"
        " (SELECT count(*) FROM persons_acquisition) AS open_acquisitions",
        alias=ALIAS,
    )
    return Counts(**found)


def acquisitions(limit: int = 100_000) -> list[tuple[str, str]]:
    """Return the acquisitions under way as (取得番号, 団体内統合宛名番号), oldest first."""
    found = rows(
        "SELECT acquisition_number, unified_person_number FROM persons_acquisition"
        " ORDER BY requested_at, acquisition_number LIMIT %s",
        [limit],
        alias=ALIAS,
    )
    return [(row["acquisition_number"], row["unified_person_number"]) for row in found]
