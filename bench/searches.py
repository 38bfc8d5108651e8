"""S1: finding a resident among 500,000, however the words are spelled, measured in the town's own process."""

import random
import time
from datetime import date

from tasuki.nodes.sql import Row, rows, run
from tasuki.screening import queries

PEOPLE = 500_000
SEARCHES = 400
#: Copies of real rows under numbers of their own fill the register up to the size that is promised.
_FILL = """
INSERT INTO screening_resident
SELECT (r).* FROM (
  SELECT jsonb_populate_record(r, jsonb_build_object('system_person_number', 'x' || r.system_person_number)) AS r
  FROM screening_resident r WHERE system_person_number NOT LIKE 'x%%' LIMIT %s
) copies
"""


def fill(people: int = PEOPLE) -> int:
    """Fill the register up to a number of people, and give how many there are."""
    (counted,) = rows("SELECT count(*) AS n FROM screening_resident")
    if counted["n"] < people:
        run(_FILL, [people - counted["n"]])
    run("ANALYZE screening_resident")
    (counted,) = rows("SELECT count(*) AS n FROM screening_resident")
    return int(counted["n"])


def milliseconds(seed: int = 1) -> list[float]:
    """Search as clerks do, and give how long each search took."""
    chance = random.Random(seed)  # noqa: S311 — a repeatable draw
    people = rows("SELECT name, kana_name, birth_date, address, system_person_number AS number"
                  " FROM screening_resident ORDER BY md5(system_person_number) LIMIT %s", [SEARCHES])  # fmt: skip
    times = []
    for person in people:
        text, birth_date = _words(person, chance.randrange(8))
        started = time.perf_counter()
        queries.search_people(text=text, birth_date=birth_date)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _words(person: Row, way: int) -> tuple[str, date | None]:
    family, *given = person["name"].split("\u3000")
    kana, *given_kana = person["kana_name"].split("\u3000")
    match way:
        case 0:
            return person["name"], None
        case 1:
            return kana, person["birth_date"]
        case 2:
            return person["kana_name"], None
        case 3:
            return f"{family} {person['address'].split('町')[-1]}", None
        case 4:
            return person["number"], None
        case 5:
            return "".join(given or given_kana) or kana, person["birth_date"]
        case 6:
            return family, None
        case _:
            return person["address"], None
