"""What the rules have against the screenings of a whole file: `queries.objections_to`, for many people at once."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.db import connection

from tasuki.eligibility.history import COUNTED_STAGES, marks_in_sql, marks_of
from tasuki.eligibility.queries import rules_for
from tasuki.eligibility.rules import age_on, may_be_judged, objections
from tasuki.eligibility.types import Mark, Taken, YearRules
from tasuki.layouts.types import Programme
from tasuki.screening.objecting import InFile, Judge
from tasuki.screening.types import Objection, Source

_STAGES: Final = ", ".join(f"'{stage}'" for stage in COUNTED_STAGES)
_TAKEN: Final = f"""
SELECT system_person_number, fiscal_year, source, source_institution, {marks_in_sql()} AS marks FROM screening_result
WHERE system_person_number = ANY(%s) AND programme = %s AND withdrawn_at IS NULL AND stage IN ({_STAGES})
"""  # noqa: S608 — columns and codes of our own


class Objections:
    """Objects for one import, whose years' rules it reads once."""

    def __init__(self, on: dt.date) -> None:
        """Take the day as of which rules are read."""
        self._on = on
        self._years: dict[tuple[Programme, int], YearRules] = {}
        self._cases: dict[tuple[Programme, int, str, int], frozenset[Objection]] = {}

    def __call__(self, programme: Programme, people: Collection[str], years: Collection[int]) -> Judge:
        """Look up what some people took of a programme, and give who judges their screenings.

        Other screenings of the same year are left aside, as are residence and exclusions: see `objections_to`.
        """
        taken = _taken(programme, people) if people else {}
        for year in years:
            if may_be_judged(year) and (programme, year) not in self._years:
                self._years |= {(one, year): rules for one, rules in rules_for(year, self._on).items()}

        def judge(
            person: str, sex: str, born: str, fiscal_year: int, in_file: Sequence[InFile]
        ) -> frozenset[Objection]:
            rules = self._years.get((programme, fiscal_year))
            if rules is None:
                return frozenset()
            age = age_on(dt.date.fromisoformat(born), rules.reference_day)
            if person not in taken and not in_file:
                return self._usual(rules, sex, age)
            said = (Taken(year, Source.OWN, "", marks_of(programme, items)) for year, items in in_file)
            earlier = [one for one in (*taken.get(person, ()), *said) if one.fiscal_year < fiscal_year]
            return objections(rules, sex, age, earlier)

        return judge

    def _usual(self, rules: YearRules, sex: str, age: int) -> frozenset[Objection]:
        """Answer for somebody who was never screened, once for everybody of their sex and age."""
        case = (rules.programme, rules.fiscal_year, sex, age)
        found = self._cases.get(case)
        if found is None:
            found = self._cases[case] = objections(rules, sex, age, ())
        return found


def _taken(programme: Programme, people: Collection[str]) -> Mapping[str, Sequence[Taken]]:
    """Return what some people took of a programme, whoever gave it."""
    found: dict[str, list[Taken]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [list(people), programme])
        for number, year, source, institution, marks in cursor.fetchall():
            found.setdefault(number, []).append(Taken(year, Source(source), institution, Mark(marks)))
    return found
