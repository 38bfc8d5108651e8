"""What the rules have against the screenings of a whole file: `queries.objections_to`, for many people at once."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from django.db import connection

from tasuki.eligibility.history import COUNTED_STAGES, marks_in_sql, marks_of
from tasuki.eligibility.queries import rules_for
from tasuki.eligibility.rules import may_be_judged, objections
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
    """Objects for one import. Most people are a case seen before, so each case is decided once."""

    def __init__(self, on: dt.date) -> None:
        """Take the day as of which rules are read."""
        self._on = on
        self._years: dict[tuple[Programme, int], YearRules] = {}
        self._firsts: dict[tuple[Programme, int, str, str], frozenset[Objection]] = {}

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
            if person in taken or in_file:
                said = (Taken(year, Source.OWN, "", marks_of(programme, items)) for year, items in in_file)
                earlier = [one for one in (*taken.get(person, ()), *said) if one.fiscal_year < fiscal_year]
                return self._decided(programme, sex, born, fiscal_year, earlier)
            case = (programme, fiscal_year, sex, born)
            found = self._firsts.get(case)
            if found is None:
                found = self._firsts[case] = self._decided(programme, sex, born, fiscal_year, ())
            return found

        return judge

    def _decided(
        self, programme: Programme, sex: str, born: str, fiscal_year: int, earlier: Sequence[Taken]
    ) -> frozenset[Objection]:
        year = self._years.get((programme, fiscal_year))
        if year is None:
            return frozenset()
        return objections(year, sex, dt.date.fromisoformat(born), earlier)


def _taken(programme: Programme, people: Collection[str]) -> Mapping[str, Sequence[Taken]]:
    """Return what some people took of a programme, whoever gave it."""
    found: dict[str, list[Taken]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [list(people), programme])
        for number, year, source, institution, marks in cursor.fetchall():
            found.setdefault(number, []).append(Taken(year, Source(source), institution, Mark(marks)))
    return found
