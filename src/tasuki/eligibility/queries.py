"""Reads of eligibility, for screens, letters and reports.

A person's own page is computed at once from the records (`assess_person`). Lists and counts of a fiscal year read the
computed list; `freshness` says as of when it stands and how many people have changed since.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import orjson

from tasuki.eligibility import facts
from tasuki.eligibility.catalogue import day_that_counts, rule_book, year_rules
from tasuki.eligibility.computing import ProgrammeDecider, count
from tasuki.eligibility.errors import NoSuchResident
from tasuki.eligibility.history import COUNTED_STAGES, marks_of
from tasuki.eligibility.options import default_options, read_options
from tasuki.eligibility.rules import age_on, assess, may_be_judged, objections
from tasuki.eligibility.types import (
    Area,
    Assessment,
    DueFilter,
    DueOrder,
    DuePage,
    Exclusion,
    ExclusionKind,
    Freshness,
    Options,
    OptionsVersion,
    Past,
    PersonFacts,
    Reason,
    ReasonCount,
    Run,
    Status,
    StoredAssessment,
    Taken,
    YearRules,
)
from tasuki.layouts.types import Programme, ScreeningRecord
from tasuki.nodes.sql import Row, rows
from tasuki.screening import queries as screening
from tasuki.screening.sight import in_sight
from tasuki.screening.types import Objection, Source, StoredResult

_VERSIONS = "SELECT id AS version, from_fiscal_year, content, recorded_at, recorded_by, reason FROM eligibility_options"
_LISTED = "eligibility_assessment a JOIN screening_resident r USING (system_person_number)"
_LINE = (
    "a.system_person_number, a.programme, a.status, a.reason, a.age, a.last_year, a.last_source, a.next_year, a.methods"
)
_ORDERS = {
    DueOrder.READING: "r.folded_kana, r.birth_date",
    DueOrder.OLDEST: "r.birth_date",
    DueOrder.LONGEST_AGO: "a.last_year NULLS FIRST, r.folded_kana",
    DueOrder.AREA: "CASE WHEN r.protected_from IS NULL THEN r.postal_code END NULLS LAST, r.folded_kana",
}
EVERYONE = DueFilter()
#: Nobody who was not screened in this many years before counts as a returning one (国の報告の「初回」).
FIRST_AFTER_YEARS = 3
_NUMBERS = re.compile("[0-9０-９一二三四五六七八九十]+(?:丁目|番|[-－‐ー]|$)")  # noqa: RUF001 — addresses hold both widths
_EXCLUSIONS = """
SELECT id AS exclusion_id, system_person_number, programme, kind, valid_from, least(valid_to, ended_date) AS valid_to,
  note, recorded_at, recorded_by, ended_at, ended_by, ended_reason
FROM eligibility_exclusion WHERE system_person_number = %s ORDER BY ended_at IS NOT NULL, programme, valid_from, id
"""
# People whose standing a date changes without anybody touching a record: they leave, die, or an exclusion begins or
# ends between the day the list stands for and today.
_REACHED = """
SELECT system_person_number AS number FROM screening_resident
  WHERE (moved_out_date > %s AND moved_out_date <= %s) OR (died_date > %s AND died_date <= %s)
UNION SELECT system_person_number FROM eligibility_exclusion
  WHERE (valid_from > %s AND valid_from <= %s) OR (valid_to > %s AND valid_to <= %s)
  OR (ended_date > %s AND ended_date <= %s)
"""
_BEHIND = f"""
SELECT count(*) AS people FROM (SELECT unnest(system_person_numbers) FROM eligibility_change UNION {_REACHED}) AS c
"""  # noqa: S608 — our own text


def options_for(fiscal_year: int) -> OptionsVersion:
    """Return the town's options for a fiscal year; the defaults where nobody has set any."""
    found = rows(
        f"{_VERSIONS} WHERE from_fiscal_year <= %s ORDER BY from_fiscal_year DESC, id DESC LIMIT 1", [fiscal_year]
    )
    if not found:
        return OptionsVersion(0, 0, default_options(), None, "", "")
    return _version(found[0])


def options_history() -> list[OptionsVersion]:
    """Return every version of the town's options, newest first."""
    return [_version(row) for row in rows(f"{_VERSIONS} ORDER BY id DESC")]


def rules_for(fiscal_year: int, on: dt.date) -> Mapping[Programme, YearRules]:
    """Return the rules of every programme for a fiscal year, with the town's options worked in."""
    return year_rules(rule_book(), options_for(fiscal_year).options, fiscal_year, on)


def assess_person(system_person_number: str, fiscal_year: int, on: dt.date) -> dict[Programme, Assessment]:
    """Say of every programme whether a person is due in a fiscal year and why, from the records as they stand.

    :raises NoSuchResident: when the number is nobody's.
    """
    person = screening.person(system_person_number)
    if person is None:
        raise NoSuchResident(NoSuchResident.__doc__)
    taken = _taken(screening.results_of(system_person_number))
    known = PersonFacts(person.birth_date, person.sex, person.moved_out_date, person.died_date)
    return assess(known, taken, exclusions_of(system_person_number), rules_for(fiscal_year, on), on)


def objections_to(
    system_person_number: str, record: ScreeningRecord, on: dt.date, *, replacing: UUID | None = None
) -> frozenset[Objection]:
    """Say what the rules of a programme have against a screening of a person: age, sex, or the interval.

    Other screenings of the same year are left aside: that something was screened twice is said by a rule of its own.
    So is residence, and so are exclusions, which say that somebody need not come and not that they may not.

    :param replacing: the stored result that is being corrected; it speaks against nothing.
    :raises NoSuchResident: when the number is nobody's.
    """
    if record.stage not in COUNTED_STAGES or not may_be_judged(record.fiscal_year):
        return frozenset()
    person = screening.person(system_person_number)
    if person is None:
        raise NoSuchResident(NoSuchResident.__doc__)
    earlier = [
        one
        for one in screening.results_of(system_person_number)
        if one.result_id != replacing and one.record.fiscal_year < record.fiscal_year
    ]
    year = rules_for(record.fiscal_year, on)[record.programme]
    age = age_on(person.birth_date, year.reference_day)
    return objections(year, person.sex, age, _taken(earlier).get(record.programme, ()))


def _taken(results: Iterable[StoredResult]) -> dict[Programme, list[Taken]]:
    """Return what counts of a person's results, by programme."""
    taken: dict[Programme, list[Taken]] = {}
    for one in results:
        record = one.record
        if record.stage in COUNTED_STAGES:
            marks = marks_of(record.programme, record.items)
            taken.setdefault(record.programme, []).append(
                Taken(record.fiscal_year, one.source, one.source_institution, marks)
            )
    return taken


def exclusions_of(system_person_number: str) -> list[Exclusion]:
    """Return a person's exclusions, those still open first; `valid_to` is the day they end or ended."""
    return [
        Exclusion(**row | {"programme": Programme(row["programme"]), "kind": ExclusionKind(row["kind"])})
        for row in rows(_EXCLUSIONS, [system_person_number])
    ]


def run(fiscal_year: int) -> Run | None:
    """Return the computation a year's list stands on, or None where the year was never computed."""
    found = rows(
        "SELECT fiscal_year, computed_at, computed_by, refreshed_at, current_on, options_version, rules_digest, people"
        " FROM eligibility_run WHERE fiscal_year = %s",
        [fiscal_year],
    )
    return Run(**found[0]) if found else None


def computed_years() -> list[int]:
    """Return the fiscal years that have a list, newest first."""
    return [row["fiscal_year"] for row in rows("SELECT fiscal_year FROM eligibility_run ORDER BY 1 DESC")]


def freshness(fiscal_year: int, on: dt.date) -> Freshness | None:
    """Say whether a year's list still says what the records say; None where the year was never computed."""
    found = run(fiscal_year)
    if found is None:
        return None
    (changed,) = rows(_BEHIND, [found.current_on, day_that_counts(fiscal_year, on)] * 5)
    return Freshness(
        run=found,
        changed_people=changed["people"],
        options_changed=found.options_version != options_for(fiscal_year).version,
        rules_changed=found.rules_digest != rules_digest(fiscal_year, on),
    )


def is_any_list_behind(on: dt.date) -> bool:
    """Say quickly whether somebody changed, or a day passed, since the lists were brought up to date."""
    (found,) = rows("SELECT EXISTS (SELECT FROM eligibility_change) AS changed")
    runs = rows("SELECT fiscal_year, current_on FROM eligibility_run")
    return found["changed"] or any(row["current_on"] < day_that_counts(row["fiscal_year"], on) for row in runs)


def rules_digest(fiscal_year: int, on: dt.date) -> str:
    """Name the rules a list is computed by: the file, and which of its rules are in force on the day that counts."""
    counted = day_that_counts(fiscal_year, on)
    in_force = "".join("1" if rule.is_in_force(counted) else "0" for rule in rule_book().rules)
    return f"{rule_book().digest}:{in_force}"


def counts(fiscal_year: int) -> list[ReasonCount]:
    """Count a year's list by programme, status and reason; the most frequent reason first."""
    found = rows(
        "SELECT programme, status, reason, count(*) AS people FROM eligibility_assessment WHERE fiscal_year = %s"  # noqa: S608 — a condition of ours
        f" AND {in_sight('system_person_number')} GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3",
        [fiscal_year],
    )
    return [
        ReasonCount(Programme(row["programme"]), Status(row["status"]), Reason(row["reason"]), row["people"])
        for row in found
    ]


def due_list(
    programme: Programme,
    fiscal_year: int,
    *,
    wanted: DueFilter = EVERYONE,
    order: DueOrder = DueOrder.READING,
    limit: int = 50,
    offset: int = 0,
) -> DuePage:
    """Return one page of a year's list of a programme.

    A filter by area leaves protected people (支援措置) out: that they are in its list would tell where they live.
    """
    condition, params = _condition(programme, fiscal_year, wanted)
    [total] = rows(f"SELECT count(*) AS people FROM {_LISTED} WHERE {condition}", params)  # noqa: S608 — names of ours
    found = rows(
        f"SELECT {_LINE} FROM {_LISTED} WHERE {condition} ORDER BY {_ORDERS[order]}, a.system_person_number"  # noqa: S608 — as above
        " LIMIT %s OFFSET %s",
        [*params, limit, offset],
    )
    return DuePage(total["people"], tuple(_line(row) for row in found))


def due_numbers(programme: Programme, fiscal_year: int, *, wanted: DueFilter = EVERYONE) -> list[str]:
    """Return the 宛名番号 of everybody on a year's list of a programme, in order of number: for letters and coupons."""
    condition, params = _condition(programme, fiscal_year, wanted)
    found = rows(
        f"SELECT a.system_person_number AS number FROM {_LISTED} WHERE {condition} ORDER BY 1",  # noqa: S608 — as above
        params,
    )
    return [row["number"] for row in found]


def stored_of(system_person_number: str, fiscal_year: int) -> dict[Programme, StoredAssessment]:
    """Return a person's lines of a year's computed list; none for whoever is no resident, or in no computed year."""
    found = rows(
        f"SELECT {_LINE} FROM eligibility_assessment a WHERE fiscal_year = %s AND programme = ANY(%s)"  # noqa: S608 — as above
        " AND system_person_number = %s",
        [fiscal_year, [one.value for one in Programme], system_person_number],
    )
    return {Programme(row["programme"]): _line(row) for row in found}


def areas() -> list[Area]:
    """Return the areas residents live in: their postal codes, each with an address it stands for up to the numbers."""
    found = rows(
        "SELECT postal_code, min(address) AS example FROM screening_resident WHERE postal_code <> ''"
        " AND moved_out_date IS NULL AND died_date IS NULL AND protected_from IS NULL GROUP BY 1 ORDER BY 1"
    )
    return [Area(row["postal_code"], _NUMBERS.split(row["example"], maxsplit=1)[0]) for row in found]


def _condition(programme: Programme, fiscal_year: int, wanted: DueFilter) -> tuple[str, list[object]]:
    conditions = ["a.fiscal_year = %s", "a.programme = %s", "a.status = %s", in_sight("a.system_person_number")]
    params: list[object] = [fiscal_year, programme.value, wanted.status.value]
    asked: tuple[tuple[str, object], ...] = (
        ("a.reason = %s", wanted.reason and wanted.reason.value),
        ("a.age >= %s", wanted.age_from),
        ("a.age <= %s", wanted.age_to),
        ("r.sex = %s", wanted.sex or None),
        ("r.protected_from IS NULL AND r.postal_code = %s", wanted.postal_code or None),
    )
    for condition, value in asked:
        if value is not None:
            conditions.append(condition)
            params.append(value)
    match wanted.past:
        case Past.NEVER:
            conditions.append("a.last_year IS NULL")
        case Past.FIRST_IN_YEARS:
            conditions.append("(a.last_year IS NULL OR a.last_year < %s)")
            params.append(fiscal_year - FIRST_AFTER_YEARS)
        case Past.BEFORE:
            conditions.append("a.last_year IS NOT NULL")
    return " AND ".join(conditions), params


def _line(row: Row) -> StoredAssessment:
    return StoredAssessment(
        system_person_number=row["system_person_number"],
        programme=Programme(row["programme"]),
        status=Status(row["status"]),
        reason=Reason(row["reason"]),
        age=row["age"],
        last_year=row["last_year"],
        last_source=None if row["last_source"] is None else Source(row["last_source"]),
        next_year=row["next_year"],
        methods=tuple(row["methods"].split(",")) if row["methods"] else (),
    )


def effect_of(
    proposed: Options, fiscal_year: int, on: dt.date
) -> dict[Programme, tuple[Counter[tuple[Status, Reason]], Counter[tuple[Status, Reason]]]]:
    """Count everybody before and after a change of options, for the programmes that it changes. Writes nothing."""
    book, counted = rule_book(), day_that_counts(fiscal_year, on)
    now = year_rules(book, options_for(fiscal_year).options, fiscal_year, on)
    then = year_rules(book, proposed, fiscal_year, on)
    pairs = {
        programme: (ProgrammeDecider(now[programme]), ProgrammeDecider(then[programme]))
        for programme in Programme
        if now[programme] != then[programme]
    }
    effect: dict[Programme, tuple[Counter[tuple[Status, Reason]], Counter[tuple[Status, Reason]]]] = {
        programme: (Counter(), Counter()) for programme in pairs
    }
    if not pairs:
        return effect
    for page in facts.everybody(fiscal_year, counted):
        for programme, deciding in pairs.items():
            for side in (0, 1):
                effect[programme][side].update(count(page, deciding[side]))
    return effect


def _version(row: Row) -> OptionsVersion:
    content: Any = row["content"]
    loaded = orjson.loads(content) if isinstance(content, str) else content
    return OptionsVersion(
        version=row["version"],
        from_fiscal_year=row["from_fiscal_year"],
        options=read_options(loaded),
        recorded_at=row["recorded_at"],
        recorded_by=row["recorded_by"],
        reason=row["reason"],
    )


def reached_by_dates(before: dt.date, on: dt.date) -> list[str]:
    """Return whose standing changes by a date alone, after one day up to another."""
    return [row["number"] for row in rows(_REACHED, [before, on] * 5)]
