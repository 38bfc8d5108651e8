"""Reads of the person index."""

from collections.abc import Sequence
from typing import Final

from tasuki.nodes.sql import rows, text_array
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.errors import KeysInExchange
from tasuki.persons.types import Counts, Custody, CustodyAct, CustodyChange, NumberKey
from tasuki.shared.identifiers import is_individual_number

ALIAS: Final = "index"


def unified_numbers(system: str, system_numbers: Sequence[str]) -> dict[str, str]:
    """Return the 団体内統合宛名番号 people go by, by their number in a system; the unnumbered are left out."""
    # Each is looked up by their keys (OFFSET 0): for a list, the planner would go through everybody in the index.
    found = rows(
        "SELECT asked.number, r.person FROM unnest(%s::text[]) AS asked(number)"
        " CROSS JOIN LATERAL (SELECT unified_person_number FROM persons_system_person"
        "   WHERE system = %s AND system_person_number = asked.number OFFSET 0) s"
        " CROSS JOIN LATERAL (SELECT person FROM persons_root"
        "   WHERE unified_person_number = s.unified_person_number OFFSET 0) r",
        [text_array(system_numbers), system],
        alias=ALIAS,
    )
    return {row["number"]: row["person"] for row in found}


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


def people_with_codes(people: Sequence[str]) -> set[str]:
    """Return who of these people (団体内統合宛名番号) has a linkage code at the gateway."""
    found = rows(
        "SELECT unified_person_number AS person FROM persons_person"
        " WHERE unified_person_number = ANY(%s) AND code_bound_at IS NOT NULL",
        [list(people)],
        alias=ALIAS,
    )
    return {row["person"] for row in found}


_FIND = """
SELECT (SELECT r.person FROM persons_number_custody c JOIN persons_root r USING (unified_person_number)
    WHERE c.number_hash = ANY(%s)) AS person,
  (SELECT array_agg(key_id) FROM persons_number_key WHERE retired_at IS NULL) AS alive
"""
# A key lives for months; that it changes twice within one look-up is no accident any more.
_TRIES: Final = 4


def find_by_individual_number(number: str, cipher: NumberCipher) -> str | None:
    """Return the 団体内統合宛名番号 that the person with an individual number goes by, under whichever key it stands.

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


#: An acquisition whose number J-LIS did not know brings no code until it is asked for again.
_AWAITED = """
FROM persons_acquisition q WHERE q.told_at IS NOT NULL AND NOT EXISTS (
  SELECT FROM persons_code_attempt a
  WHERE a.unified_person_number = q.unified_person_number AND a.outcome LIKE 'UNKNOWN%%')
"""


def awaited_acquisitions(limit: int = 100_000) -> list[tuple[str, str]]:
    """Return the acquisitions a code may still come for, as (取得番号, 団体内統合宛名番号), oldest first."""
    found = rows(
        f"SELECT q.acquisition_number, q.unified_person_number {_AWAITED}"
        " ORDER BY q.requested_at, q.acquisition_number LIMIT %s",
        [limit],
        alias=ALIAS,
    )
    return [(row["acquisition_number"], row["unified_person_number"]) for row in found]


def codes_awaited() -> int:
    """Return for how many acquisitions a code may still come."""
    (found,) = rows(f"SELECT count(*) {_AWAITED}", {}, alias=ALIAS)
    return int(found["count"])


def custody_of(unified_person_number: str) -> Custody | None:
    """Return what is known of a person's individual number without opening it; None for nobody's number."""
    people = rows(
        "SELECT p.unified_person_number, p.numbered_at, p.code_bound_at, EXISTS (SELECT FROM persons_number_custody c"
        "   JOIN persons_root m USING (unified_person_number) WHERE m.person = r.person) AS has_number"
        " FROM persons_root r JOIN persons_person p ON p.unified_person_number = r.person"
        " WHERE r.unified_person_number = %s",
        [unified_person_number],
        alias=ALIAS,
    )
    if not people:
        return None
    person = people[0]["unified_person_number"]
    systems = rows(
        "SELECT s.system, s.system_person_number FROM persons_system_person s"
        " JOIN persons_root r USING (unified_person_number) WHERE r.person = %s ORDER BY s.system",
        [person],
        alias=ALIAS,
    )
    changes = rows(
        "SELECT c.act, c.reason, c.changed_at, c.changed_by FROM persons_custody_change c"
        " JOIN persons_root r USING (unified_person_number) WHERE r.person = %s ORDER BY c.changed_at DESC, c.id DESC",
        [person],
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
        " (SELECT count(*) FROM persons_number_custody c WHERE c.key_id = k.key_id)"
        " + (SELECT count(*) FROM persons_pending_number n WHERE n.key_id = k.key_id) AS rows"
        " FROM persons_number_key k ORDER BY k.replaced_at DESC NULLS FIRST",
        alias=ALIAS,
    )
    return [NumberKey(**row) for row in found]


def in_custody(people: Sequence[str], *, own_systems: Sequence[str]) -> dict[str, bool]:
    """Return those of the people whose individual number is in custody, and whether other systems know them too.

    :param own_systems: the systems that do not count as others, such as the register itself.
    """
    found = rows(
        "SELECT r.person, EXISTS (SELECT FROM persons_root m JOIN persons_system_person s USING (unified_person_number)"
        "   WHERE m.person = r.person AND s.system <> ALL(%s)) AS is_shared"
        " FROM persons_number_custody c JOIN persons_root r USING (unified_person_number) WHERE r.person = ANY(%s)",
        [list(own_systems), list(people)],
        alias=ALIAS,
    )
    return {row["person"]: row["is_shared"] for row in found}
