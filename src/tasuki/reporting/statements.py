"""The statements that freeze and count a year, built from the data of layouts and methods."""

from functools import cache
from typing import Final

from tasuki.eligibility.types import Reason
from tasuki.followup.statements import cases, needs_detail
from tasuki.layouts.outcomes import Finding, detailed_item, incident_items
from tasuki.layouts.types import Programme
from tasuki.reporting.catalogue import methods
from tasuki.reporting.types import Column, Dimension

#: Reasons for which a programme is not for a person at all; whoever has another one counts among its people.
NOT_ITS_PEOPLE: Final = (
    Reason.TOO_YOUNG, Reason.TOO_OLD, Reason.OTHER_SEX, Reason.NOT_OFFERED, Reason.NOT_RESIDENT, Reason.NOT_MILESTONE,
    Reason.PAST_MILESTONES,
)  # fmt: skip

#: The condition under which a line counts in a column.
CONDITIONS: Final = {
    Column.EXAMINED: "TRUE",
    Column.RETURNING: "NOT l.is_first",
    Column.SECOND_YEAR: "l.is_second_year",
    Column.NEEDS_DETAIL: "l.needs_detail",
    Column.DETAIL_TAKEN: "l.followup IN ('TAKEN', 'UNDER_WAY')",
    # Under way at the closing counts as taken, and as suspected (報告の作成要領).
    Column.FOUND_SUSPECTED: "('suspected' = ANY(l.findings) OR l.followup = 'UNDER_WAY')",
    Column.DETAIL_NOT_TAKEN: "l.followup = 'NOT_TAKEN'",
    Column.DETAIL_UNKNOWN: "l.followup IN ('NEEDED', 'REMINDED', 'UNKNOWN')",
    Column.INCIDENT: "l.is_incident",
    Column.INCIDENT_DEATH: "l.is_death",
    Column.DETAIL_INCIDENT: "l.is_detail_incident",
    Column.DETAIL_INCIDENT_DEATH: "l.is_detail_death",
} | {
    Column[f"FOUND_{finding.name}"]: f"'{finding.value}' = ANY(l.findings)"
    for finding in Finding
    if finding is not Finding.SUSPECTED
}

#: How a line is parted by each dimension.
PARTS: Final = {
    Dimension.PROGRAMME: "l.programme",
    Dimension.METHOD: "l.method",
    Dimension.ENCOUNTER: "l.encounter",
    Dimension.SEX: "l.sex",
    Dimension.AGE_BAND: "CASE WHEN l.age < 20 THEN '-19' WHEN l.age >= 80 THEN '80-'"
    " ELSE (l.age - l.age %% 5) || '-' || (l.age - l.age %% 5 + 4) END",
    Dimension.IS_FIRST: "CASE WHEN l.is_first THEN '1' ELSE '0' END",
    Dimension.FACILITY: "l.facility_number",
}


def _quoted(values: object) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))  # type: ignore[call-overload]  # a collection of texts


@cache
def _method(result: str) -> str:
    tried = []
    for one in methods():
        shown = " OR ".join(f"{result}.items ? '{code}'" for code in one.items)
        tried.append(
            f"WHEN {result}.programme = '{one.programme}'{f' AND ({shown})' if shown else ''} THEN '{one.code}'"
        )
    return f"CASE {' '.join(tried)} END"


@cache
def _findings(programme: str, code: str) -> str:
    """Return the SQL array of what a detailed result's code means, by the programme it is of."""
    parts = [
        f"CASE WHEN {programme} = '{one}' AND {code} IN ({_quoted(codes)}) THEN '{finding}' END"
        for one in Programme
        for finding, codes in detailed_item(one).codes.items()
    ]
    return f"array_remove(ARRAY[{', '.join(parts)}]::text[], NULL)"


@cache
def _incident(result: str, stage: str, gravity: str) -> str:
    """Return the SQL condition under which a result tells of an incident; FALSE where no programme has the item."""
    parts = []
    for programme in Programme:
        found = incident_items(programme)
        if found is not None:
            item = found.primary if stage == "primary" else found.detailed
            codes = found.serious if gravity == "serious" else found.death
            parts.append(
                f"({result}.programme = '{programme}' AND {result}.items->>'{item.code}' IN ({_quoted(codes)}))"
            )
    return f"coalesce({' OR '.join(parts)}, FALSE)"


@cache
def freeze_lines() -> str:
    """Return the statement that writes the lines of a snapshot; its parameters are named.

    The age is that on the last day of the fiscal year in law, which is the age by birthday on the day after it.
    """
    earlier = (
        "SELECT FROM screening_result e WHERE e.system_person_number = r.system_person_number"
        " AND e.programme = r.programme AND e.withdrawn_at IS NULL AND e.stage IN ('1', '3') AND e.fiscal_year"
    )
    return f"""
INSERT INTO reporting_line (snapshot_id, result_id, system_person_number, programme, method, encounter, sex, age,
  is_first, is_second_year, needs_detail, followup, findings, is_incident, is_death, is_detail_incident,
  is_detail_death, facility_number, facility_name)
WITH followed AS ({cases("r.fiscal_year = %(fiscal_year)s")})
SELECT %(snapshot_id)s, r.result_id, r.system_person_number, r.programme, {_method("r")},
  coalesce(r.encounter_type, ''),
  p.sex, extract(year FROM age(make_date(%(fiscal_year)s + 1, 4, 1), p.birth_date)),
  NOT EXISTS ({earlier} BETWEEN r.fiscal_year - 3 AND r.fiscal_year - 1),
  EXISTS ({earlier} = r.fiscal_year - 1),
  {needs_detail("r")}, coalesce(f.state, ''), {_findings("r.programme", "f.finding_code")},
  {_incident("r", "primary", "serious")}, {_incident("r", "primary", "death")},
  d.result_id IS NOT NULL AND {_incident("d", "detailed", "serious")},
  d.result_id IS NOT NULL AND {_incident("d", "detailed", "death")},
  coalesce(r.facility_number, ''), coalesce(r.facility_name, '')
FROM screening_result r
JOIN screening_resident p USING (system_person_number)
LEFT JOIN followed f ON f.result_id = r.result_id
LEFT JOIN screening_result d ON d.result_id = f.detailed_id
WHERE r.fiscal_year = %(fiscal_year)s AND r.source = 'OWN' AND r.withdrawn_at IS NULL AND r.stage IN ('1', '3')
"""  # noqa: S608 — codes of layouts and conditions of ours


FREEZE_POPULATION: Final = f"""
INSERT INTO reporting_population (snapshot_id, programme, sex, age, people, examined_last_year)
SELECT %(snapshot_id)s, programme, sex, age, sum(people), sum(examined_last_year) FROM (
  SELECT a.programme, p.sex, a.age, 1 AS people, 0 AS examined_last_year
  FROM eligibility_assessment a JOIN screening_resident p USING (system_person_number)
  WHERE a.fiscal_year = %(fiscal_year)s AND a.reason NOT IN ({_quoted(NOT_ITS_PEOPLE)})
  UNION ALL
  SELECT r.programme, p.sex, extract(year FROM age(make_date(%(fiscal_year)s + 1, 4, 1), p.birth_date))::smallint, 0, 1
  FROM screening_result r JOIN screening_resident p USING (system_person_number)
  WHERE r.fiscal_year = %(fiscal_year)s - 1 AND r.source = 'OWN' AND r.withdrawn_at IS NULL AND r.stage IN ('1', '3')
) counted GROUP BY programme, sex, age
"""  # noqa: S608 — reasons of ours

DIGEST: Final = """
SELECT count(*) AS lines,
  encode(sha256(coalesce(string_agg(l::text, E'\\n' ORDER BY l.result_id), '')::bytea), 'hex') AS digest
FROM reporting_line l WHERE snapshot_id = %s
"""
