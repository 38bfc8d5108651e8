"""Numbering (付番): everybody in a list has one 団体内統合宛名番号, the one they have or a new one."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction

from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.dealing import fresh_numbers, lock_numbering
from tasuki.persons.telling import tell_of_people
from tasuki.persons.types import (
    REGISTER,
    NumberingFault,
    NumberingProblem,
    NumberingReport,
    PersonToNumber,
)
from tasuki.persons.types.changes import ChangeKind
from tasuki.shared.actor import Actor
from tasuki.shared.identifiers import is_individual_number

ALIAS: Final = "index"

_OWN = """
SELECT s.system_person_number, s.unified_person_number, c.number_hash
FROM persons_system_person s LEFT JOIN persons_number_custody c USING (unified_person_number)
WHERE s.system = %s AND s.system_person_number = ANY(%s)
"""
_HOLDERS = """
SELECT c.number_hash, c.unified_person_number, s.system_person_number
FROM persons_number_custody c
LEFT JOIN persons_system_person s ON s.system = %s AND s.unified_person_number = c.unified_person_number
WHERE c.number_hash = ANY(%s)
"""
_ALSO = """
INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)
SELECT also.system, s.system_person_number, s.unified_person_number, %s
FROM persons_system_person s CROSS JOIN unnest(%s::text[]) AS also(system)
WHERE s.system = %s AND s.system_person_number = ANY(%s)
ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class Own:
    """A person of the system who has a unified number; `number_hash` while their individual number is in custody."""

    unified: str
    number_hash: bytes | None


@dataclass(slots=True)
class Holder:
    """Who holds an individual number, and as whom this system knows them, if it does."""

    unified: str
    system_number: str | None


@dataclass(slots=True)
class Numbering:
    """One list being numbered: what stands, what is new, and what a clerk must look at."""

    own: dict[str, Own]
    holders: dict[bytes, Holder]
    fresh: Iterator[str]
    allotted: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)
    custody: list[tuple[str, str, bytes]] = field(default_factory=list)
    replaced: set[str] = field(default_factory=set)
    problems: list[NumberingProblem] = field(default_factory=list)
    #: People who were known to others before this system numbered them.
    linked: list[str] = field(default_factory=list)

    def take(self, line: int, person: PersonToNumber, number_hash: bytes | None) -> None:
        """Number one person, link them to whom they already are, or report why neither is safe."""
        number, own = person.system_person_number, self.own.get(person.system_person_number)
        holder = self.holders.get(number_hash) if number_hash is not None else None
        if own is not None and (number_hash is None or own.number_hash == number_hash):
            return
        if own is not None and own.number_hash is not None and person.is_changed and holder is None:
            self._replace(person, own, number_hash)
        elif own is not None and own.number_hash is not None:
            self._report(line, number, NumberingFault.NUMBER_CHANGED, holder)
        elif holder is not None and (own is not None or holder.system_number is not None):
            self._report(line, number, NumberingFault.SHARED_NUMBER, holder)
        else:
            self._give(person, own, holder, number_hash)

    def _give(self, person: PersonToNumber, own: Own | None, holder: Holder | None, number_hash: bytes | None) -> None:
        number = person.system_person_number
        if own is None:
            if holder is None:
                unified = next(self.fresh)
                self.allotted.append(unified)
            else:
                unified, holder.system_number = holder.unified, number
                self.linked.append(unified)
            self.pairs.append((number, unified))
            own = self.own[number] = Own(unified, number_hash)
        if person.individual_number is not None and number_hash is not None and holder is None:
            own.number_hash = number_hash
            self.custody.append((own.unified, person.individual_number, number_hash))
            self.holders[number_hash] = Holder(own.unified, number)

    def _replace(self, person: PersonToNumber, own: Own, number_hash: bytes | None) -> None:
        """Put a new individual number in the place of the former, which served its purpose and is not kept."""
        if person.individual_number is None or number_hash is None:
            return
        if own.number_hash is not None:
            self.holders.pop(own.number_hash, None)
        own.number_hash = number_hash
        self.holders[number_hash] = Holder(own.unified, person.system_person_number)
        self.custody = [one for one in self.custody if one[0] != own.unified]
        self.custody.append((own.unified, person.individual_number, number_hash))
        self.replaced.add(own.unified)

    def _report(self, line: int, number: str, fault: NumberingFault, holder: Holder | None = None) -> None:
        self.problems.append(NumberingProblem(line, number, fault, holder.system_number if holder else None))


@transaction.atomic(using=ALIAS)
def number_people(
    *,
    system: str,
    people: Sequence[PersonToNumber],
    cipher: NumberCipher,
    by: Actor,
    at: dt.datetime,
    also: Sequence[str] = (),
) -> NumberingReport:
    """Give every person of a list their 団体内統合宛名番号: the one they have, else a new one.

    A number, once given, never changes here. Where two people of the system state one individual number, the first
    keeps it and the others are reported with the first; nothing is linked that a clerk has not seen.

    :param also: systems that know these people by the same numbers, as those do that take them from the register.
    """
    lock_numbering()
    cipher = cipher.now()
    valid: list[tuple[int, PersonToNumber, bytes | None]] = []
    # Every hash under which a number of the list may stand, to the one under which it is stored now.
    stored_as: dict[bytes, bytes] = {}
    invalid: list[NumberingProblem] = []
    for line, person in enumerate(people, start=1):
        if person.individual_number is None:
            valid.append((line, person, None))
        elif is_individual_number(person.individual_number):
            hashes = cipher.hashes(person.individual_number)
            stored_as.update(dict.fromkeys(hashes, hashes[0]))
            valid.append((line, person, hashes[0]))
        else:
            invalid.append(NumberingProblem(line, person.system_person_number, NumberingFault.INVALID_NUMBER))
    numbering = _standing(system, valid, stored_as)
    for line, person, number_hash in valid:
        numbering.take(line, person, number_hash)
    _store(system, numbering, cipher, by, at)
    if system == REGISTER:
        tell_of_people(ChangeKind.REGISTERED, numbering.linked, at)
        tell_of_people(ChangeKind.NUMBER_CHANGED, sorted(numbering.replaced), at)
    if also:
        run(_ALSO, [at, list(also), system, [person.system_person_number for person in people]], alias=ALIAS)
    problems = tuple(sorted((*invalid, *numbering.problems), key=lambda problem: problem.line))
    given = len(numbering.pairs)
    return NumberingReport(
        len(numbering.allotted), len(numbering.linked), len(people) - given - len(problems), problems
    )


def _standing(
    system: str, valid: Sequence[tuple[int, PersonToNumber, bytes | None]], stored_as: Mapping[bytes, bytes]
) -> Numbering:
    own = rows(_OWN, [system, [person.system_person_number for _, person, _ in valid]], alias=ALIAS)
    holders = rows(_HOLDERS, [system, list(stored_as)], alias=ALIAS)
    unknown = len({person.system_person_number for _, person, _ in valid}) - len(own)

    def as_stored(found: bytes) -> bytes:
        return stored_as.get(bytes(found), bytes(found))

    return Numbering(
        own={
            row["system_person_number"]: Own(
                row["unified_person_number"], None if row["number_hash"] is None else as_stored(row["number_hash"])
            )
            for row in own
        },
        holders={
            as_stored(row["number_hash"]): Holder(row["unified_person_number"], row["system_person_number"])
            for row in holders
        },
        fresh=fresh_numbers(unknown),
    )


def _store(system: str, numbering: Numbering, cipher: NumberCipher, by: Actor, at: dt.datetime) -> None:
    copy_rows(
        "persons_person",
        ("unified_person_number", "numbered_at"),
        ((unified, at) for unified in numbering.allotted),
        alias=ALIAS,
    )
    copy_rows(
        "persons_system_person",
        ("system", "system_person_number", "unified_person_number", "numbered_at"),
        ((system, number, unified, at) for number, unified in numbering.pairs),
        alias=ALIAS,
    )
    if numbering.replaced:
        run(
            # That it changed is kept; what it was is not (番号法7条2項, 20条).
            "WITH former AS (DELETE FROM persons_number_custody WHERE unified_person_number = ANY(%s)"
            " RETURNING unified_person_number)"
            " INSERT INTO persons_custody_change (unified_person_number, act, reason, changed_at, changed_by)"
            " SELECT unified_person_number, 'CHANGED', 'register', %s, %s FROM former",
            [list(numbering.replaced), at, str(by)],
            alias=ALIAS,
        )
    copy_rows(
        "persons_number_custody",
        ("unified_person_number", "number_hash", "sealed_number", "key_id"),
        (
            (unified, number_hash, cipher.seal(unified, number), cipher.key_id)
            for unified, number, number_hash in numbering.custody
        ),
        alias=ALIAS,
    )
