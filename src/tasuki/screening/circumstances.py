"""What speaks against a record in view of the person, their other screenings and the register of institutions.

Pure: every fact is passed in. What a record says within itself is checked by the layouts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tasuki.layouts.dates import days_meant
from tasuki.layouts.outcomes import Verdict, verdict_of
from tasuki.layouts.types import RecordProblem, ScreeningRecord, Stage
from tasuki.screening.rules import Lifetime, header_item, problems_with_lifetime, rules
from tasuki.screening.types import FacilityRow, Objection

#: Rules that say that the same screening may be stored already.
DUPLICATE_RULES: Final = frozenset({"duplicate_in_year", "duplicate_on_day"})
_NOTHING_TO_FOLLOW: Final = frozenset({Verdict.FINE, Verdict.ADVICE})


@dataclass(frozen=True, slots=True)
class Other:
    """Another standing screening of the same person, whoever gave it."""

    result_id: UUID
    record: ScreeningRecord


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a record is held against. `facility` are the entries of its institution's number, if it names one."""

    life: Lifetime
    others: Sequence[Other] = ()
    facility: Sequence[FacilityRow] = ()
    objections: frozenset[Objection] = frozenset()


def problems_with_circumstances(record: ScreeningRecord, facts: Circumstances) -> list[RecordProblem]:
    """Return everything that speaks against a record beyond what it says itself."""
    found = problems_with_lifetime(record, facts.life)
    found += _with_facility(record, facts.facility)
    found += problems_of_objections(facts.objections)
    same = [other for other in facts.others if other.record.programme is record.programme]
    found += problems_with_duplicates(record, [other.record for other in same])
    if record.stage is Stage.DETAILED:
        found += problems_with_primary(record, [other.record for other in same])
    return found


def problems_of_objections(objections: Iterable[Objection]) -> list[RecordProblem]:
    """Word what the programme's own rule says against a record."""
    return [_problem(_OBJECTIONS[objection], "examined_date") for objection in sorted(objections)]


def problem_of_next_visit() -> RecordProblem:
    """Word that a record breaks the interval of a later one."""
    return _problem("interval_broken_after", "examined_date")


_OBJECTIONS: Final = {
    Objection.AGE: "outside_age_rule",
    Objection.SEX: "outside_sex_rule",
    Objection.INTERVAL: "interval_broken",
}


def duplicates_of(record: ScreeningRecord, others: Iterable[Other]) -> Iterator[tuple[Other, bool]]:
    """Yield the screenings that may be this very one, and whether they were on the same day."""
    for other in others:
        if other.record.programme is record.programme:
            on_the_day, in_the_year = _may_be_same(record, other.record)
            if on_the_day or in_the_year:
                yield other, on_the_day


def _may_be_same(record: ScreeningRecord, other: ScreeningRecord) -> tuple[bool, bool]:
    """Say whether another screening of the programme was on the same day, and whether in the same year."""
    if not _overlap(record.stage, other.stage):
        return False, False
    on_the_day = record.examined_date is not None and record.examined_date == other.examined_date
    return on_the_day, other.fiscal_year == record.fiscal_year


def _overlap(one: Stage, other: Stage) -> bool:
    return one is other or Stage.BOTH in (one, other)


def _problem(rule: str, item: str) -> RecordProblem:
    return rules()[rule].problem(header_item(item))


def problems_with_duplicates(record: ScreeningRecord, others: Iterable[ScreeningRecord]) -> list[RecordProblem]:
    """Return whether other screenings of the programme may be this very one."""
    found = [_may_be_same(record, other) for other in others]
    problems = []
    if any(on_the_day for on_the_day, _ in found):
        problems.append(_problem("duplicate_on_day", "examined_date"))
    if any(in_the_year for _, in_the_year in found):
        problems.append(_problem("duplicate_in_year", "fiscal_year"))
    return problems


def _with_facility(record: ScreeningRecord, entries: Sequence[FacilityRow]) -> list[RecordProblem]:
    if record.facility_number is None:
        return []
    if not entries:
        return [_problem("unknown_facility", "facility_number")]
    days = days_meant(record.examined_date or "")
    if days is not None and not any(_held_within(entry, *days) for entry in entries):
        return [_problem("facility_closed", "facility_number")]
    return []


def _held_within(entry: FacilityRow, first: date, last: date) -> bool:
    return entry.valid_from <= last and (entry.valid_to is None or first < entry.valid_to)


def problems_with_primary(record: ScreeningRecord, others: Iterable[ScreeningRecord]) -> list[RecordProblem]:
    """Hold a detailed examination against the primary of its fiscal year, among other screenings of the programme."""
    primaries = [
        other for other in others if other.stage is not Stage.DETAILED and other.fiscal_year == record.fiscal_year
    ]
    if not primaries:
        return [_problem("detailed_without_primary", "fiscal_year")]
    problems = []
    if all(_before(record.examined_date, primary.examined_date) for primary in primaries):
        problems.append(_problem("detailed_before_primary", "examined_date"))
    if all(verdict_of(primary) in _NOTHING_TO_FOLLOW for primary in primaries):
        problems.append(_problem("detailed_not_needed", "fiscal_year"))
    return problems


def _before(one: str | None, other: str | None) -> bool:
    """Say whether a date lies before another for certain, however little is known of them."""
    mine, theirs = days_meant(one or ""), days_meant(other or "")
    return mine is not None and theirs is not None and mine[1] < theirs[0]
