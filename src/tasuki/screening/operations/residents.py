"""The resident register as screening knows it: loaded whole, compared in the database, changes kept as history."""

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.screening.copying import NULL, copy_lines, escaped
from tasuki.screening.types import RegisterReport, ResidentRow
from tasuki.shared.actor import Actor
from tasuki.shared.names import fold_address, fold_kana, fold_name

_STATED = (
    "household_number",
    "name",
    "kana_name",
    "birth_date",
    "sex",
    "postal_code",
    "address",
    "moved_in_date",
    "moved_in_from",
    "moved_out_date",
    "moved_out_to",
    "died_date",
    "protected_from",
    "protected_to",
)
_FOLDED = ("folded_name", "folded_kana", "folded_address")
_STAGED = ("system_person_number", *_STATED, *_FOLDED)
_STAGING = "screening_register_staging"
# As many as a ward has different names; some 20 MB while a register is loaded.
_REMEMBERED = 100_000
# Any constant: it means "the resident register is being loaded".
_REGISTER_LOCK = 0x5452_4547

_REMOVE_REPEATED = f"""
DELETE FROM {_STAGING} earlier USING {_STAGING} later
WHERE earlier.system_person_number = later.system_person_number AND earlier.ctid < later.ctid
"""  # noqa: S608 — names of our own

_DIFFERS = "ROW({}) IS DISTINCT FROM ROW({})".format(
    ", ".join(f"r.{column}" for column in _STATED), ", ".join(f"s.{column}" for column in _STATED)
)

_FIND_CHANGED = f"""
CREATE TEMPORARY TABLE screening_register_changed ON COMMIT DROP AS
SELECT s.*, to_jsonb(r) - ARRAY['folded_name', 'folded_kana', 'folded_address', 'registered_at'] AS before
FROM {_STAGING} s JOIN screening_resident r USING (system_person_number) WHERE {_DIFFERS}
"""  # noqa: S608 — names of our own

_KEEP_FORMER = f"""
INSERT INTO screening_resident_change (system_person_number, changed_at, changed_by, reason, before, after)
SELECT system_person_number, %s, %s, %s, before,
  to_jsonb(c) - ARRAY['{"', '".join(_FOLDED)}', 'before']
FROM screening_register_changed c
"""  # noqa: S608 — names of our own

_CHANGE = """
UPDATE screening_resident r SET {}, updated_at = %s
FROM screening_register_changed s WHERE r.system_person_number = s.system_person_number
""".format(", ".join(f"{column} = s.{column}" for column in (*_STATED, *_FOLDED)))

_ADD = """
WITH added AS (
  INSERT INTO screening_resident ({columns}, registered_at, updated_at)
  SELECT {columns}, %s, %s FROM {staging} s
  WHERE NOT EXISTS (SELECT FROM screening_resident r WHERE r.system_person_number = s.system_person_number)
  RETURNING system_person_number
)
INSERT INTO screening_outbox (kind, system_person_number, created_at)
SELECT 'RESIDENT', system_person_number, %s FROM added
""".format(columns=", ".join(_STAGED), staging=_STAGING)  # noqa: S608 — names of our own

_TELL_OF_CHANGED = """
INSERT INTO screening_outbox (kind, system_person_number, created_at)
SELECT 'RESIDENT', system_person_number, %s FROM screening_register_changed
"""


@transaction.atomic
def register_residents(*, rows: Iterable[ResidentRow], by: Actor, at: dt.datetime, reason: str) -> RegisterReport:
    """Take in lines of the resident register: new people are added, changed ones changed with their former state kept.

    Whoever is not among the rows stays as they are, so the register may come whole or in parts. The same number twice
    in one load counts once, as its last line says.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [_REGISTER_LOCK])
    run(
        f"CREATE TEMPORARY TABLE {_STAGING} ON COMMIT DROP AS SELECT {', '.join(_STAGED)}"  # noqa: S608 — as above
        " FROM screening_resident WITH NO DATA"
    )
    digest = copy_lines(_STAGING, _STAGED, _lines(rows))
    run(_REMOVE_REPEATED)
    run(f"ANALYZE {_STAGING}")
    changed = run(_FIND_CHANGED)
    run(_KEEP_FORMER, [at, str(by), reason])
    run(_CHANGE, [at])
    run(_TELL_OF_CHANGED, [at])
    added = run(_ADD, [at, at, at])
    staged = run(f"SELECT FROM {_STAGING}")
    append(
        kind=EntryKind.RESIDENTS_REGISTERED,
        body={"added": added, "changed": changed, "rows": staged, "digest": digest, "by": str(by)},
        at=at,
    )
    # Dropped here as well as at the commit, for callers that load twice in one transaction.
    run(f"DROP TABLE {_STAGING}, screening_register_changed")
    return RegisterReport(added=added, changed=changed, unchanged=staged - added - changed)


def _lines(rows: Iterable[ResidentRow]) -> Iterator[str]:
    """Write rows for COPY, with their search keys.

    Households share an address and many people a family name's reading, so folding is remembered for one load.
    """
    name, kana, address = (lru_cache(maxsize=_REMEMBERED)(fold) for fold in (fold_name, fold_kana, fold_address))
    for row in rows:
        yield "\t".join(
            (
                escaped(row.system_person_number),
                escaped(row.household_number),
                escaped(row.name),
                escaped(row.kana_name),
                row.birth_date.isoformat(),
                row.sex,
                escaped(row.postal_code),
                escaped(row.address),
                _day(row.moved_in_date),
                escaped(row.moved_in_from),
                _day(row.moved_out_date),
                escaped(row.moved_out_to),
                _day(row.died_date),
                _day(row.protected_from),
                _day(row.protected_to),
                escaped(name(row.name)),
                escaped(kana(row.kana_name)),
                escaped(address(row.address)),
            )
        )


def _day(day: dt.date | None) -> str:
    return NULL if day is None else day.isoformat()
