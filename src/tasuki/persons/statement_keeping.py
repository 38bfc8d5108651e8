"""Statements as they are kept: new ones in, the former ones aside, and whoever says something else waits for matching.

Parts of operations.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from tasuki.nodes.sql import rows
from tasuki.persons.stating import COLUMNS, cells_of
from tasuki.persons.types.items import Registration
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
_LIST: Final = ", ".join(COLUMNS)
_ITEMS: Final = tuple(name for name in COLUMNS if name != "system_person_number")
_STATED: Final = ", ".join(f"s.{name}" for name in _ITEMS)
# All of it in one statement: what is kept as former is what stood before anything of the list was written.
_KEEP: Final = f"""
WITH {{stated}}former AS (
  INSERT INTO persons_former_statement (system, {_LIST}, stated_at, ended_at, ended_by)
  SELECT s.system, s.system_person_number, {_STATED}, s.stated_at, %(at)s, %(by)s
  FROM persons_statement s JOIN stated n USING (system_person_number)
  WHERE s.system = %(system)s AND ({_STATED}) IS DISTINCT FROM ({", ".join(f"n.{name}" for name in _ITEMS)})
), changed AS (
  INSERT INTO persons_statement AS s (system, {_LIST}, stated_at)
  SELECT %(system)s, {_LIST}, %(at)s::timestamptz FROM stated
  ON CONFLICT (system, system_person_number) DO UPDATE SET
    {", ".join(f"{name} = EXCLUDED.{name}" for name in _ITEMS)}, stated_at = EXCLUDED.stated_at
  WHERE ({_STATED}) IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in _ITEMS)})
  RETURNING system, system_person_number, stated_at
), waiting AS (
  -- An update where one waits already: its lock keeps the worker from taking what is not committed yet.
  INSERT INTO persons_match_waiting (system, system_person_number, waiting_since)
  SELECT system, system_person_number, stated_at FROM changed
  ON CONFLICT (system, system_person_number) DO UPDATE SET waiting_since = EXCLUDED.waiting_since
)
SELECT count(*) AS n FROM changed
"""  # noqa: S608 — our own column names
_AS_LISTED: Final = f"""
stated ({_LIST}) AS (SELECT * FROM unnest({", ".join(f"%({name})s::text[]" for name in COLUMNS)})),
"""  # noqa: S608 — our own column names
#: The temporary table that long lists come in.
STAGED: Final = "stated"


def keep_staged(system: str, by: Actor, at: dt.datetime) -> int:
    """Keep the statements of the temporary table; gives how many are new or say something else now."""
    [changed] = rows(_KEEP.format(stated=""), {"system": system, "by": str(by), "at": at}, alias=ALIAS)
    return int(changed["n"])


def keep_listed(system: str, people: Sequence[Registration], by: Actor, at: dt.datetime) -> None:
    """Keep what a list states of people, each of whom stands in it once: no table is made for one of them."""
    columns: list[list[str]] = [list(column) for column in zip(*map(cells_of, people), strict=True)]
    if columns:
        parameters = {"system": system, "by": str(by), "at": at} | dict(zip(COLUMNS, columns, strict=True))
        rows(_KEEP.format(stated=_AS_LISTED), parameters, alias=ALIAS)
