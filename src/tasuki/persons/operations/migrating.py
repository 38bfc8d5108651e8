"""Taking over the numbers of a predecessor (番号の移行): kept, never given anew, and new ones dealt beyond them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import copy_rows, rows
from tasuki.persons.case_keeping import put_in_custody
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.dealing import lock_numbering, move_beyond
from tasuki.persons.gate import faults_in_number, is_usable_number
from tasuki.persons.queries.statements import business_systems
from tasuki.persons.types.migrating import MigrationFault, MigrationProblem, MigrationReport, NumberToMigrate
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
_LENGTH: Final = 15
#: A billion numbers stay to be dealt: a large town gives some tens of thousands a year.
_HIGHEST: Final = 999_999_000_000_000
_PEOPLE: Final = """
SELECT p.unified_person_number, p.migrated_at IS NOT NULL AS is_migrated, c.number_hash
FROM persons_person p LEFT JOIN persons_number_custody c USING (unified_person_number)
WHERE p.unified_person_number = ANY(%s)
"""
_LINKS: Final = """
SELECT s.system, s.system_person_number, s.unified_person_number
FROM unnest(%s::text[], %s::text[]) AS asked(system, number)
JOIN persons_system_person s ON s.system = asked.system AND s.system_person_number = asked.number
"""
_HOLDERS: Final = "SELECT number_hash, unified_person_number FROM persons_number_custody WHERE number_hash = ANY(%s)"


@dataclass(slots=True)
class _Standing:
    """What stands, and what a table adds to it line by line."""

    systems: frozenset[str]
    people: dict[str, bool]
    links: dict[tuple[str, str], str]
    holders: dict[bytes, str]
    held: dict[str, bytes]
    new_people: list[str] = field(default_factory=list)
    new_links: list[tuple[str, str, str]] = field(default_factory=list)
    custody: list[tuple[str, str, bytes]] = field(default_factory=list)

    def take(self, person: str, one: NumberToMigrate, number_hash: bytes | None) -> MigrationFault | None:
        """Take a line in, or say why it stays out."""
        fault = self._fault(person, one, number_hash)
        if fault is not None:
            return fault
        if person not in self.people:
            self.people[person] = True
            self.new_people.append(person)
        key = (one.system, one.system_person_number)
        if key not in self.links:
            self.links[key] = person
            self.new_links.append((*key, person))
        if number_hash is not None and one.individual_number is not None and number_hash not in self.holders:
            self.holders[number_hash], self.held[person] = person, number_hash
            self.custody.append((person, one.individual_number, number_hash))
        return None

    def _fault(self, person: str, one: NumberToMigrate, number_hash: bytes | None) -> MigrationFault | None:
        linked = self.links.get((one.system, one.system_person_number))
        if one.system not in self.systems:
            return MigrationFault.UNKNOWN_SYSTEM
        if linked not in (None, person):
            return MigrationFault.LINKED_OTHERWISE
        # A number of this index is taken over only by whom it stands for already.
        if linked is None and not self.people.get(person, True):
            return MigrationFault.GIVEN_HERE
        if number_hash is None:
            return None
        if self.holders.get(number_hash, person) != person:
            return MigrationFault.HELD_BY_ANOTHER
        return MigrationFault.HOLDS_ANOTHER if self.held.get(person, number_hash) != number_hash else None


@transaction.atomic(using=ALIAS)
def migrate_numbers(
    *, numbers: Sequence[NumberToMigrate], cipher: NumberCipher, by: Actor, at: dt.datetime
) -> MigrationReport:
    """Take over numbers that a predecessor gave; the same table may be taken in again without a change.

    Whatever contradicts what stands, here or earlier in the table, stays out and is reported with its line.
    """
    del by  # Who migrates stands in the caller's record.
    lock_numbering()
    cipher = cipher.now()
    # Every hash under which a number of the table may stand, to the one under which it is stored now.
    stored_as: dict[bytes, bytes] = {}
    problems: list[MigrationProblem] = []
    sound: list[tuple[str, NumberToMigrate, bytes | None]] = []
    for one in numbers:
        fault = _fault_by_itself(one)
        if fault is not None:
            problems.append(MigrationProblem(one.line, fault))
            continue
        hashes = [] if one.individual_number is None else cipher.hashes(one.individual_number)
        current = hashes[0] if hashes else None
        if current is not None:
            stored_as.update(dict.fromkeys(hashes, current))
        sound.append((one.person.zfill(_LENGTH), one, current))
    standing = _standing(sound, stored_as)
    for person, one, number_hash in sound:
        fault = standing.take(person, one, number_hash)
        if fault is not None:
            problems.append(MigrationProblem(one.line, fault))
    _store(standing, cipher, at)
    taken = len(standing.new_links)
    problems.sort(key=lambda problem: problem.line)
    return MigrationReport(len(standing.new_people), taken, len(numbers) - taken - len(problems), tuple(problems))


def _fault_by_itself(one: NumberToMigrate) -> MigrationFault | None:
    digits = one.person
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LENGTH and int(digits) > 0):
        return MigrationFault.BAD_UNIFIED_NUMBER
    if int(digits) > _HIGHEST:
        return MigrationFault.NO_ROOM_BEYOND
    if faults_in_number(one.system_person_number):
        return MigrationFault.BAD_NUMBER
    if one.individual_number is not None and not is_usable_number(one.individual_number):
        return MigrationFault.BAD_INDIVIDUAL_NUMBER
    return None


def _standing(
    sound: Sequence[tuple[str, NumberToMigrate, bytes | None]], stored_as: Mapping[bytes, bytes]
) -> _Standing:
    people = rows(_PEOPLE, [sorted({person for person, _, _ in sound})], alias=ALIAS)
    systems = [one.system for _, one, _ in sound]
    own = [one.system_person_number for _, one, _ in sound]
    return _Standing(
        systems=frozenset(business_systems()),
        people={row["unified_person_number"]: row["is_migrated"] for row in people},
        links={
            (row["system"], row["system_person_number"]): row["unified_person_number"]
            for row in rows(_LINKS, [systems, own], alias=ALIAS)
        },
        holders={
            stored_as[bytes(row["number_hash"])]: row["unified_person_number"]
            for row in rows(_HOLDERS, [list(stored_as)], alias=ALIAS)
        },
        held={
            row["unified_person_number"]: stored_as.get(bytes(row["number_hash"]), bytes(row["number_hash"]))
            for row in people
            if row["number_hash"] is not None
        },
    )


def _store(standing: _Standing, cipher: NumberCipher, at: dt.datetime) -> None:
    copy_rows(
        "persons_person",
        ("unified_person_number", "numbered_at", "migrated_at"),
        ((person, at, at) for person in standing.new_people),
        alias=ALIAS,
    )
    copy_rows(
        "persons_system_person",
        ("system", "system_person_number", "unified_person_number", "numbered_at"),
        ((*link, at) for link in standing.new_links),
        alias=ALIAS,
    )
    put_in_custody(standing.custody, cipher)
    if standing.new_people:
        move_beyond(max(int(person) for person in standing.new_people))
