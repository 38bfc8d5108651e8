"""The resident register as screening knows it: loaded whole, compared in the database, changes kept as history."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows as sql_rows
from tasuki.nodes.sql import run
from tasuki.screening.copying import NULL, copy_lines, escaped
from tasuki.screening.types import ResidentRow
from tasuki.screening.types.residents import RefusedMove, RegisterReport, ResidentMove
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
_MOVE = ("place", "kind", "event_date")
_STAGING = "screening_register_staging"
# As many as a ward has different names; some 20 MB while a register is loaded.
_REMEMBERED = 100_000
#: Any constant: it means "the resident register is being loaded".
REGISTER_LOCK = 0x5452_4547

_REMOVE_REPEATED = f"""
DELETE FROM {_STAGING} earlier USING {_STAGING} later
WHERE earlier.system_person_number = later.system_person_number AND earlier.ctid < later.ctid
"""  # noqa: S608 — names of our own

# The register's own columns may lag behind the list of protected persons: the wider of both holds.
_WIDEN = f"""
UPDATE {_STAGING} s SET protected_from = least(l.protected_from, s.protected_from),
  protected_to = CASE
    WHEN l.protected_to IS NULL OR (s.protected_from IS NOT NULL AND s.protected_to IS NULL) THEN NULL
    ELSE greatest(l.protected_to, s.protected_to) END
FROM screening_listed_person l WHERE l.system_person_number = s.system_person_number
"""  # noqa: S608 — names of our own

_DIFFERS = "ROW({}) IS DISTINCT FROM ROW({})".format(
    ", ".join(f"r.{column}" for column in _STATED), ", ".join(f"s.{column}" for column in _STATED)
)

_FIND_CHANGED = f"""
CREATE TEMPORARY TABLE screening_register_changed ON COMMIT DROP AS
SELECT s.*, to_jsonb(r) - ARRAY['folded_name', 'folded_kana', 'folded_address', 'registered_at'] AS before
FROM {_STAGING} s JOIN screening_resident r USING (system_person_number) WHERE {_DIFFERS}
"""  # noqa: S608 — names of our own

# A whole register does not say why somebody changed; the difference does, its gravest part first.
_KIND = """
coalesce(c.kind, CASE
  WHEN c.died_date IS NOT NULL AND before->>'died_date' IS NULL THEN 'DEATH'
  WHEN c.moved_out_date IS NOT NULL AND before->>'moved_out_date' IS NULL THEN 'MOVED_OUT'
  WHEN c.birth_date::text <> before->>'birth_date' OR c.sex <> before->>'sex' THEN 'CORRECTED'
  WHEN c.moved_in_date::text IS DISTINCT FROM before->>'moved_in_date' THEN 'MOVED_IN'
  WHEN c.address <> before->>'address' THEN 'MOVED_WITHIN'
  WHEN c.name <> before->>'name' OR c.kana_name <> before->>'kana_name' THEN 'NAME_CHANGED'
  WHEN c.household_number <> before->>'household_number' THEN 'HOUSEHOLD_CHANGED'
  WHEN c.protected_from::text IS DISTINCT FROM before->>'protected_from'
    OR c.protected_to::text IS DISTINCT FROM before->>'protected_to' THEN 'PROTECTION'
  ELSE 'CORRECTED' END)
"""
_UNSEEN = "', '".join((*_FOLDED, *_MOVE, "before"))
_KEEP_FORMER = f"""
INSERT INTO screening_resident_change
  (system_person_number, changed_at, changed_by, reason, kind, event_date, before, after)
SELECT system_person_number, %s, %s, %s, {_KIND}, c.event_date, before, to_jsonb(c) - ARRAY['{_UNSEEN}']
FROM screening_register_changed c
"""  # noqa: S608 — names of our own

# Who comes with a day's changes has a history from their first day; a whole register only says that somebody is there.
_KEEP_ARRIVAL = f"""
INSERT INTO screening_resident_change
  (system_person_number, changed_at, changed_by, reason, kind, event_date, before, after)
SELECT system_person_number, %s, %s, %s, kind, event_date, '{{}}', to_jsonb(s) - ARRAY['{_UNSEEN}']
FROM {_STAGING} s WHERE kind IS NOT NULL
AND NOT EXISTS (SELECT FROM screening_resident r WHERE r.system_person_number = s.system_person_number)
"""  # noqa: S608 — names of our own

_MISSING = f"""
SELECT system_person_number FROM screening_resident r
WHERE moved_out_date IS NULL AND died_date IS NULL
AND NOT EXISTS (SELECT FROM {_STAGING} s WHERE s.system_person_number = r.system_person_number)
ORDER BY system_person_number
"""  # noqa: S608 — names of our own

# Changes that cannot be, by the rule they break: nobody there to change, somebody there already, or a later one known.
_REFUSE = f"""
WITH refused AS (
  DELETE FROM {_STAGING} s USING (
    SELECT one.place, CASE
      WHEN r.system_person_number IS NULL AND one.kind NOT IN ('BIRTH', 'MOVED_IN') THEN 'change_of_unknown_person'
      WHEN r.system_person_number IS NOT NULL AND one.kind = 'BIRTH' AND {{differs}} THEN 'born_twice'
      WHEN {{differs}} AND EXISTS (SELECT FROM screening_resident_change h
        WHERE h.system_person_number = one.system_person_number AND h.event_date > one.event_date)
        THEN 'change_out_of_order'
    END AS rule
    FROM {_STAGING} one LEFT JOIN screening_resident r USING (system_person_number)
  ) judged
  WHERE s.place = judged.place AND judged.rule IS NOT NULL
  RETURNING judged.place, judged.rule
)
SELECT place, rule FROM refused ORDER BY place
""".replace("{differs}", _DIFFERS.replace("s.", "one."))  # noqa: S608 — names of our own

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
def register_residents(
    *, rows: Iterable[ResidentRow], by: Actor, at: dt.datetime, reason: str, is_whole: bool = False
) -> RegisterReport:
    """Take in lines of the resident register: new people are added, changed ones changed with their former state kept.

    Whoever is not among the rows stays as they are, so the register may come whole or in parts. The same number twice
    in one load counts once, as its last line says.

    :param is_whole: the rows are said to be everybody, so residents whom they do not name are reported; they stay too,
        because a file that broke off names few.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [REGISTER_LOCK])
    _make_staging()
    digest = copy_lines(_STAGING, _STAGED, _lines(rows))
    run(_REMOVE_REPEATED)
    run(_WIDEN)
    run(f"ANALYZE {_STAGING}")
    missing = tuple(row["system_person_number"] for row in sql_rows(_MISSING)) if is_whole else ()
    staged, added, changed = _settle(by, at, reason)
    _record(added, changed, staged, digest, by, at)
    return RegisterReport(added, changed, staged - added - changed, missing)


@transaction.atomic
def register_moves(*, moves: Sequence[ResidentMove], by: Actor, at: dt.datetime, reason: str) -> RegisterReport:
    """Take in a day's changes (異動), in their order; one that cannot be stays out and is reported with its place.

    Several changes of one person in a list are each kept: all first ones are taken in, then all second ones, and so on.
    """
    run("SELECT pg_advisory_xact_lock(%s)", [REGISTER_LOCK])
    staged = added = changed = 0
    refused: list[RefusedMove] = []
    digests: list[str] = []
    for turn in _turns(moves):
        _make_staging()
        lines = _lines(move.resident for _, move in turn)
        moved = (
            f"{line}\t{place}\t{move.kind}\t{move.event_date}" for line, (place, move) in zip(lines, turn, strict=True)
        )
        digests.append(copy_lines(_STAGING, (*_STAGED, *_MOVE), moved))
        run(_WIDEN)
        refused += [RefusedMove(row["place"], row["rule"]) for row in sql_rows(_REFUSE)]
        run(_KEEP_ARRIVAL, [at, str(by), reason])
        counts = _settle(by, at, reason)
        staged, added, changed = staged + counts[0], added + counts[1], changed + counts[2]
    _record(added, changed, staged, sha256("".join(digests).encode()).hexdigest(), by, at)
    refused.sort(key=lambda one: one.place)
    return RegisterReport(added, changed, staged - added - changed, (), tuple(refused))


def _turns(moves: Sequence[ResidentMove]) -> list[list[tuple[int, ResidentMove]]]:
    """Part changes so that nobody has two in one part, keeping each person's order."""
    turns: list[list[tuple[int, ResidentMove]]] = []
    seen: Counter[str] = Counter()
    for place, move in enumerate(moves):
        number = move.resident.system_person_number
        if seen[number] == len(turns):
            turns.append([])
        turns[seen[number]].append((place, move))
        seen[number] += 1
    return turns


def _make_staging() -> None:
    run(
        f"CREATE TEMPORARY TABLE {_STAGING} ON COMMIT DROP AS SELECT {', '.join(_STAGED)},"  # noqa: S608 — as above
        " NULL::int AS place, NULL::text AS kind, NULL::date AS event_date FROM screening_resident WITH NO DATA"
    )


def _settle(by: Actor, at: dt.datetime, reason: str) -> tuple[int, int, int]:
    """Bring what is staged into the register, and give how many were staged, added and changed."""
    changed = run(_FIND_CHANGED)
    run(_KEEP_FORMER, [at, str(by), reason])
    run(_CHANGE, [at])
    run(_TELL_OF_CHANGED, [at])
    added = run(_ADD, [at, at, at])
    staged = run(f"SELECT FROM {_STAGING}")
    # Dropped here as well as at the commit, for callers that load twice in one transaction.
    run(f"DROP TABLE {_STAGING}, screening_register_changed")
    return staged, added, changed


def _record(added: int, changed: int, staged: int, digest: str, by: Actor, at: dt.datetime) -> None:
    append(
        kind=EntryKind.RESIDENTS_REGISTERED,
        body={"added": added, "changed": changed, "rows": staged, "digest": digest, "by": str(by)},
        at=at,
    )


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
