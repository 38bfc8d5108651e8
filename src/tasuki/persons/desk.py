"""What the index knows that bears on a list of registrations: read in a handful of queries, whatever its length."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from tasuki.nodes.sql import Row, rows
from tasuki.persons.candidates import likely_people
from tasuki.persons.placing import Known, Subject
from tasuki.persons.types import REGISTER
from tasuki.persons.types.items import BasicItems, Registration

ALIAS: Final = "index"
_ITEM_COLUMNS: Final = ("name", "kana_name", "birth_date", "sex", "address", "postal_code", "household_number")
_ITEMS: Final = ", ".join(f"t.{name}" for name in _ITEM_COLUMNS)
# Whom a list can be about: as its numbers are known, who holds its individual numbers, and who was born on its days.
_MEANT: Final = """
SELECT 'own' AS how, s.system_person_number AS key, NULL::bytea AS number_hash, r.person
FROM persons_system_person s JOIN persons_root r USING (unified_person_number)
WHERE s.system = %s AND s.system_person_number = ANY(%s)
UNION ALL
SELECT 'holder', NULL, c.number_hash, r.person
FROM persons_number_custody c JOIN persons_root r USING (unified_person_number) WHERE c.number_hash = ANY(%s)
UNION ALL
SELECT DISTINCT 'born', t.birth_date, NULL::bytea, r.person
FROM persons_statement t JOIN persons_system_person s USING (system, system_person_number)
JOIN persons_root r USING (unified_person_number) WHERE t.birth_date = ANY(%s)
"""
_HOUSEHOLDS: Final = """
SELECT DISTINCT r.person, t.household_number
FROM persons_statement t JOIN persons_system_person s USING (system, system_person_number)
JOIN persons_root r USING (unified_person_number) WHERE t.system = %s AND t.household_number = ANY(%s)
"""
# What is stated of them, what the register stated before, and the keyed hashes of their individual numbers.
_SUBJECTS: Final = f"""
SELECT 'stated' AS what, r.person, s.system, t.system IS NOT NULL AS is_stated, {_ITEMS}, NULL::bytea AS number_hash,
  s.system_person_number AS number
FROM persons_root r JOIN persons_system_person s USING (unified_person_number)
LEFT JOIN persons_statement t USING (system, system_person_number)
WHERE r.person = ANY(%(people)s)
UNION ALL
SELECT 'former', r.person, s.system, true, {_ITEMS}, NULL, s.system_person_number
FROM persons_root r JOIN persons_system_person s USING (unified_person_number)
JOIN persons_former_statement t USING (system, system_person_number)
WHERE s.system = %(register)s AND r.person = ANY(%(people)s)
UNION ALL
SELECT 'number', r.person, '', false, {", ".join("NULL" for _ in _ITEM_COLUMNS)}, c.number_hash, ''
FROM persons_root r JOIN persons_number_custody c USING (unified_person_number)
WHERE r.person = ANY(%(people)s)
"""  # noqa: S608 — our own column names


@dataclass(slots=True)
class Desk:
    """Everybody who could be meant by a list of registrations of one system."""

    system: str
    own: dict[str, str]
    holders: dict[bytes, str]
    born: dict[str, list[str]]
    households: dict[str, list[str]]
    subjects: dict[str, Subject] = field(default_factory=dict)
    candidates: dict[str, list[str]] = field(default_factory=dict)

    def known(self, registration: Registration, number_hash: bytes | None) -> Known:
        """Give what bears on one registration, as it stands after those before it in the list."""
        holder = self._subject(None if number_hash is None else self.holders.get(number_hash))
        registered = None if holder is None else holder.register_items
        household = "" if registered is None else registered.household_number
        others = [one for one in self.households.get(household, ()) if holder is None or one != holder.person]
        return Known(
            system=self.system,
            items=registration.items,
            number_hash=number_hash,
            own=self._subject(self.own.get(registration.system_person_number)),
            holder=holder,
            household=[self.subjects[one] for one in others],
            born=[self.subjects[one] for one in self.born.get(registration.items.birth_date, ())],
            candidates=[self.subjects[one] for one in self.candidates.get(registration.system_person_number, ())],
        )

    def consult(self, registrations: Sequence[Registration]) -> None:
        """Ask matching who could be meant by registrations that nobody known fits at first sight."""
        stated = {one.system_person_number: one.items for one in registrations}
        for number, found in likely_people(self.system, stated).items():
            self.candidates[number] = [one.person for one in found]
        people = {one for some in self.candidates.values() for one in some}
        self.subjects |= subjects_of(people - self.subjects.keys())

    def _subject(self, person: str | None) -> Subject | None:
        return None if person is None else self.subjects[person]

    def link(self, registration: Registration, person: str) -> None:
        """Note that the system's number stands for this person from now on."""
        self.own[registration.system_person_number] = person
        subject = self.subjects.setdefault(person, Subject(person))
        subject.systems.add(self.system)
        subject.statements.append((self.system, registration.items))
        same_day = self.born.setdefault(registration.items.birth_date, [])
        if registration.items.birth_date and person not in same_day:
            same_day.append(person)

    def take_number(self, person: str, number_hash: bytes) -> None:
        """Note that this person holds an individual number from now on."""
        self.holders[number_hash] = person
        self.subjects[person].hashes.add(number_hash)


def desk_for(system: str, registrations: Sequence[Registration], stored_as: Mapping[bytes, bytes]) -> Desk:
    """Read what bears on a list of registrations.

    :param stored_as: every hash under which their individual numbers may stand, to the one they are stored under now.
    """
    numbers = [one.system_person_number for one in registrations]
    births = sorted({one.items.birth_date for one in registrations if one.items.birth_date})
    meant = rows(_MEANT, [system, numbers, list(stored_as), births], alias=ALIAS)
    own = {row["key"]: row["person"] for row in meant if row["how"] == "own"}
    holders = {stored_as[bytes(row["number_hash"])]: row["person"] for row in meant if row["how"] == "holder"}
    born = _grouped((row for row in meant if row["how"] == "born"), "key")
    subjects = subjects_of({*own.values(), *holders.values(), *(one for some in born.values() for one in some)})
    houses = sorted(
        {
            found.household_number
            for person in holders.values()
            if (found := subjects[person].register_items) is not None and found.household_number
        }
    )
    households = _grouped(rows(_HOUSEHOLDS, [REGISTER, houses], alias=ALIAS) if houses else [], "household_number")
    subjects |= subjects_of({one for some in households.values() for one in some} - subjects.keys())
    return Desk(system, own, holders, born, households, subjects)


def _grouped(found: Iterable[Row], column: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for row in found:
        groups.setdefault(row[column], []).append(row["person"])
    for people in groups.values():
        people.sort()
    return groups


def subjects_of(people: Collection[str]) -> dict[str, Subject]:
    """Read what is stated of people, now and before, and under which keyed hashes their numbers are held."""
    wanted = sorted(people)
    if not wanted:
        return {}
    subjects = {person: Subject(person) for person in wanted}
    found = rows(_SUBJECTS, {"people": wanted, "register": REGISTER}, alias=ALIAS)
    # The register speaks first of everybody.
    for row in sorted(found, key=lambda one: (one["system"] != REGISTER, one["system"], one["number"])):
        subject = subjects[row["person"]]
        match row["what"]:
            case "stated":
                subject.systems.add(row["system"])
                if row["is_stated"]:
                    subject.statements.append((row["system"], items_of(row)))
            case "former":
                subject.former.append(items_of(row))
            case _:
                subject.hashes.add(bytes(row["number_hash"]))
    return subjects


def items_of(row: Row) -> BasicItems:
    """Read the basic items of a row."""
    return BasicItems(**{name: row[name] for name in _ITEM_COLUMNS})
