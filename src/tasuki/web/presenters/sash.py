"""The sash (検診の襷): every screening of a person in one grid, whoever gave it."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasuki.layouts.outcomes import Verdict
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme
from tasuki.shared.dates import era_year, fiscal_year_of
from tasuki.web.presenters.programmes import ProgrammeView, programme_view

YEARS_AT_LEAST = 6
YEARS_AT_MOST = 10

_WORDS: Mapping[Verdict, tuple[str, Promise | str, Promise]] = {
    Verdict.FINE: ("fine", "✓", _("精密検査不要")),
    Verdict.ADVICE: ("advice", _("要指導"), _("要指導")),
    Verdict.DETAIL_NEEDED: ("detail", _("要精検"), _("要精密検査")),
    Verdict.DETAIL_DONE: ("done", _("精検済"), _("精密検査を受けた")),
    Verdict.UNJUDGED: ("unjudged", _("判定不能"), _("判定不能")),
    Verdict.TAKEN: ("taken", _("受診"), _("受診した")),
}


@dataclass(frozen=True, slots=True)
class Leg:
    """One screening as the sash needs it. `giver` names another municipality, and is empty for our own."""

    programme: Programme
    fiscal_year: int
    verdict: Verdict
    address: str
    giver: str = ""
    is_workplace: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One screening in a cell: a short word to see, a full sentence to hear."""

    style: str
    word: Promise | str
    meaning: Promise
    address: str
    giver: str
    is_workplace: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What happened in one year of one programme."""

    marks: tuple[Mark, ...]
    is_handed_on: bool
    is_moved_in: bool
    is_due: bool = False


@dataclass(frozen=True, slots=True)
class Year:
    """One column."""

    fiscal_year: int
    era: str
    is_now: bool
    moved_in: dt.date | None


@dataclass(frozen=True, slots=True)
class Row:
    """One programme."""

    programme: ProgrammeView
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sash:
    """The whole grid. `givers` names the municipalities whose records are hatched."""

    years: tuple[Year, ...]
    rows: tuple[Row, ...]
    givers: tuple[str, ...]
    earlier: int
    has_workplace: bool
    has_due: bool = False

    @property
    def is_empty(self) -> bool:
        return self.earlier == 0 and not any(cell.marks for row in self.rows for cell in row.cells)


def sash(
    legs: Sequence[Leg],
    *,
    moved_in: dt.date | None,
    on: dt.date,
    language: Language,
    due: Collection[Programme] = (),
) -> Sash:
    """Lay a person's screenings out, with the red line in the fiscal year in which they moved in.

    :param due: the programmes the person is due for in this fiscal year.
    """
    now = fiscal_year_of(on)
    oldest = min((leg.fiscal_year for leg in legs), default=now)
    first = max(now - YEARS_AT_MOST + 1, min(oldest, now - YEARS_AT_LEAST + 1))
    last = max(now, max((leg.fiscal_year for leg in legs), default=now))
    moved_in_year = fiscal_year_of(moved_in) if moved_in is not None else None
    years = tuple(
        Year(
            year,
            _era(year) if language is Language.JA else "",
            year == now,
            moved_in if year == moved_in_year else None,
        )
        for year in range(first, last + 1)
    )
    rows = tuple(
        Row(
            programme_view(programme, language),
            tuple(_cell(legs, programme, year, programme in due) for year in years),
        )
        for programme in Programme
    )
    shown = [leg for leg in legs if leg.fiscal_year >= first]
    return Sash(
        years=years,
        rows=rows,
        givers=tuple(sorted({leg.giver for leg in shown if leg.giver})),
        earlier=len(legs) - len(shown),
        has_workplace=any(leg.is_workplace for leg in shown),
        has_due=bool(due),
    )


def verdict_meaning(verdict: Verdict) -> Promise:
    """Return what a result comes to, as one sentence."""
    return _WORDS[verdict][2]


def mark(leg: Leg) -> Mark:
    """Return how one screening is marked."""
    style, word, meaning = _WORDS[leg.verdict]
    return Mark(style, word, meaning, leg.address, leg.giver, leg.is_workplace)


def _cell(legs: Sequence[Leg], programme: Programme, year: Year, is_due: bool) -> Cell:
    within = [leg for leg in legs if leg.programme is programme and leg.fiscal_year == year.fiscal_year]
    return Cell(
        marks=tuple(mark(leg) for leg in within),
        is_handed_on=any(leg.giver for leg in within),
        is_moved_in=year.moved_in is not None,
        is_due=is_due and year.is_now,
    )


def _era(fiscal_year: int) -> str:
    return f"{era_year(dt.date(fiscal_year, 4, 1))}度"
