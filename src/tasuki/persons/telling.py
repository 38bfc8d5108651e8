"""Writing down what business systems are told of their people. Parts of operations.

Changes are written for each system that has access of its own, by the system's own numbers as they are at that moment,
so that the same question always has the same answer.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from tasuki.nodes.sql import run
from tasuki.persons.types import REGISTER
from tasuki.persons.types.changes import ChangeKind, RegisterMove

ALIAS: Final = "index"
# Any constant: it means "business systems are being told".
_TELLING_LOCK: Final = 0x5445_4C4C
# Each system's changes count on from those it has. Two that count at once cannot both be kept: the key refuses one.
_WRITE: Final = """
INSERT INTO persons_register_change
  (system, ordinal, change_id, system_person_number, same_person, kind, event_date, changed_at, told_at)
SELECT n.system,
  coalesce((SELECT max(k.ordinal) FROM persons_register_change k WHERE k.system = n.system), 0)
    + row_number() OVER (PARTITION BY n.system ORDER BY n.place, n.system_person_number),
  gen_random_uuid(), n.system_person_number,
  ARRAY(SELECT o.system_person_number FROM persons_system_person own
    JOIN persons_root a ON a.unified_person_number = own.unified_person_number
    JOIN persons_root r ON r.person = a.person
    JOIN persons_system_person o ON o.unified_person_number = r.unified_person_number AND o.system = n.system
    WHERE own.system = n.system AND own.system_person_number = n.system_person_number
      AND o.system_person_number <> n.system_person_number ORDER BY 1),
  n.kind, n.event_date, n.changed_at, %(at)s
FROM news n
"""
_NUMBERS_OF: Final = """
SELECT t.place, s.system, s.system_person_number, t.kind, t.event_date, t.changed_at
FROM told t JOIN persons_root r ON r.person = t.person
JOIN persons_system_person s ON s.unified_person_number = r.unified_person_number
WHERE s.system IN (SELECT system FROM persons_api_client)
"""
_OF_MOVES: Final = f"""
WITH told AS (
  SELECT m.place, r.person, m.kind, m.event_date, m.changed_at
  FROM unnest(%(numbers)s::text[], %(kinds)s::text[], %(days)s::date[], %(times)s::timestamptz[])
    WITH ORDINALITY AS m(number, kind, event_date, changed_at, place)
  JOIN persons_system_person s ON s.system = %(register)s AND s.system_person_number = m.number
  JOIN persons_root r ON r.unified_person_number = s.unified_person_number
), news AS ({_NUMBERS_OF})
{_WRITE}
"""  # noqa: S608 — our own text
_OF_PEOPLE: Final = f"""
WITH told AS (
  SELECT 1 AS place, p.person, %(kind)s AS kind, NULL::date AS event_date, %(at)s::timestamptz AS changed_at
  FROM (SELECT DISTINCT person FROM persons_root WHERE unified_person_number = ANY(%(people)s)) p
), news AS ({_NUMBERS_OF})
{_WRITE}
"""  # noqa: S608 — our own text
_OF_PROTECTION: Final = f"""
WITH protected AS (
  SELECT DISTINCT s.system, s.system_person_number FROM unnest(%(numbers)s::text[]) AS m(number)
  JOIN persons_system_person own ON own.system = %(register)s AND own.system_person_number = m.number
  JOIN persons_root a ON a.unified_person_number = own.unified_person_number
  JOIN persons_root r ON r.person = a.person
  JOIN persons_system_person s ON s.unified_person_number = r.unified_person_number
  WHERE s.system IN (SELECT system FROM persons_api_client)
), began AS (
  INSERT INTO persons_told_protection (system, system_person_number) SELECT * FROM protected
  ON CONFLICT DO NOTHING RETURNING system, system_person_number
), ended AS (
  DELETE FROM persons_told_protection t WHERE NOT EXISTS (SELECT FROM protected p
    WHERE p.system = t.system AND p.system_person_number = t.system_person_number)
  RETURNING system, system_person_number
), news AS (
  SELECT 1 AS place, began.*, %(began)s AS kind, NULL::date AS event_date, %(at)s::timestamptz AS changed_at FROM began
  UNION ALL SELECT 2, ended.*, %(ended)s, NULL, %(at)s FROM ended
)
{_WRITE}
"""  # noqa: S608 — our own text


def lock_telling() -> None:
    """Let one list be told at a time: each counts on from what the one before it committed."""
    run("SELECT pg_advisory_xact_lock(%s)", [_TELLING_LOCK], alias=ALIAS)


def tell_of_moves(moves: Sequence[RegisterMove], at: dt.datetime) -> int:
    """Write down changes of the register, in their order, for every system that knows whom they are about."""
    columns: dict[str, list[Any]] = {
        "numbers": [one.register_number for one in moves],
        "kinds": [one.kind.value for one in moves],
        "days": [one.event_date for one in moves],
        "times": [one.changed_at for one in moves],
    }
    return run(_OF_MOVES, columns | {"register": REGISTER, "at": at}, alias=ALIAS)


def tell_of_people(kind: ChangeKind, people: Sequence[str], at: dt.datetime) -> int:
    """Write down what happened to people (団体内統合宛名番号), for every system that knows them."""
    if not people:
        return 0
    lock_telling()
    return run(_OF_PEOPLE, {"kind": kind.value, "people": list(people), "at": at}, alias=ALIAS)


def tell_of_protection(register_numbers: Sequence[str], at: dt.datetime) -> int:
    """Write down whose protection began or ended since systems were told last, given everybody protected now."""
    began, ended = ChangeKind.PROTECTION_STARTED.value, ChangeKind.PROTECTION_ENDED.value
    return run(
        _OF_PROTECTION,
        {"numbers": list(register_numbers), "register": REGISTER, "began": began, "ended": ended, "at": at},
        alias=ALIAS,
    )
