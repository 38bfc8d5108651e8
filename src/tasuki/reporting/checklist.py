"""The municipality's yearly self-check, answered from the data where they can answer; the rest is for staff."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from tasuki.eligibility import queries as eligibility
from tasuki.eligibility.types import Status
from tasuki.followup import queries as followup
from tasuki.followup.types import CaseFilter, CaseState
from tasuki.invitations import queries as invitations
from tasuki.invitations.types import YearNumbers
from tasuki.letters.types import NOTICES, LetterKind
from tasuki.nodes.sql import rows
from tasuki.reporting.types import Snapshot
from tasuki.shared.dates import civil_date

_YEARS: Final = 5


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the list."""

    id: str
    ja: str
    en: str
    answer: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the data say of a point: how many of how many; `is_met` is None where only staff can say."""

    point: Point
    is_met: bool | None
    done: int = 0
    of: int = 0


@cache
def points() -> tuple[Point, ...]:
    """Return the points in their order."""
    data = tomllib.loads(files("tasuki.reporting").joinpath("data/checklist.toml").read_text("utf-8"))
    return tuple(Point(one["id"], one["ja"], one["en"], one.get("answer", "")) for one in data["point"])


def answers(snapshot: Snapshot) -> list[Answer]:
    """Answer every point for a snapshot's fiscal year."""
    return [
        Answer(point, None) if not point.answer else _answer(point, *_COUNTS[point.answer](snapshot))
        for point in points()
    ]


def _answer(point: Point, done: int, of: int) -> Answer:
    return Answer(point, of > 0 and done >= of, done, of)


def _known_population(snapshot: Snapshot) -> tuple[int, int]:
    return int(snapshot.is_population_known), 1


def _lines(snapshot: Snapshot) -> tuple[int, int]:
    return int(snapshot.lines > 0), 1


def _listed(snapshot: Snapshot) -> tuple[int, int]:
    """Count, of those who were due, whoever stands on the year's list."""
    due = sum(
        one.people for one in eligibility.counts(snapshot.fiscal_year) if one.status in (Status.DUE, Status.TAKEN)
    )
    return min(_year(snapshot).targets, due), due


def _invited(snapshot: Snapshot) -> tuple[int, int]:
    year = _year(snapshot)
    return sum(one.with_coupon for one in year.programmes), year.targets


def _reminded(snapshot: Snapshot) -> tuple[int, int]:
    year = _year(snapshot)
    open_ones = sum(one.open for one in year.programmes)
    return min(sum(one.reminded for one in year.programmes), open_ones), open_ones


def _year(snapshot: Snapshot) -> YearNumbers:
    return invitations.numbers(snapshot.fiscal_year, civil_date(snapshot.taken_at))


def _five_years(snapshot: Snapshot) -> tuple[int, int]:
    (found,) = rows(
        "SELECT count(DISTINCT fiscal_year) AS n FROM screening_result WHERE withdrawn_at IS NULL"
        " AND fiscal_year BETWEEN %s AND %s",
        [snapshot.fiscal_year - _YEARS + 1, snapshot.fiscal_year],
    )
    return found["n"], _YEARS


def _referred(snapshot: Snapshot) -> tuple[int, int]:
    """Count those who need a detailed examination and got a result notice or a referral."""
    return _told(snapshot, (*NOTICES, LetterKind.REFERRAL))


def _told(snapshot: Snapshot, kinds: tuple[LetterKind, ...]) -> tuple[int, int]:
    (found,) = rows(
        "SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM letters_letter t WHERE t.kind = ANY(%s)"
        " AND t.subject = l.result_id::text)) AS done, count(*) AS of"
        " FROM reporting_line l WHERE l.snapshot_id = %s AND l.needs_detail",
        [[one.value for one in kinds], snapshot.snapshot_id],
    )
    return found["done"], found["of"]


def _outcomes(snapshot: Snapshot) -> tuple[int, int]:
    counted = _by_state(snapshot)
    known = sum(counted.get(state, 0) for state in (CaseState.TAKEN, CaseState.NOT_TAKEN, CaseState.UNDER_WAY))
    return known, sum(counted.values())


def _chased(snapshot: Snapshot) -> tuple[int, int]:
    """Count those without an answer who were reminded at least once."""
    (found,) = rows(
        "SELECT count(*) AS of, count(*) FILTER (WHERE EXISTS (SELECT FROM followup_act a"
        " WHERE a.result_id = l.result_id AND a.kind = 'REMINDED' AND NOT EXISTS ("
        " SELECT FROM followup_act v WHERE v.revokes = a.act_id))) AS done"
        " FROM reporting_line l WHERE l.snapshot_id = %s AND l.followup IN ('NEEDED', 'REMINDED', 'UNKNOWN')",
        [snapshot.snapshot_id],
    )
    return found["done"], found["of"]


def _by_state(snapshot: Snapshot) -> dict[CaseState, int]:
    counted: dict[CaseState, int] = {}
    for (_, state), number in followup.counts(CaseFilter(fiscal_year=snapshot.fiscal_year)).items():
        counted[state] = counted.get(state, 0) + number
    return counted


_COUNTS: Final[Mapping[str, Callable[[Snapshot], tuple[int, int]]]] = {
    "listed": _listed,
    "invited": _invited,
    "reminded": _reminded,
    "records": _lines,
    "five_years": _five_years,
    "referred": _referred,
    "participation": _known_population,
    "needs_detail": _lines,
    "outcomes": _outcomes,
    "chased": _chased,
    "quality": _lines,
    "frozen": _lines,
}
