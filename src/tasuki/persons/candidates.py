"""Who could be meant, as the matching engine finds them: candidates for a clerk, never a decision.

A record of the store is one system's statement, named by the system and its number. Individual numbers are not compared
here: who is looked for has none, and their hashes change with the keys.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import japanese
from tasuki.matching.types import Columns, Decision, Explanation, PersonRecord
from tasuki.nodes.sql import rows
from tasuki.persons import match_store
from tasuki.persons.types.items import BasicItems
from tasuki.shared.dates import PartialDate

ALIAS: Final = "index"
#: So many people are shown at most; a name that fits more of them says too little to choose by.
MOST_SHOWN: Final = 5
_OWNERS: Final = """
SELECT asked.record, r.person FROM unnest(%s::text[], %s::text[], %s::text[]) AS asked(record, system, number)
JOIN persons_system_person s ON s.system = asked.system AND s.system_person_number = asked.number
JOIN persons_root r USING (unified_person_number)
"""


class Candidate(NamedTuple):
    """Somebody who could be meant, and how much speaks for it."""

    person: str
    weight: float


def record_name(system: str, system_person_number: str) -> str:
    """Name a statement's record in the store."""
    return f"{system}:{system_person_number}"


def compared(items: BasicItems) -> Columns:
    """Fold what is stated of a person into what is compared."""
    return columns_of(
        PersonRecord(
            key="",
            name=items.name or None,
            kana=items.kana_name or None,
            birth_date=_birth_date(items.birth_date),
            sex=items.sex or None,
            address=items.address or None,
            postal_code=items.postal_code or None,
            household_number=items.household_number or None,
        )
    )


def _birth_date(text: str) -> PartialDate | None:
    """Read a birth date; one that older statements hold in another form is not compared."""
    try:
        return PartialDate.from_iso(text)
    except ValueError:
        return None


def likely_people(system: str, stated: Mapping[str, BasicItems]) -> dict[str, list[Candidate]]:
    """Return who could be meant by registrations of a system, the likeliest first, for each that fits anybody."""
    matcher = japanese()
    records = {record_name(system, number): compared(items) for number, items in stated.items()}
    weights: dict[str, dict[str, float]] = {}
    for record, others in match_store.candidates_of(matcher, records).items():
        for other, values in others.items():
            outcome = matcher.decide(matcher.compare(records[record], values))
            if outcome.decision is not Decision.NONE:
                weights.setdefault(record, {})[other] = outcome.weight
    owners = _owners({other for found in weights.values() for other in found})
    return {
        number: found for number in stated if (found := _best(weights.get(record_name(system, number), {}), owners))
    }


def _owners(records: set[str]) -> dict[str, str]:
    if not records:
        return {}
    columns = [list(column) for column in zip(*((one, *one.split(":", 1)) for one in sorted(records)), strict=True)]
    return {row["record"]: row["person"] for row in rows(_OWNERS, columns, alias=ALIAS)}


def _best(found: Mapping[str, float], owners: Mapping[str, str]) -> list[Candidate]:
    """Return the people of records, each by the record that speaks most for them; who is nobody yet is left out."""
    people: dict[str, float] = {}
    for record, weight in found.items():
        person = owners.get(record)
        if person is not None:
            people[person] = max(weight, people.get(person, weight))
    ordered = sorted(people.items(), key=lambda one: (-one[1], one[0]))
    return [Candidate(*one) for one in ordered[:MOST_SHOWN]]


def explain(one: BasicItems, other: BasicItems) -> Explanation:
    """Say step by step how much speaks for two statements being of one person."""
    matcher = japanese()
    return matcher.explain(matcher.compare(compared(one), compared(other)))
