"""What a past screening was, read from its items: once in Python for one person, once in SQL for everybody.

Both come from the same codes of the layouts, and a test holds them against each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from tasuki.eligibility.types import History, Mark, Taken
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme, Stage
from tasuki.screening.types import Source

#: Whose record is named where several gave one in the same year: ours first.
SOURCES: Final = (Source.OWN, Source.OTHER_MUNICIPALITY, Source.WORKPLACE)
#: A detailed examination alone is no screening: its primary one counts.
COUNTED_STAGES: Final = (Stage.PRIMARY, Stage.BOTH)


@dataclass(frozen=True, slots=True)
class _Codes:
    endoscopy: tuple[str, ...]
    hpv: str
    need: str


@cache
def _codes() -> _Codes:
    layouts = catalogue()
    return _Codes(
        endoscopy=tuple(
            layouts.item_named(Programme.STOMACH, name).code for name in ("endoscopy_judgement", "endoscopy_findings")
        ),
        hpv=layouts.item_named(Programme.CERVIX, "hpv_test_judgement").code,
        need=layouts.item_named(Programme.CERVIX, "detailed_examination_need").code,
    )


def marks_of(programme: Programme, items: Mapping[str, str]) -> Mark:
    """Return what a record's items say about the next screening.

    A positive HPV test whose triage needs no detailed examination leads to a test in the next year; one that needs
    it, or of whose triage nothing certain is known, leads to the detailed examination.
    """
    codes = _codes()
    if programme is Programme.STOMACH:
        return Mark.ENDOSCOPY if any(code in items for code in codes.endoscopy) else Mark.NONE
    if programme is not Programme.CERVIX or codes.hpv not in items:
        return Mark.NONE
    match items[codes.hpv]:
        case "1":
            return Mark.HPV
        case "2":
            positive = Mark.HPV | Mark.HPV_POSITIVE
            return positive if items.get(codes.need) == "1" else positive | Mark.HPV_DETAIL
    return Mark.HPV | Mark.HPV_UNJUDGED


def marks_in_sql() -> str:
    """Return `marks_of` as an expression over the columns of a stored result."""
    codes = _codes()
    endoscopy = ", ".join(f"'{code}'" for code in codes.endoscopy)
    positive, detail = Mark.HPV | Mark.HPV_POSITIVE, Mark.HPV | Mark.HPV_POSITIVE | Mark.HPV_DETAIL
    return f"""
      CASE programme
        WHEN '{Programme.STOMACH}' THEN CASE WHEN items ?| ARRAY[{endoscopy}] THEN {Mark.ENDOSCOPY:d} ELSE 0 END
        WHEN '{Programme.CERVIX}' THEN CASE items ->> '{codes.hpv}'
          WHEN '1' THEN {Mark.HPV:d}
          WHEN '2' THEN CASE items ->> '{codes.need}' WHEN '1' THEN {positive:d} ELSE {detail:d} END
          ELSE CASE WHEN items ? '{codes.hpv}' THEN {Mark.HPV | Mark.HPV_UNJUDGED:d} ELSE 0 END END
        ELSE 0
      END"""  # codes of our own layouts


def history(taken: Sequence[Taken], fiscal_year: int) -> History:
    """Reduce what was taken of one programme to what counts for a fiscal year; later years do not."""
    years = _by_year(one for one in taken if one.fiscal_year <= fiscal_year)
    before = [year for year in years if year < fiscal_year]
    return History(years.get(fiscal_year), years[max(before)] if before else None)


def _by_year(taken: Iterable[Taken]) -> dict[int, Taken]:
    """Merge the records of each year: the nearest source is named, and what any of them says counts."""
    years: dict[int, Taken] = {}
    for one in sorted(taken, key=lambda one: (SOURCES.index(one.source), one.institution)):
        former = years.get(one.fiscal_year)
        if former is None:
            years[one.fiscal_year] = one
        else:
            marks = former.marks | one.marks
            years[one.fiscal_year] = Taken(one.fiscal_year, former.source, former.institution, marks)
    return years
