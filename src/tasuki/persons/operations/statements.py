"""What systems state of people (宛名基本情報): whole lists, the former statements kept."""

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import connections, transaction

from tasuki.nodes.sql import rows, run
from tasuki.persons.stating import COLUMNS
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
_LIST: Final = ", ".join(COLUMNS)
_STAGE: Final = f"CREATE TEMPORARY TABLE stated ({', '.join(f'{name} text' for name in COLUMNS)}) ON COMMIT DROP"
_ITEMS: Final = tuple(name for name in COLUMNS if name != "system_person_number")
_DIFFERS: Final = (
    f"({', '.join(f's.{name}' for name in _ITEMS)}) IS DISTINCT FROM ({', '.join(f'n.{name}' for name in _ITEMS)})"
)
_KEEP_FORMER: Final = f"""
INSERT INTO persons_former_statement (system, {_LIST}, stated_at, ended_at, ended_by)
SELECT s.system, {", ".join(f"s.{name}" for name in COLUMNS)}, s.stated_at, %s, %s
FROM persons_statement s JOIN stated n USING (system_person_number) WHERE s.system = %s AND {_DIFFERS}
"""  # noqa: S608 — our own column names
_STATE: Final = f"""
WITH changed AS (
  INSERT INTO persons_statement AS s (system, {_LIST}, stated_at)
  SELECT %s, {_LIST}, %s::timestamptz FROM stated n
  ON CONFLICT (system, system_person_number) DO UPDATE SET
    {", ".join(f"{name} = EXCLUDED.{name}" for name in _ITEMS)}, stated_at = EXCLUDED.stated_at
  WHERE ({", ".join(f"s.{name}" for name in _ITEMS)})
    IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in _ITEMS)})
  RETURNING system, system_person_number, stated_at
), waiting AS (
  -- An update where one waits already: its lock keeps the worker from taking what is not committed yet.
  INSERT INTO persons_match_waiting (system, system_person_number, waiting_since)
  SELECT system, system_person_number, stated_at FROM changed
  ON CONFLICT (system, system_person_number) DO UPDATE SET waiting_since = EXCLUDED.waiting_since
)
SELECT count(*) AS n FROM changed
"""  # noqa: S608 — our own column names


@transaction.atomic(using=ALIAS)
def state_people(*, system: str, lines: Iterable[bytes], by: Actor, at: dt.datetime) -> int:
    """Take in what a system states of people, and give how many statements are new or say something else now.

    :param lines: blocks in COPY's text form, with the columns of `stating.COLUMNS`; a person may stand in them once.
    """
    run(_STAGE, alias=ALIAS)
    with connections[ALIAS].cursor() as cursor, cursor.copy(f"COPY stated ({_LIST}) FROM STDIN") as copy:
        for block in lines:
            copy.write(block)
    # Statistics of a table made a moment ago: without them the joins below are planned for a handful of rows.
    run("ANALYZE stated", alias=ALIAS)
    if rows("SELECT FROM persons_statement WHERE system = %s LIMIT 1", [system], alias=ALIAS):
        run(_KEEP_FORMER, [at, str(by), system], alias=ALIAS)
    [changed] = rows(_STATE, [system, at], alias=ALIAS)
    run("DROP TABLE stated", alias=ALIAS)
    return int(changed["n"])
