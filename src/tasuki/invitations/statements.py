"""The one statement that finds every target of a year with where it stands on a day.

Nothing of it is stored: results, refusals, exclusions, moves and deaths count the moment they are recorded, so that
nobody is reminded of what they had done yesterday.
"""

import datetime as dt
from typing import Final

from tasuki.eligibility.history import COUNTED_STAGES
from tasuki.layouts.types import Programme
from tasuki.screening.sight import in_sight

#: How often `scope` stands in the statement, and so how often its parameters are given.
SCOPES: Final = 5


def _quoted(values: object) -> str:
    """Write codes of ours as an SQL list; they come from our own types, never from outside."""
    return ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]  # a collection of codes


def in_force(alias: str, on: dt.date) -> str:
    """Return the condition under which a refusal or an exclusion counts on a day."""
    day = f"'{on.isoformat()}'::date"
    return (
        f"{alias}.valid_from <= {day} AND ({alias}.valid_to IS NULL OR {alias}.valid_to > {day})"
        f" AND ({alias}.ended_date IS NULL OR {alias}.ended_date > {day})"
    )


def obstacle(on: dt.date) -> str:
    """Return why no letter goes to a resident `r` with contact `k` in bulk; as `recipients` says it, one by one."""
    day = f"'{on.isoformat()}'::date"
    return f"""
    CASE
      WHEN r.system_person_number IS NULL THEN 'UNKNOWN'
      WHEN r.died_date <= {day} THEN 'DIED'
      WHEN r.moved_out_date <= {day} THEN 'MOVED_OUT'
      WHEN screening_is_held(r.system_person_number, r.registered_at)
        OR r.protected_from <= {day} AND (r.protected_to IS NULL OR r.protected_to > {day}) THEN 'PROTECTED'
      WHEN r.address = '' AND NOT (coalesce(k.mailing_address, '') <> ''
        AND (k.mailing_from IS NULL OR k.mailing_from <= {day}) AND (k.mailing_to IS NULL OR k.mailing_to > {day}))
        THEN 'NO_ADDRESS'
    END"""


def standing(fiscal_year: int, on: dt.date, scope: str = "TRUE") -> str:
    """Return the statement of a year's targets as they stand on a day, to be selected from.

    Whom somebody put on the list by hand stays due whatever interval and age say, but not in spite of an exclusion.

    :param scope: a condition on `system_person_number`, which keeps a few people's statement from reading everybody.
    """
    year = f"{fiscal_year:d}"
    counted = _quoted(COUNTED_STAGES)
    return f"""
WITH examined AS (
  SELECT DISTINCT system_person_number, programme FROM screening_result
  WHERE fiscal_year = {year} AND withdrawn_at IS NULL AND stage IN ({counted}) AND {scope}
), refused AS (
  SELECT DISTINCT f.system_person_number, p.programme FROM invitations_refusal f
  JOIN unnest(ARRAY[{_quoted(Programme)}]) AS p(programme) ON f.programme IN ('', p.programme)
  WHERE {in_force("f", on)} AND {scope}
), excluded AS (
  SELECT DISTINCT system_person_number, programme FROM eligibility_exclusion e WHERE {in_force("e", on)} AND {scope}
), reminded AS (
  SELECT m.system_person_number, p.programme, count(*) AS times, max(m.reminded_date) AS last_date
  FROM invitations_reminder m CROSS JOIN LATERAL unnest(string_to_array(m.programmes, ',')) AS p(programme)
  WHERE m.fiscal_year = {year} AND {scope} GROUP BY 1, 2
), targets AS (
  SELECT * FROM invitations_target WHERE fiscal_year = {year} AND removed_at IS NULL AND {scope}
  AND {in_sight("system_person_number")}
)
SELECT t.target_id, t.fiscal_year, t.programme, t.system_person_number, t.reason, t.age, t.note, t.added_at, t.added_by,
  CASE
    WHEN x.programme IS NOT NULL THEN 'EXAMINED'
    WHEN o.obstacle IN ('UNKNOWN', 'DIED', 'MOVED_OUT') THEN 'GONE'
    WHEN f.programme IS NOT NULL THEN 'REFUSED'
    WHEN e.programme IS NOT NULL OR (t.run_id IS NOT NULL AND a.status = 'NOT_DUE') THEN 'NOT_DUE'
    ELSE 'OPEN'
  END AS standing,
  CASE WHEN t.programme = ANY(string_to_array(c.programmes, ',')) THEN c.number ELSE '' END AS coupon,
  c.number IS NOT NULL AND NOT t.programme = ANY(string_to_array(c.programmes, ',')) AS other_coupon,
  coalesce(m.times, 0) AS reminded, m.last_date AS last_reminded_date, o.obstacle,
  r.folded_kana, r.birth_date, CASE WHEN o.obstacle IS NULL THEN r.postal_code END AS area, a.last_year, a.methods
FROM targets t
LEFT JOIN screening_resident r USING (system_person_number)
LEFT JOIN screening_contact k USING (system_person_number)
CROSS JOIN LATERAL (SELECT {obstacle(on)} AS obstacle) AS o
LEFT JOIN examined x USING (system_person_number, programme)
LEFT JOIN refused f USING (system_person_number, programme)
LEFT JOIN excluded e USING (system_person_number, programme)
LEFT JOIN reminded m USING (system_person_number, programme)
LEFT JOIN eligibility_assessment a USING (fiscal_year, programme, system_person_number)
LEFT JOIN invitations_coupon c
  ON c.fiscal_year = {year} AND c.system_person_number = t.system_person_number AND c.voided_at IS NULL
"""  # noqa: S608 — names and codes of our own, a number and a date
