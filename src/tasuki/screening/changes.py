"""Reads of what others may be told, with everything the linkage needs: what changed, and all there is of people."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tasuki.layouts.types import AbsentReason, Programme, ScreeningRecord, Stage
from tasuki.nodes.sql import rows, tuples
from tasuki.screening.types import Change, FormerPlace, OutboxKind, Source

# One descent of an index for each entry: the planner takes some thousand people for many more, and would go through
# everybody and every result of the town for each list. OFFSET, and counting instead of EXISTS, keep it from that.
_CHANGES: Final = """
SELECT o.id, o.kind, o.system_person_number,
  -- Asked of each person only while the newest list is too old: calling it takes as long as all else of a row.
  coalesce(coalesce((SELECT now() >= fresh_until FROM screening_protection_load WHERE is_complete
      ORDER BY loaded_at DESC LIMIT 1), false) AND screening_is_held(p.system_person_number, p.registered_at)
    OR p.protected_from IS NOT NULL AND (p.protected_to IS NULL OR p.protected_to > %(on)s), false)
    AS protected,
  p.moved_out_date,
  o.kind = 'RESIDENT' AND p.moved_out_date IS NULL AND (SELECT count(*) FROM screening_resident_change c
    WHERE c.system_person_number = o.system_person_number AND c.before ->> 'moved_out_date' IS NOT NULL) > 0
    AS has_returned,
  o.result_id IS NOT NULL
    OR (SELECT count(*) FROM screening_result x WHERE x.system_person_number = o.system_person_number
      AND x.source = 'OWN' AND x.withdrawn_at IS NULL) > 0
    OR (SELECT count(*) FROM screening_result x WHERE x.system_person_number = o.system_person_number
      AND x.source = 'OWN' AND x.withdrawn_at IS NOT NULL) > 0 AS has_results,
  r.source, r.revision,
  -- The day in Japan: the driver takes longer to read a time than all else of a row.
  (r.recorded_at AT TIME ZONE 'Asia/Tokyo')::date AS changed_on,
  r.withdrawn_at IS NOT NULL AS withdrawn,
  -- Where the result stood before it was corrected or taken back, if no result stands there now. Each time it went
  -- a revision further; hardly any ever did.
  CASE WHEN r.revision > 1 THEN (SELECT jsonb_agg(DISTINCT jsonb_build_array(
      h.former -> 'programme', s.stage, h.former -> 'fiscal_year', h.former -> 'sequence'))
    FROM screening_result_history h
    CROSS JOIN unnest(CASE h.former ->> 'stage' WHEN '3' THEN ARRAY['1', '2'] ELSE ARRAY[h.former ->> 'stage'] END)
      AS s(stage)
    WHERE h.result_id = r.result_id
      AND NOT EXISTS (SELECT FROM screening_result x
        WHERE x.system_person_number = r.system_person_number AND x.source = 'OWN' AND x.withdrawn_at IS NULL
          AND x.programme = h.former ->> 'programme' AND x.stage IN (s.stage, '3')
          AND x.fiscal_year::text = h.former ->> 'fiscal_year' AND x.sequence::text = h.former ->> 'sequence')
  ) END AS former_places,
  -- In the order of a record's own fields.
  r.programme, r.stage, r.fiscal_year, r.sequence, r.examined_date, r.age, r.encounter_type, r.facility_number,
  r.facility_name, r.items, r.absent
FROM ({source}) o
LEFT JOIN LATERAL (SELECT system_person_number, registered_at, protected_from, protected_to, moved_out_date
  FROM screening_resident WHERE system_person_number = o.system_person_number OFFSET 0) p ON true
LEFT JOIN LATERAL (SELECT * FROM screening_result WHERE result_id = o.result_id OFFSET 0) r ON true
ORDER BY o.id
"""
# Enumerations by value: asking the classes takes many times as long, some ten times for each result.
_PROGRAMMES: Final = {programme.value: programme for programme in Programme}
_STAGES: Final = {stage.value: stage for stage in Stage}
_REASONS: Final = {reason.value: reason for reason in AbsentReason}
_NOTHING: Final = "{}"
_KINDS: Final = {kind.value: kind for kind in OutboxKind}
_WAITING: Final = """
SELECT id, kind, system_person_number, result_id FROM screening_outbox WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
"""
#: Everything of some people that others may be told, as entries of the outbox in the order in which it was recorded.
EVERYTHING_OF: Final = """
SELECT 'RESIDENT' AS kind, system_person_number, NULL::uuid AS result_id, NULL::int AS revision,
  '-infinity'::timestamptz AS recorded_at
FROM screening_resident WHERE system_person_number = ANY(%(people)s)
UNION ALL
SELECT 'RESULT', system_person_number, result_id, revision, recorded_at FROM screening_result
WHERE system_person_number = ANY(%(people)s) AND source = 'OWN' AND withdrawn_at IS NULL
ORDER BY recorded_at, result_id
"""


def changes_to_carry(*, limit: int, on: dt.date, after: int = 0) -> list[Change]:
    """Return the oldest changes that the gateway has not heard of, in order, from behind the entry `after`."""
    parameters = {"on": on, "after": after, "limit": limit}
    return [_change(row) for row in tuples(_CHANGES.replace("{source}", _WAITING), parameters)]


def everything_of(people: Sequence[str], on: dt.date) -> list[Change]:
    """Return everything of some people as if all of it changed now: what the gateway should know of them."""
    source = f"SELECT row_number() OVER () AS id, every.* FROM ({EVERYTHING_OF}) every"  # noqa: S608 — our own text
    parameters = {"on": on, "people": list(people)}
    return [_change(row) for row in tuples(_CHANGES.replace("{source}", source), parameters)]


_CONCERNED: Final = """
FROM screening_resident p WHERE system_person_number > %s AND (moved_out_date IS NOT NULL OR protected_from IS NOT NULL
  OR screening_is_held(system_person_number, registered_at)
  OR EXISTS (SELECT FROM screening_result r WHERE r.system_person_number = p.system_person_number AND source = 'OWN'))
"""


def concerned(after: str, limit: int) -> list[str]:
    """Return people of whom others may be told something, in the order of their numbers, from behind one."""
    found = rows(f"SELECT system_person_number {_CONCERNED} ORDER BY 1 LIMIT %s", [after, limit])
    return [row["system_person_number"] for row in found]


def count_concerned(after: str = "") -> int:
    """Return of how many people others may be told something."""
    [found] = rows(f"SELECT count(*) AS n {_CONCERNED}", [after])
    return int(found["n"])


def waiting_among(people: Sequence[str]) -> set[str]:
    """Return who of these people has a change in the outbox."""
    found = rows(
        "SELECT DISTINCT system_person_number FROM screening_outbox WHERE system_person_number = ANY(%s)",
        [list(people)],
    )
    return {row["system_person_number"] for row in found}


def _change(row: tuple[Any, ...]) -> Change:
    entry_id, kind, person, protected, moved_out_date, has_returned, has_results = row[:7]
    source, revision, changed_on, withdrawn, former_places = row[7:12]
    # By place: by name it takes twice as long.
    return Change(
        entry_id,
        _KINDS[kind],
        person,
        protected,
        moved_out_date,
        has_returned,
        protected or moved_out_date is not None or has_returned or has_results,
        # Only the town's own screenings are its to provide; another town's were received, not performed, here.
        _record(row[12:]) if source == Source.OWN else None,
        revision or 1,
        withdrawn,
        changed_on,
        () if former_places is None else _places(former_places),
    )


def _places(former: Any) -> tuple[FormerPlace, ...]:
    return tuple(
        FormerPlace(Programme(programme), Stage(stage), year, sequence)
        for programme, stage, year, sequence in _loaded(former)
    )


def _record(row: tuple[Any, ...]) -> ScreeningRecord:
    programme, stage, year, sequence, examined_date, age, encounter_type, facility, facility_name, items, absent = row
    return ScreeningRecord(
        _PROGRAMMES[programme],
        _STAGES[stage],
        year,
        sequence,
        examined_date,
        age,
        encounter_type,
        facility,
        facility_name,
        _loaded(items),
        {} if absent == _NOTHING else {code: _REASONS[reason] for code, reason in _loaded(absent).items()},
    )


def _loaded(value: Any) -> Any:
    """Return a JSON column's value; psycopg hands it over as text under Django's settings."""
    return orjson.loads(value) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Whether somebody moved out, by one of their numbers, and which programmes they took part in here."""

    moved_out_date: dt.date | None
    programmes: frozenset[Programme]


def whereabouts(people: Sequence[str]) -> Mapping[str, Whereabouts]:
    """Return of people whether they moved out, and the programmes they have an own standing result of."""
    found = rows(
        "SELECT p.system_person_number AS person, p.moved_out_date, (SELECT array_agg(DISTINCT r.programme)"
        "   FROM screening_result r WHERE r.system_person_number = p.system_person_number AND r.source = 'OWN'"
        "   AND r.withdrawn_at IS NULL) AS programmes"
        " FROM screening_resident p WHERE p.system_person_number = ANY(%s)",
        [list(people)],
    )
    return {
        row["person"]: Whereabouts(row["moved_out_date"], frozenset(map(Programme, row["programmes"] or ())))
        for row in found
    }


def people_others_may_ask_about() -> list[str]:
    """Return everyone with an own result, and everyone who moved in or out: theirs are the codes needed first."""
    found = rows(
        "SELECT system_person_number FROM screening_resident WHERE moved_out_date IS NOT NULL OR moved_in_from <> ''"
        " UNION SELECT system_person_number FROM screening_result ORDER BY 1"
    )
    return [row["system_person_number"] for row in found]


def example_people() -> dict[str, str]:
    """Return a resident with a result who never moved, and one with neither result nor move."""
    stayed = "FROM screening_resident p WHERE p.moved_out_date IS NULL AND p.moved_in_from = '' AND p.died_date IS NULL"
    result = "EXISTS (SELECT FROM screening_result r WHERE r.system_person_number = p.system_person_number)"
    [found] = rows(
        f"SELECT (SELECT min(system_person_number) {stayed} AND {result}) AS with_code,"
        f" (SELECT min(system_person_number) {stayed} AND NOT {result}) AS without_code"
    )
    return {"with_code": found["with_code"], "without_code": found["without_code"]}
