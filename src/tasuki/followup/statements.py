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
    """Return the statement of the cases under a condition on `r`, the result that asks for the detailed examination.

    What belongs to a case is looked up case by case through an index: how many cases there are cannot be estimated from
    the codes within a result, and joining them all at once would be planned for a handful.
    """
    return f"""
SELECT r.result_id, r.system_person_number, r.programme, r.fiscal_year, r.sequence, r.examined_date, r.facility_number,
  r.facility_name, r.recorded_at, r.items, d.detailed_id,
  coalesce(d.code, CASE a.kind WHEN 'SELF_REPORT' THEN a.answer->>'result_code' END) AS finding_code,
  a.reminders, a.last_reminded, a.is_partly_known,
  CASE a.kind WHEN 'UNDER_WAY' THEN (a.answer->>'ask_again_on')::date END AS ask_again_on,
  CASE
    WHEN d.detailed_id IS NOT NULL THEN 'TAKEN'
    WHEN a.kind = 'SELF_REPORT' THEN 'TAKEN'
    WHEN a.kind = 'UNDER_WAY' THEN 'UNDER_WAY'
    WHEN a.kind IS NOT NULL THEN 'NOT_TAKEN'
    WHEN c.fiscal_year IS NOT NULL THEN 'UNKNOWN'
    WHEN a.reminders > 0 THEN 'REMINDED'
    ELSE 'NEEDED'
  END AS state
FROM screening_result r
LEFT JOIN LATERAL (
  SELECT d.result_id AS detailed_id, {detailed_code("d")} AS code
  FROM screening_result d
  WHERE d.system_person_number = r.system_person_number AND d.programme = r.programme
  AND d.fiscal_year = r.fiscal_year AND d.withdrawn_at IS NULL AND d.stage IN ('2', '3')
  AND {detailed_code("d")} IS NOT NULL
  AND NOT EXISTS (
    SELECT FROM followup_act u WHERE u.result_id = r.result_id AND u.kind = 'UNSUITABLE'
    AND u.answer->>'unsuitable_result' = d.result_id::text
    AND NOT EXISTS (SELECT FROM followup_act v WHERE v.revokes = u.act_id)
  )
  ORDER BY (d.source = 'OWN') DESC, d.recorded_at DESC, d.result_id LIMIT 1
) d ON TRUE
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE s.kind = 'REMINDED') AS reminders,
    max(s.acted_date) FILTER (WHERE s.kind = 'REMINDED') AS last_reminded,
    coalesce(bool_or(s.kind = 'SELF_REPORT' AND NOT s.has_four_facts), FALSE) AS is_partly_known,
    (array_agg(s.kind ORDER BY s.place DESC) FILTER (WHERE s.is_answer))[1] AS kind,
    (array_agg(s.answer ORDER BY s.place DESC) FILTER (WHERE s.is_answer))[1] AS answer
  FROM (
    SELECT f.*, f.kind IN ({_quoted(ANSWERS)}) AND (f.kind <> 'SELF_REPORT' OR f.has_four_facts) AS is_answer
    FROM (
      SELECT x.*, x.answer->>'examined_date' <> '' AND x.answer->>'institution' <> ''
        AND x.answer->>'method' <> '' AND x.answer->>'result_code' <> '' AS has_four_facts
      FROM followup_act x WHERE x.result_id = r.result_id
      AND NOT EXISTS (SELECT FROM followup_act v WHERE v.revokes = x.act_id)
    ) f
  ) s
) a
LEFT JOIN followup_closing c ON c.fiscal_year = r.fiscal_year
WHERE r.source = 'OWN' AND r.withdrawn_at IS NULL AND r.stage IN ('1', '3') AND {needs_detail("r")} AND ({where})
"""  # noqa: S608 — codes of the layouts and conditions of ours
