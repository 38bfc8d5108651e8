"""Every link of the index, read in a few streams whatever their number. Parts of the inspection.

The register's statements are set out once, one for each person; PostgreSQL then hands over only what differs to the
letter, and the rest is never looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db import connections

from tasuki.nodes.sql import rows, run
from tasuki.persons.inspecting import Held, Suspect, agrees_plainly
from tasuki.persons.types import REGISTER
from tasuki.persons.types.items import BasicItems

ALIAS: Final = "index"
#: Rows a stream hands over at once.
BLOCK: Final = 10_000
Tell = Callable[[int], None]

_COLUMNS: Final = ("name", "kana_name", "birth_date", "sex", "address", "postal_code", "household_number")
_FOUR: Final = _COLUMNS[:5]
_SET_OUT: Final = f"""
CREATE TEMPORARY TABLE inspected_register ON COMMIT DROP AS
SELECT DISTINCT ON (r.person) r.person, t.stated_at, {", ".join(f"t.{name}" for name in _COLUMNS)}
FROM persons_statement t JOIN persons_system_person s USING (system, system_person_number)
JOIN persons_root r USING (unified_person_number)
WHERE t.system = '{REGISTER}'
ORDER BY r.person, s.unified_person_number <> r.person, s.system_person_number
"""  # noqa: S608 — our own column names
_DIFFERING: Final = f"""
SELECT t.system, t.system_person_number, r.person, g.person IS NOT NULL,
  {", ".join(f"t.{name}" for name in _COLUMNS)}, {", ".join(f"g.{name}" for name in _COLUMNS)}
FROM persons_statement t JOIN persons_system_person s USING (system, system_person_number)
JOIN persons_root r USING (unified_person_number) LEFT JOIN inspected_register g ON g.person = r.person
WHERE t.system <> '{REGISTER}' AND (g.person IS NULL
  OR ({", ".join(f"t.{name}" for name in _FOUR)}) IS DISTINCT FROM ({", ".join(f"g.{name}" for name in _FOUR)}))
"""  # noqa: S608 — our own column names
# What the register said before, and what it says under a number that was merged into the person's.
_FORMER: Final = f"""
SELECT r.person, {", ".join(f"f.{name}" for name in _COLUMNS)}
FROM persons_root r JOIN persons_system_person s USING (unified_person_number)
JOIN (
  SELECT system, system_person_number, {", ".join(_COLUMNS)} FROM persons_former_statement
  UNION ALL
  SELECT system, system_person_number, {", ".join(_COLUMNS)} FROM persons_statement
) f USING (system, system_person_number)
WHERE s.system = '{REGISTER}' AND r.person = ANY(%s)
"""  # noqa: S608 — our own column names
# Raw equality is enough to be asked about: two entries of one person were copied, not written twice.
_ALIKE: Final = f"""
SELECT a.person AS first, b.person AS second, {", ".join(f"a.{name}" for name in _COLUMNS)}, (
  SELECT s.system_person_number FROM persons_root r JOIN persons_system_person s USING (unified_person_number)
  WHERE r.person = b.person AND s.system = '{REGISTER}' ORDER BY s.system_person_number LIMIT 1) AS number
FROM inspected_register a JOIN inspected_register b
  USING (name, kana_name, birth_date, sex, address)
WHERE a.person < b.person AND a.name <> '' AND a.birth_date <> '' AND a.address <> ''
"""  # noqa: S608 — our own column names


def set_out_register() -> int:
    """Set out what the register states of each person, for the length of the transaction; gives how many there are."""
    # Everybody is joined. Right after a town was filled in nothing is counted yet, and the planner, taking tables for
    # small, would go through one of them for each row of another.
    run("SET LOCAL enable_nestloop TO off", alias=ALIAS)
    run(_SET_OUT, alias=ALIAS)
    run("SET LOCAL enable_nestloop TO on", alias=ALIAS)
    run("CREATE UNIQUE INDEX ON inspected_register (person)", alias=ALIAS)
    run("ANALYZE inspected_register", alias=ALIAS)
    [counted] = rows("SELECT count(*) AS n FROM inspected_register", alias=ALIAS)
    return int(counted["n"])


def statements_by_system() -> dict[str, int]:
    """Return how many statements each system has, the register included."""
    found = rows("SELECT system, count(*) AS n FROM persons_statement GROUP BY system ORDER BY system", alias=ALIAS)
    return {row["system"]: row["n"] for row in found}


def suspects(tell: Tell) -> Iterator[Suspect]:
    """Give every statement that does not agree with the register as it stands now."""
    width = len(_COLUMNS)
    for block in _blocks(_DIFFERING):
        for system, number, person, is_registered, *items in block:
            stated = BasicItems(*items[:width])
            known = BasicItems(*items[width:]) if is_registered else None
            if known is None or not agrees_plainly(stated, known):
                yield Suspect(system, number, person, stated, known)
        tell(len(block))


def register_people(tell: Tell) -> Iterator[Held]:
    """Give everybody of the register."""
    for block in _blocks(f"SELECT person, {', '.join(_COLUMNS)} FROM inspected_register"):  # noqa: S608 — our own names
        for person, *items in block:
            yield Held(person, BasicItems(*items))
        tell(len(block))


def _blocks(query: str) -> Iterator[Sequence[Sequence[Any]]]:
    run("SET LOCAL enable_nestloop TO off", alias=ALIAS)
    with connections[ALIAS].chunked_cursor() as cursor:
        cursor.execute(query)
        # A cursor on the server is planned when it is declared; what is asked between its blocks is not a whole table.
        run("SET LOCAL enable_nestloop TO on", alias=ALIAS)
        while block := cursor.fetchmany(BLOCK):
            yield block


def add_histories(found: Sequence[Suspect]) -> None:
    """Give suspects what the register said before, and, for whom it does not know, what another system says."""
    by_person: dict[str, list[Suspect]] = {}
    for one in found:
        by_person.setdefault(one.person, []).append(one)
    people = sorted(by_person)
    for start in range(0, len(people), BLOCK):
        for row in rows(_FORMER, [people[start : start + BLOCK]], alias=ALIAS):
            items = BasicItems(**{name: row[name] for name in _COLUMNS})
            for one in by_person[row["person"]]:
                one.former.append(items)
    _mark_gone(by_person)


def _mark_gone(by_person: dict[str, list[Suspect]]) -> None:
    unknown = [person for person, some in by_person.items() if some[0].known is None]
    gone = rows(
        "SELECT DISTINCT r.person FROM persons_root r JOIN persons_system_person s USING (unified_person_number)"
        " WHERE s.system = %s AND r.person = ANY(%s)",
        [REGISTER, unknown],
        alias=ALIAS,
    )
    was_registered = {row["person"] for row in gone}
    for person in unknown:
        first, *others = sorted(by_person[person], key=lambda one: (one.system, one.number))
        for one in (first, *others):
            one.was_registered = person in was_registered
        # Whom the register does not know, its first system describes; the others are held against that.
        for one in others:
            one.known = first.items


def register_alike() -> list[tuple[str, str, str]]:
    """Return pairs of people of whom the register states the same to the letter, and the second one's number there."""
    return [(row["first"], row["second"], row["number"]) for row in rows(_ALIKE, alias=ALIAS)]
