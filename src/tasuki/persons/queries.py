"""Reads of the person index."""

from collections.abc import Sequence
from typing import Final

from tasuki.nodes.sql import rows
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.errors import KeysInExchange
from tasuki.persons.types import Counts, Custody, CustodyAct, CustodyChange, NumberKey
from tasuki.shared.identifiers import is_individual_number

ALIAS: Final = "index"


def unified_numbers(system: str, system_numbers: Sequence[str]) -> dict[str, str]:
    """Return the 団体内統合宛名番号 of people by their number in a system; the unnumbered are left out."""
    found = rows(
        "SELECT system_person_number, unified_person_number FROM persons_system_person"
        " WHERE system = %s AND system_person_number = ANY(%s)",
        [system, list(system_numbers)],
        alias=ALIAS,
    )
    return {row["system_person_number"]: row["unified_person_number"] for row in found}


def system_numbers(system: str, unified_numbers: Sequence[str]) -> dict[str, str]:
    """Return the numbers in a system of people by their 団体内統合宛名番号; who is not in the system is left out."""
    found = rows(
        "SELECT system_person_number, unified_person_number FROM persons_system_person"
        " WHERE system = %s AND unified_person_number = ANY(%s)",
        [system, list(unified_numbers)],
        alias=ALIAS,
    )
    return {row["unified_person_number"]: row["system_person_number"] for row in found}


_FIND = """
SELECT (SELECT unified_person_number FROM persons_number_custody WHERE number_hash = ANY(%s)) AS person,
  (SELECT array_agg(key_id) FROM persons_number_key WHERE retired_at IS NULL) AS alive
"""
# A key lives for months; that it changes twice within one look-up is no accident any more.
_TRIES: Final = 4


def find_by_individual_number(number: str, cipher: NumberCipher) -> str | None:
    """Return the 団体内統合宛名番号 of the person with an individual number, under whichever key it stands.

    :raises KeysInExchange: when the cipher does not know the keys the database is under.
    """
    if not is_individual_number(number):
        return None
    for _ in range(_TRIES):
        known = cipher.now()
        (found,) = rows(_FIND, [known.hashes(number)], alias=ALIAS)
        if found["person"] is not None:
            return str(found["person"])
        # One statement sees rows and keys of one moment: nobody is missed while rows go from key to key.
        if set(found["alive"]) == set(known.key_ids):
            return None
    raise KeysInExchange(KeysInExchange.__doc__)


def live_key_ids() -> list[str]:
    """Return the keys under which individual numbers may stand, the one under which is sealed first."""
    found = rows(
        "SELECT key_id FROM persons_number_key WHERE retired_at IS NULL ORDER BY replaced_at DESC NULLS FIRST",
        alias=ALIAS,
    )
    return [row["key_id"] for row in found]


def missing_codes(limit: int = 1000) -> list[str]:
    """Return people with an individual number and no linkage code yet, in the order of their numbers."""
    found = rows(
        "SELECT unified_person_number FROM persons_person p"
        " JOIN persons_number_custody USING (unified_person_number)"
        " WHERE p.code_bound_at IS NULL ORDER BY unified_person_number LIMIT %s",
        [limit],
        alias=ALIAS,
    )
    return [row["unified_person_number"] for row in found]


def counts() -> Counts:
    """Return the numbers of the index."""
    (found,) = rows(
        "SELECT (SELECT count(*) FROM persons_person) AS people,"
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


def custody_of(unified_person_number: str) -> Custody | None:
    """Return what is known of a person's individual number without opening it; None for nobody's number."""
    people = rows(
        "SELECT p.unified_person_number, p.numbered_at, p.code_bound_at, c.key_id IS NOT NULL AS has_number"
        " FROM persons_person p LEFT JOIN persons_number_custody c USING (unified_person_number)"
        " WHERE p.unified_person_number = %s",
        [unified_person_number],
        alias=ALIAS,
    )
    if not people:
        return None
    systems = rows(
        "SELECT system, system_person_number FROM persons_system_person WHERE unified_person_number = %s"
        " ORDER BY system",
        [unified_person_number],
        alias=ALIAS,
    )
    changes = rows(
        "SELECT act, reason, changed_at, changed_by FROM persons_custody_change WHERE unified_person_number = %s"
        " ORDER BY changed_at DESC, id DESC",
        [unified_person_number],
        alias=ALIAS,
    )
    return Custody(
        **people[0],
        systems=tuple((row["system"], row["system_person_number"]) for row in systems),
        changes=tuple(CustodyChange(**row | {"act": CustodyAct(row["act"])}) for row in changes),
    )


def number_keys() -> list[NumberKey]:
    """Return every key numbers stand or stood under, the one in use first."""
    found = rows(
        "SELECT k.key_id, k.made_at, k.replaced_at, k.retired_at,"
        " (SELECT count(*) FROM persons_number_custody c WHERE c.key_id = k.key_id) AS rows"
        " FROM persons_number_key k ORDER BY k.replaced_at DESC NULLS FIRST",
        alias=ALIAS,
    )
    return [NumberKey(**row) for row in found]


def in_custody(unified_person_numbers: Sequence[str]) -> dict[str, bool]:
    """Return those of the people whose individual number is in custody, and whether another system knows them too."""
    found = rows(
        "SELECT c.unified_person_number AS person, (SELECT count(*) FROM persons_system_person s"
        " WHERE s.unified_person_number = c.unified_person_number) > 1 AS is_shared"
        " FROM persons_number_custody c WHERE c.unified_person_number = ANY(%s)",
        [list(unified_person_numbers)],
        alias=ALIAS,
    )
    return {row["person"]: row["is_shared"] for row in found}
