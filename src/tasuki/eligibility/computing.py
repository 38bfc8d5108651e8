"""The decisions for everybody: each different case is decided once, and most people are a case seen before."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tasuki.eligibility.facts import NOTHING, Known, Page
from tasuki.eligibility.history import SOURCES
from tasuki.eligibility.rules import age_on, decide
from tasuki.eligibility.types import Decision, ExclusionKind, History, Mark, Reason, Status, Taken, YearRules
from tasuki.layouts.types import Programme

NULL: Final = "\\N"
Case = tuple[str, int, Known, ExclusionKind | None]


class ProgrammeDecider:
    """Decides one programme of one year, and remembers each case: sex, age, what was taken, exclusion."""

    def __init__(self, year: YearRules) -> None:
        self.year = year
        self._decisions: dict[Case, Decision] = {}
        self._ends: dict[Case, str] = {}
        self._ages: dict[dt.date, int] = {}

    def age(self, born: dt.date) -> int:
        """Give the age of everybody born on a day."""
        found = self._ages.get(born)
        if found is None:
            found = self._ages[born] = age_on(born, self.year.reference_day)
        return found

    def decision(self, case: Case) -> Decision:
        """Decide a case."""
        found = self._decisions.get(case)
        if found is None:
            sex, age, (this, last), excluded = case
            found = decide(self.year, sex, age, History(_taken(this), _taken(last)), excluded)
            self._decisions[case] = found
        return found

    def line_end(self, case: Case) -> str:
        """Write what a line says behind the person's number, as COPY's text format wants it."""
        found = self._ends.get(case)
        if found is None:
            decision = self.decision(case)
            this, last = case[2]
            counted = this or last
            found = self._ends[case] = "\t".join(
                (
                    decision.status,
                    decision.reason,
                    str(case[1]),
                    NULL if counted is None else str(counted[0]),
                    NULL if counted is None else SOURCES[counted[1]].value,
                    NULL if decision.next_year is None else str(decision.next_year),
                    ",".join(rule.id for rule in decision.methods),
                )
            )
        return found


def deciders(years: Mapping[Programme, YearRules]) -> tuple[ProgrammeDecider, ...]:
    """Return a decider for each programme."""
    return tuple(ProgrammeDecider(year) for year in years.values())


def lines(page: Page, deciding: Sequence[ProgrammeDecider]) -> Iterator[str]:
    """Yield one line for each person and programme, in the order of the columns of the list."""
    for decider in deciding:
        programme = decider.year.programme.value
        start = f"{decider.year.fiscal_year}\t{programme}\t"
        for number, case in _cases(page, decider, programme):
            yield f"{start}{number}\t{decider.line_end(case)}\n"


def count(page: Page, decider: ProgrammeDecider) -> Counter[tuple[Status, Reason]]:
    """Count a page's people by what a programme comes to."""
    programme = decider.year.programme.value
    by_case = Counter(case for _, case in _cases(page, decider, programme))
    counted: Counter[tuple[Status, Reason]] = Counter()
    for case, people in by_case.items():
        decision = decider.decision(case)
        counted[decision.status, decision.reason] += people
    return counted


def _cases(page: Page, decider: ProgrammeDecider, programme: str) -> Iterator[tuple[str, Case]]:
    known, excluded = page.known.get, page.excluded.get
    for number, born, sex in page.residents:
        key = (number, programme)
        yield number, (sex, decider.age(born), known(key, NOTHING), excluded(key))


def _taken(found: tuple[int, int, int] | None) -> Taken | None:
    if found is None:
        return None
    fiscal_year, rank, marks = found
    return Taken(fiscal_year, SOURCES[rank], "", Mark(marks))
