"""The one statement that finds every case with its state, built from the layouts' own data.

A case is a standing result of ours that asks for a detailed examination. Its state is worked out from what stands, each
time it is read: there is no list somebody could fall off.
"""

from functools import cache

from tasuki.followup.rules import ANSWERS
from tasuki.layouts.outcomes import Verdict, detailed_item, judges
from tasuki.layouts.types import Programme


def _quoted(values: object) -> str:
    """Write codes of ours as an SQL list; they come from the layouts, never from outside."""
    return ", ".join(f"'{value}'" for value in sorted(values))  # type: ignore[call-overload]  # a collection of texts


@cache
def needs_detail(result: str) -> str:
    """Return the SQL condition under which a row of results, by its alias, asks for a detailed examination."""
    return _says(result, Verdict.DETAIL_NEEDED)


@cache
def unjudged(result: str) -> str:
    """Return the SQL condition under which a row of results could not be judged, and nothing graver was found."""
    return f"({_says(result, Verdict.UNJUDGED)} AND NOT {needs_detail(result)})"


def _says(result: str, verdict: Verdict) -> str:
    parts = []
    for programme in Programme:
        judged = [
            f"coalesce({result}.items->>'{judge.item.code}', '') IN ({_quoted(codes)})"
            for judge in judges(programme)
            if (codes := [code for code, said in judge.verdicts.items() if said is verdict])
        ]
        if judged:
            parts.append(f"({result}.programme = '{programme}' AND ({' OR '.join(judged)}))")
    return "(" + " OR ".join(parts) + ")"


@cache
def detailed_code(result: str) -> str:
    """Return the SQL expression of the code of a detailed result in a row of results."""
    cases = " ".join(
        f"WHEN '{programme}' THEN {result}.items->>'{detailed_item(programme).item.code}'" for programme in Programme
    )
    return f"CASE {result}.programme {cases} END"


@cache
def cases(where: str) -> str:
    """Return the statement of the cases under a condition on `r`, the result that asks for the detailed examination."""
    return f"""
WITH needing AS (
  SELECT r.result_id, r.system_person_number, r.programme, r.fiscal_year, r.sequence, r.examined_date,
    r.facility_number, r.facility_name, r.recorded_at, r.items
  FROM screening_result r
  WHERE r.source = 'OWN' AND r.withdrawn_at IS NULL AND r.stage IN ('1', '3') AND {needs_detail("r")} AND ({where})
), standing AS (
  SELECT a.* FROM followup_act a JOIN needing n USING (result_id)
  WHERE NOT EXISTS (SELECT FROM followup_act v WHERE v.revokes = a.act_id)
), detailed AS (
  SELECT DISTINCT ON (n.result_id) n.result_id, d.result_id AS detailed_id, {detailed_code("d")} AS code
  FROM needing n JOIN screening_result d USING (system_person_number, programme, fiscal_year)
  WHERE d.withdrawn_at IS NULL AND d.stage IN ('2', '3') AND {detailed_code("d")} IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM standing u WHERE u.result_id = n.result_id AND u.kind = 'UNSUITABLE'
    AND u.answer->>'unsuitable_result' = d.result_id::text
  )
  ORDER BY n.result_id, (d.source = 'OWN') DESC, d.recorded_at DESC, d.result_id
), facts AS (
  SELECT s.*, s.answer->>'examined_date' <> '' AND s.answer->>'institution' <> '' AND s.answer->>'method' <> ''
    AND s.answer->>'result_code' <> '' AS has_four_facts
  FROM standing s WHERE s.kind IN ({_quoted(ANSWERS)})
), answered AS (
  SELECT DISTINCT ON (result_id) result_id, kind, answer FROM facts
  WHERE kind <> 'SELF_REPORT' OR has_four_facts ORDER BY result_id, place DESC
), told AS (
  SELECT result_id, count(*) FILTER (WHERE kind = 'REMINDED') AS reminders,
    max(acted_date) FILTER (WHERE kind = 'REMINDED') AS last_reminded
  FROM standing GROUP BY result_id
), partly AS (
  SELECT DISTINCT result_id FROM facts WHERE kind = 'SELF_REPORT' AND NOT has_four_facts
)
SELECT n.*, d.detailed_id,
  coalesce(d.code, CASE a.kind WHEN 'SELF_REPORT' THEN a.answer->>'result_code' END) AS finding_code,
  coalesce(t.reminders, 0) AS reminders, t.last_reminded, p.result_id IS NOT NULL AS is_partly_known,
  CASE a.kind WHEN 'UNDER_WAY' THEN (a.answer->>'ask_again_on')::date END AS ask_again_on,
  CASE
    WHEN d.result_id IS NOT NULL THEN 'TAKEN'
    WHEN a.kind = 'SELF_REPORT' THEN 'TAKEN'
    WHEN a.kind = 'UNDER_WAY' THEN 'UNDER_WAY'
    WHEN a.kind IS NOT NULL THEN 'NOT_TAKEN'
    WHEN c.fiscal_year IS NOT NULL THEN 'UNKNOWN'
    WHEN t.reminders > 0 THEN 'REMINDED'
    ELSE 'NEEDED'
  END AS state
FROM needing n
LEFT JOIN detailed d USING (result_id)
LEFT JOIN answered a USING (result_id)
LEFT JOIN told t USING (result_id)
LEFT JOIN partly p USING (result_id)
LEFT JOIN followup_closing c ON c.fiscal_year = n.fiscal_year
"""  # noqa: S608 — codes of the layouts and conditions of ours
