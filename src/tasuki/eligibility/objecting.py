"""What the rules have against the screenings of a whole file: `queries.objections_to`, for many people at once."""

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from tasuki.eligibility.history import COUNTED_STAGES, marks_in_sql, marks_of
from tasuki.eligibility.queries import rules_for
from tasuki.eligibility.rules import age_steps, may_be_judged, objections
from tasuki.eligibility.types import Mark, Taken, YearRules
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import text_array
from tasuki.screening.objecting import InFile, Judge
from tasuki.screening.types import Objection, Source

#: What is stored of a screening: its fiscal year, its source, the institution it came from, its marks.
_Row = tuple[int, str, str, int]
_STAGES: Final = ", ".join(f"'{stage}'" for stage in COUNTED_STAGES)
_TAKEN: Final = f"""
SELECT system_person_number, fiscal_year, source, source_institution, {marks_in_sql()} AS marks FROM screening_result
WHERE system_person_number = ANY((SELECT %s)::text[]) AND programme = %s AND withdrawn_at IS NULL
  AND stage IN ({_STAGES})
"""  # noqa: S608 — columns and codes of our own


@dataclass(frozen=True, slots=True)
class _Year:
    """The rules of a programme for a year, and what they were found to have against whom.

    `day_after` is the day after their reference day, `births` the last days to be born on for each of the ages from
    which other rules hold. Somebody's case is their sex, how many of these days they were born after, and what they
    took before.
    """

    rules: YearRules
    day_after: str
    births: Sequence[str]
    cases: dict[tuple[str, int, tuple[_Row, ...]], frozenset[Objection]] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: YearRules) -> "_Year":
        """Work out the days that matter."""
        day_after = (rules.reference_day + dt.timedelta(days=1)).isoformat()
        year, rest = int(day_after[:4]), day_after[4:]
        return cls(rules, day_after, sorted(f"{year - age:04d}{rest}" for age in age_steps(rules)))


class Objections:
    """Objects for one import, whose years' rules it reads once."""

    def __init__(self, on: dt.date) -> None:
        """Take the day as of which rules are read."""
        self._on = on
        self._years: dict[tuple[Programme, int], _Year] = {}

    def __call__(self, programme: Programme, people: Collection[str], years: Collection[int]) -> Judge:
        """Look up what some people took of a programme, and give who judges their screenings.

        Other screenings of the same year are left aside, as are residence and exclusions: see `objections_to`.
        """
        taken = _taken(programme, people) if people else {}
        for year in years:
            if may_be_judged(year) and (programme, year) not in self._years:
                for one, rules in rules_for(year, self._on).items():
                    self._years[one, year] = _Year.of(rules)

        own_years = {year: known for (of, year), known in self._years.items() if of == programme}

        def judge(
            person: str, sex: str, born: str, fiscal_year: int, in_file: Sequence[InFile]
        ) -> frozenset[Objection]:
            known = own_years.get(fiscal_year)
            if known is None:
                return frozenset()
            earlier = taken.get(person, ())
            if in_file:
                said = ((year, Source.OWN.value, "", int(marks_of(programme, items))) for year, items in in_file)
                earlier = (*earlier, *said)
            # One answer for everybody of a sex, of ages the rules treat alike, who took the same: few cases for a year.
            case = (sex, bisect_left(known.births, born), earlier)
            found = known.cases.get(case)
            if found is None:
                before = [_as_taken(one) for one in earlier if one[0] < fiscal_year]
                age = age_before(born, known.day_after)
                found = known.cases[case] = objections(known.rules, sex, age, before)
            return found

        return judge


def age_before(born: str, day_after: str) -> int:
    """Give `age_on` the day before a day, for ISO text."""
    age = int(day_after[:4]) - int(born[:4]) - (day_after[5:] < born[5:])
    return age if age > 0 else 0


def _as_taken(row: _Row) -> Taken:
    year, source, institution, marks = row
    return Taken(year, Source(source), institution, Mark(marks))


def _taken(programme: Programme, people: Collection[str]) -> Mapping[str, tuple[_Row, ...]]:
    """Return what some people took of a programme, whoever gave it."""
    found: dict[str, tuple[_Row, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [text_array(people), programme])
        for number, *row in cursor.fetchall():
            found[number] = (*found.get(number, ()), tuple(row))
    return found
