"""Reads of one person of the index: their numbers, what is stated of them, what was done to who they are."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tasuki.nodes.sql import Row, rows, text_array, tuples
from tasuki.persons.desk import items_of
from tasuki.persons.types.items import BasicItems
from tasuki.persons.types.merging import (
    ActKind,
    GatewayTask,
    GatewayTaskKind,
    IdentityAct,
    Quarantine,
    QuarantineCause,
    SystemNumber,
)

ALIAS: Final = "index"
_ACTS: Final = """
SELECT merge_id AS act_id, 'MERGE' AS kind, survivor AS person, loser AS other, reason, proposed_by,
  merged_at AS done_at, merged_by AS done_by, undone_at, undone_by, undo_reason
FROM persons_merge WHERE survivor = ANY(%(people)s) OR loser = ANY(%(people)s)
UNION ALL
SELECT split_id, 'SPLIT', origin, parted, reason, proposed_by, split_at, split_by, undone_at, undone_by, undo_reason
FROM persons_split WHERE origin = ANY(%(people)s) OR parted = ANY(%(people)s)
ORDER BY done_at DESC, act_id
"""
_PERSON: Final = """
SELECT p.unified_person_number, p.numbered_at, p.code_bound_at,
  EXISTS (SELECT FROM persons_number_custody c JOIN persons_root a USING (unified_person_number)
    WHERE a.person = p.unified_person_number) AS has_number,
  EXISTS (SELECT FROM persons_acquisition a WHERE a.unified_person_number = p.unified_person_number) AS is_acquiring
FROM persons_person p JOIN persons_root r ON r.person = p.unified_person_number
WHERE r.unified_person_number = %s
"""
_STATEMENTS: Final = """
SELECT s.system, b.name AS system_name, b.name_en AS system_name_en, s.system_person_number, s.numbered_at,
  s.unified_person_number, t.stated_at, t.name, t.kana_name, t.birth_date, t.sex, t.address, t.postal_code,
  t.household_number
FROM persons_root r JOIN persons_system_person s USING (unified_person_number)
LEFT JOIN persons_statement t USING (system, system_person_number)
LEFT JOIN persons_business_system b USING (system)
WHERE r.person = %s ORDER BY b.is_register DESC NULLS LAST, s.system, s.system_person_number
"""
# Each is looked up by their keys (OFFSET 0): for a list, the planner would go through everybody in the index.
_NUMBERS: Final = """
SELECT array_agg(s.system_person_number
  ORDER BY s.unified_person_number <> r.person, s.numbered_at, s.system_person_number) AS numbers
FROM persons_root r
JOIN persons_system_person s ON s.unified_person_number = r.unified_person_number AND s.system = %(system)s
WHERE r.person = a.person
"""
_NUMBERS_WITH: Final = f"""
SELECT asked.number, s.numbers FROM unnest(%(asked)s::text[]) AS asked(number)
CROSS JOIN LATERAL (SELECT person FROM persons_root WHERE unified_person_number = asked.number OFFSET 0) a
CROSS JOIN LATERAL ({_NUMBERS}) s WHERE s.numbers IS NOT NULL
"""  # noqa: S608 — our own text
# A list of numbers is gone through in the order of the index: 16 ms for 4,500 where looking each up took 27.
_LINKED: Final = """
SELECT system_person_number, unified_person_number FROM persons_system_person
WHERE system = %s AND system_person_number = ANY(%s::text[])
"""
#: Few have been merged: an index holds them alone (`persons_merged`), and nothing else is looked at. A list written out
#: would be looked through while the statement is planned, which takes longer than the rest.
_MERGED: Final = """
SELECT unified_person_number, survivor FROM persons_person
WHERE survivor IS NOT NULL AND (unified_person_number IN (SELECT unnest(%(people)s::text[]))
  OR survivor IN (SELECT unnest(%(people)s::text[])))
"""
# Counted, so that the index alone is looked into.
_LINKED_TWICE: Final = """
SELECT asked.person FROM unnest(%s::text[]) AS asked(person)
WHERE (SELECT count(*) FROM persons_system_person s WHERE s.unified_person_number = asked.person AND s.system = %s) > 1
"""


class NoSuchPerson(LookupError):
    """There is no person of that number."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A person's number in one system and what that system states of them, if it states anything."""

    system: str
    system_name: str
    system_name_en: str
    number: str
    under: str
    """The number the link is written under: another one than the person's since a merge."""
    items: BasicItems | None
    stated_at: datetime | None


@dataclass(frozen=True, slots=True)
class IndexPerson:
    """A person of the index as a page shows them."""

    person: str
    aliases: tuple[str, ...]
    numbered_at: datetime
    code_bound_at: datetime | None
    has_number: bool
    is_acquiring: bool
    stated: tuple[Stated, ...]
    former: tuple[tuple[BasicItems, datetime], ...]
    quarantines: tuple[Quarantine, ...]

    @property
    def is_quarantined(self) -> bool:
        """Whether anything stops provision for them now."""
        return any(one.ended_at is None for one in self.quarantines)


def links_of_person(person: str) -> list[SystemNumber]:
    """Return a person's number in every system."""
    found = rows(
        "SELECT s.system, s.system_person_number FROM persons_root r"
        " JOIN persons_system_person s USING (unified_person_number) WHERE r.person = %s"
        " ORDER BY s.system, s.system_person_number",
        [person],
        alias=ALIAS,
    )
    return [SystemNumber(row["system"], row["system_person_number"]) for row in found]


def acts_of(people: list[str]) -> list[IdentityAct]:
    """Return the merges and splits of people, newest first."""
    found = rows(_ACTS, {"people": people}, alias=ALIAS)
    return [IdentityAct(**{**row, "kind": ActKind(row["kind"])}) for row in found]


def index_person(number: str) -> IndexPerson:
    """Return a person by their number, or by one that is an alias of it.

    :raises NoSuchPerson: when nobody has it.
    """
    found = rows(_PERSON, [number], alias=ALIAS)
    if not found:
        raise NoSuchPerson(NoSuchPerson.__doc__)
    [row] = found
    person = row.pop("unified_person_number")
    aliases = rows(
        "SELECT unified_person_number FROM persons_root WHERE person = %s AND unified_person_number <> %s ORDER BY 1",
        [person, person],
        alias=ALIAS,
    )
    return IndexPerson(
        person=person,
        aliases=tuple(one["unified_person_number"] for one in aliases),
        stated=tuple(_stated(one) for one in rows(_STATEMENTS, [person], alias=ALIAS)),
        quarantines=tuple(quarantines_of(person)),
        former=tuple((items_of(one), one["ended_at"]) for one in _former(person)),
        **row,
    )


def _stated(row: Row) -> Stated:
    return Stated(
        system=row["system"],
        system_name=row["system_name"] or row["system"],
        system_name_en=row["system_name_en"] or row["system"],
        number=row["system_person_number"],
        under=row["unified_person_number"],
        items=None if row["stated_at"] is None else items_of(row),
        stated_at=row["stated_at"],
    )


def _former(person: str) -> list[Row]:
    return rows(
        "SELECT f.name, f.kana_name, f.birth_date, f.sex, f.address, f.postal_code, f.household_number, f.ended_at"
        " FROM persons_root r JOIN persons_system_person s USING (unified_person_number)"
        " JOIN persons_former_statement f USING (system, system_person_number)"
        " JOIN persons_business_system b USING (system) WHERE r.person = %s AND b.is_register"
        " ORDER BY f.ended_at DESC, f.id DESC",
        [person],
        alias=ALIAS,
    )


_QUARANTINE: Final = (
    "q.quarantine_id, q.person, q.case_id, q.cause, q.reason, q.began_at, q.began_by, q.ended_at, q.ended_by,"
    " q.end_reason"
)


def quarantines_of(person: str) -> list[Quarantine]:
    """Return every stop of provision for a person, newest first."""
    found = rows(
        f"SELECT {_QUARANTINE} FROM persons_quarantine q JOIN persons_root r"  # noqa: S608 — our own columns
        " ON r.unified_person_number = q.person WHERE r.person = %s ORDER BY q.began_at DESC, q.quarantine_id",
        [person],
        alias=ALIAS,
    )
    return [Quarantine(**{**row, "cause": QuarantineCause(row["cause"])}) for row in found]


def open_quarantines(limit: int = 500) -> list[Quarantine]:
    """Return the stops of provision that stand, oldest first."""
    found = rows(
        f"SELECT {_QUARANTINE} FROM persons_quarantine q WHERE q.ended_at IS NULL"  # noqa: S608 — our own columns
        " ORDER BY q.began_at, q.quarantine_id LIMIT %s",
        [limit],
        alias=ALIAS,
    )
    return [Quarantine(**{**row, "cause": QuarantineCause(row["cause"])}) for row in found]


def quarantined(people: Collection[str]) -> set[str]:
    """Return who of these people provision is stopped for."""
    found = rows(
        "SELECT DISTINCT r.person FROM persons_root r JOIN persons_quarantine q"
        # A list written out would be looked through while the statement is planned, which takes longer than the rest.
        " ON q.person = r.unified_person_number AND q.ended_at IS NULL WHERE r.person IN (SELECT unnest(%s::text[]))",
        [text_array(people)],
        alias=ALIAS,
    )
    return {row["person"] for row in found}


def gateway_tasks(limit: int = 1_000) -> list[GatewayTask]:
    """Return what the gateway has yet to be told of people, in order."""
    found = rows(
        "SELECT task_id, kind, person, created_at FROM persons_gateway_task ORDER BY task_id LIMIT %s",
        [limit],
        alias=ALIAS,
    )
    return [GatewayTask(**{**row, "kind": GatewayTaskKind(row["kind"])}) for row in found]


def gateway_task_counts() -> list[Row]:
    """Return how much the gateway has yet to be told of people, by kind, and since when."""
    return rows(
        "SELECT kind, count(*) AS n, min(created_at) AS oldest FROM persons_gateway_task GROUP BY kind", alias=ALIAS
    )


def people_numbered(system: str, system_numbers: Collection[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the 団体内統合宛名番号 people go by, by their number in a system, and what `numbers_with` says of each.

    The unnumbered are left out.
    """
    linked: dict[str, str] = dict(tuples(_LINKED, [system, text_array(system_numbers)], alias=ALIAS))
    written = text_array(sorted(set(linked.values())))
    merged: dict[str, str] = dict(tuples(_MERGED, {"people": written}, alias=ALIAS))
    people = {number: merged.get(one, one) for number, one in linked.items()}
    # Hardly anybody has several: theirs alone are put in order.
    several = {person for (person,) in tuples(_LINKED_TWICE, [written, system], alias=ALIAS)}.union(merged.values())
    numbers: dict[str, tuple[str, ...]] = {person: (number,) for number, person in people.items()}
    return people, numbers | numbers_with(system, several.intersection(numbers))


def numbers_with(system: str, people: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return, for people and aliases of them, all their numbers in a system, the survivor's own first.

    The order lasts: a number that is linked later comes after those that were there.
    """
    if not people:
        return {}
    found = rows(_NUMBERS_WITH, {"asked": text_array(people), "system": system}, alias=ALIAS)
    return {row["number"]: tuple(row["numbers"]) for row in found}
