"""Reads of eligibility, for screens, letters and reports.

A person's own page is computed at once from the records (`assess_person`). Lists and counts of a fiscal year read the
computed list; `freshness` says as of when it stands and how many people have changed since.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from tasuki.eligibility import facts
from tasuki.eligibility.catalogue import day_that_counts, rule_book, year_rules
from tasuki.eligibility.computing import ProgrammeDecider, count
from tasuki.eligibility.errors import NoSuchResident
from tasuki.eligibility.history import COUNTED_STAGES, marks_of
from tasuki.eligibility.options import default_options, read_options
from tasuki.eligibility.rules import assess
from tasuki.eligibility.types import (
    Assessment,
    Exclusion,
    ExclusionKind,
    Freshness,
    Options,
    OptionsVersion,
    PersonFacts,
    Reason,
    ReasonCount,
    Run,
    Status,
    Taken,
    YearRules,
)
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import Row, rows
from tasuki.screening import queries as screening

_VERSIONS = "SELECT id AS version, from_fiscal_year, content, recorded_at, recorded_by, reason FROM eligibility_options"
_EXCLUSIONS = """
SELECT id AS exclusion_id, system_person_number, programme, kind, valid_from, least(valid_to, ended_date) AS valid_to,
  note, recorded_at, recorded_by, ended_at, ended_by, ended_reason
FROM eligibility_exclusion WHERE system_person_number = %s ORDER BY ended_at IS NOT NULL, programme, valid_from, id
"""
# People whose standing a date changes without anybody touching a record: they leave, die, or an exclusion begins or
# ends between the day the list stands for and today.
REACHED = """
SELECT system_person_number FROM screening_resident
  WHERE (moved_out_date > %(before)s AND moved_out_date <= %(on)s) OR (died_date > %(before)s AND died_date <= %(on)s)
UNION SELECT system_person_number FROM eligibility_exclusion
  WHERE (valid_from > %(before)s AND valid_from <= %(on)s) OR (valid_to > %(before)s AND valid_to <= %(on)s)
  OR (ended_date > %(before)s AND ended_date <= %(on)s)
"""


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
    taken: dict[Programme, list[Taken]] = {}
    for one in screening.results_of(system_person_number):
        record = one.record
        if record.stage in COUNTED_STAGES:
            marks = marks_of(record.programme, record.items)
            taken.setdefault(record.programme, []).append(
                Taken(record.fiscal_year, one.source, one.source_institution, marks)
            )
    known = PersonFacts(person.birth_date, person.sex, person.moved_out_date, person.died_date)
    return assess(known, taken, exclusions_of(system_person_number), rules_for(fiscal_year, on), on)


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
    (changed,) = rows(
        f"SELECT count(*) AS people FROM (SELECT system_person_number FROM eligibility_change UNION {REACHED}) AS c",
        _days(found.current_on, day_that_counts(fiscal_year, on)),
    )
    return Freshness(
        run=found,
        changed_people=changed["people"],
        options_changed=found.options_version != options_for(fiscal_year).version,
        rules_changed=found.rules_digest != rules_digest(fiscal_year, on),
    )


def rules_digest(fiscal_year: int, on: dt.date) -> str:
    """Name the rules a list is computed by: the file, and which of its rules are in force on the day that counts."""
    counted = day_that_counts(fiscal_year, on)
    in_force = "".join("1" if rule.is_in_force(counted) else "0" for rule in rule_book().rules)
    return f"{rule_book().digest}:{in_force}"


def counts(fiscal_year: int) -> list[ReasonCount]:
    """Count a year's list by programme, status and reason; the most frequent reason first."""
    found = rows(
        "SELECT programme, status, reason, count(*) AS people FROM eligibility_assessment WHERE fiscal_year = %s"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3",
        [fiscal_year],
    )
    return [
        ReasonCount(Programme(row["programme"]), Status(row["status"]), Reason(row["reason"]), row["people"])
        for row in found
    ]


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


def _days(before: dt.date, on: dt.date) -> Any:
    # Named parameters, which the driver takes though the helper's signature speaks of a sequence.
    return {"before": before, "on": on}


__all__: Sequence[str] = (
    "assess_person",
    "computed_years",
    "counts",
    "effect_of",
    "exclusions_of",
    "freshness",
    "options_for",
    "options_history",
    "rules_digest",
    "rules_for",
    "run",
)
