"""Finding people of the index: by any of their numbers, or by birth date and name."""

from dataclasses import dataclass
from typing import Final

from tasuki.nodes.sql import Row, rows
from tasuki.persons.desk import items_of
from tasuki.persons.gate import folded_kana, folded_name
from tasuki.persons.types import REGISTER
from tasuki.persons.types.items import BasicItems

ALIAS: Final = "index"
#: Born on one day are at most a few hundred people in the largest town.
_MOST_ON_A_DAY: Final = 5_000
_COLUMNS: Final = (
    "r.person, t.system, t.name, t.kana_name, t.birth_date, t.sex, t.address, t.postal_code, t.household_number"
)
_FROM: Final = """
FROM persons_root r JOIN persons_system_person s USING (unified_person_number)
LEFT JOIN persons_statement t USING (system, system_person_number)
"""
_BY_NUMBER: Final = f"""
SELECT DISTINCT ON (r.person) {_COLUMNS}, t.system IS NOT NULL AS is_stated {_FROM}
WHERE r.person IN (
  SELECT n.person FROM persons_root n WHERE n.unified_person_number = lpad(%(number)s, 15, '0')
  UNION SELECT n.person FROM persons_root n JOIN persons_system_person p USING (unified_person_number)
  WHERE p.system_person_number = %(number)s
)
ORDER BY r.person, t.system IS NULL, t.system <> %(register)s, t.system
LIMIT 200
"""  # noqa: S608 — our own columns
_BY_BIRTH: Final = f"""
SELECT DISTINCT ON (r.person) {_COLUMNS}, TRUE AS is_stated {_FROM}
WHERE t.birth_date = %(birth_date)s
ORDER BY r.person, t.system <> %(register)s, t.system
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A person found, and what the register, or else another system, states of them."""

    person: str
    items: BasicItems | None


def find_people(*, number: str, birth_date: str, name: str) -> list[FoundPerson]:
    """Return people with a number, or born on a day whose name or reading begins so, however it is spelled.

    :param number: a 団体内統合宛名番号, or a 宛名番号 of any system.
    """
    if number:
        found = rows(_BY_NUMBER, {"number": number, "register": REGISTER}, alias=ALIAS)
        return [_found(row) for row in found]
    values = {"birth_date": birth_date, "register": REGISTER, "most": _MOST_ON_A_DAY}
    people = [_found(row) for row in rows(_BY_BIRTH, values, alias=ALIAS)]
    return sorted((one for one in people if _is_called(one, name)), key=_reading)


def _found(row: Row) -> FoundPerson:
    return FoundPerson(row["person"], items_of(row) if row["is_stated"] else None)


def _is_called(one: FoundPerson, name: str) -> bool:
    if not name or one.items is None:
        return not name
    return folded_name(one.items.name).startswith(folded_name(name)) or folded_kana(one.items.kana_name).startswith(
        folded_kana(name)
    )


def _reading(one: FoundPerson) -> tuple[str, str]:
    return ("" if one.items is None else folded_kana(one.items.kana_name)), one.person
