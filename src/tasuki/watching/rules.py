"""Which accesses are looked into: pure decisions over what was recorded, by dated rules."""

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final

import jpholiday

from tasuki.shared.dates import JST, civil_date, day_begins, to_jst
from tasuki.watching.types import (
    NOBODY_RELATED,
    Act,
    Finding,
    OfficeHours,
    Related,
    Rule,
    RuleKind,
    Seen,
    Setting,
    SettingOutcome,
)

HOUR: Final = dt.timedelta(hours=1)
_DAY: Final = dt.timedelta(days=1)
#: Acts on one person's own pages.
_OPENED: Final = frozenset({Act.VIEW, Act.CHANGE, Act.PRINT, Act.EXPORT})


@cache
def every_rule() -> tuple[Rule, ...]:
    """Return the rules, of every date."""
    bounds = ("least_between", "times_between")
    return tuple(
        Rule(**one | {"kind": RuleKind(one["kind"])} | {name: tuple(one[name]) for name in bounds if name in one})
        for one in _content()["rule"]
    )


def rules_on(day: dt.date, settings: Sequence[Setting] = ()) -> tuple[Rule, ...]:
    """Return the rules that hold on a day, in the order of their kinds, with the numbers the town set by then.

    :param settings: in the order in which they were set.
    """
    newest: dict[RuleKind, Rule] = {}
    for rule in sorted(every_rule(), key=lambda one: one.valid_from):
        if rule.valid_from <= day:
            newest[rule.kind] = rule
    for one in settings:
        former = newest.get(one.kind)
        if former is not None and former.valid_from <= one.valid_from <= day:
            newest[one.kind] = replace(former, least=one.least, times=one.times, valid_from=one.valid_from)
    return tuple(newest[kind] for kind in RuleKind if kind in newest)


def setting_problem(rule: Rule | None, least: int, times: int) -> SettingOutcome | None:
    """Say why a town may not give a rule these numbers: it is set for everybody, or they are outside its bounds."""
    if rule is None or rule.least_between is None:
        return SettingOutcome.NOT_SETTABLE
    if not rule.least_between[0] <= least <= rule.least_between[1]:
        return SettingOutcome.LEAST_OUTSIDE
    low, high = rule.times_between or (rule.times, rule.times)
    if not low <= times <= high:
        return SettingOutcome.TIMES_OUTSIDE
    return SettingOutcome.SAME if (rule.least, rule.times) == (least, times) else None


def kept_since(at: dt.datetime) -> dt.datetime:
    """Return since when accesses are kept; older rows go, their evidence stays."""
    on = civil_date(at)
    dated = [one for one in _content()["keeping"] if one["valid_from"] <= on] or _content()["keeping"][:1]
    years = max(dated, key=lambda one: one["valid_from"])["years"]
    # Up to three days longer at the end of a month, so that no year lacks the day.
    return day_begins(dt.date(on.year - years, on.month, min(on.day, 28)))


def hours_on(day: dt.date) -> OfficeHours:
    """Return the office hours that hold on a day; before its first day the first ones hold already."""
    dated = sorted(
        (OfficeHours(**one | {"closed_days": tuple(one["closed_days"])}) for one in _content()["hours"]),
        key=lambda one: one.valid_from,
    )
    return ([one for one in dated if one.valid_from <= day] or dated[:1])[-1]


@cache
def _content() -> dict[str, list[dict[str, Any]]]:
    text = files("tasuki.watching").joinpath("data/access_rules.toml").read_text("utf-8")
    return tomllib.loads(text)


def is_off_hours(at: dt.datetime) -> bool:
    """Say whether a moment lies outside office hours and the grace around them, or on a holiday."""
    hours = office_time(to_jst(at).date())
    return hours is None or not hours[0] <= at <= hours[1]


def is_off_hours_throughout(begins: dt.datetime, ends: dt.datetime) -> bool:
    """Say whether no moment of a time, up to its end, lies within office hours and the grace around them."""
    day, last = to_jst(begins).date(), to_jst(ends).date()
    while day <= last:
        hours = office_time(day)
        if hours is not None and begins <= hours[1] and hours[0] < ends:
            return False
        day += _DAY
    return True


def office_time(day: dt.date) -> tuple[dt.datetime, dt.datetime] | None:
    """Return from when until when the office counts as open on a day, grace included; None on a day it is closed."""
    hours = hours_on(day)
    if day.weekday() >= 5 or f"{day:%m-%d}" in hours.closed_days or jpholiday.is_holiday(day):
        return None
    grace = dt.timedelta(minutes=hours.grace_minutes)
    opens, closes = (dt.datetime.combine(day, time, JST) for time in (hours.opens, hours.closes))
    return opens - grace, closes + grace


@dataclass(frozen=True, slots=True)
class _Known:
    protected: frozenset[str]
    usual: Mapping[str, float]
    related: Related


def judge(
    seen: Sequence[Seen],
    *,
    protected: frozenset[str],
    usual: Mapping[str, float],
    related: Related = NOBODY_RELATED,
    settings: Sequence[Setting] = (),
) -> list[Finding]:
    """Return what is to be looked into among accesses of whole days, in the order of their staff.

    :param protected: who among the people they showed is protected.
    :param usual: how many people the middle member of staff is shown on a day, by role, where that is known.
    :param related: the households of staff, and who of the people is a colleague, as far as staff declared it.
    """
    known = _Known(protected, usual, related)
    found: list[Finding] = []
    ordered = sorted(seen, key=lambda one: (one.staff, one.at))
    for (_staff, day), accesses in groupby(ordered, key=lambda one: (one.staff, civil_date(one.at))):
        of_day = list(accesses)
        for rule in rules_on(day, settings):
            if rule.kind in _JUDGES:
                found += _JUDGES[rule.kind](rule, of_day, known)
    return found


_Judge = Callable[[Rule, Sequence[Seen], _Known], Iterator[Finding]]


def _whole_day(rule: Rule, of_day: Sequence[Seen], counted: int) -> Iterator[Finding]:
    begins = day_begins(civil_date(of_day[0].at))
    if counted >= rule.least:
        yield Finding(rule, of_day[0].staff, of_day[-1].role, begins, begins + _DAY, counted)


def _within_hours(rule: Rule, of_day: Sequence[Seen], count: Callable[[Sequence[Seen]], int]) -> Iterator[Finding]:
    """Give the first hour that reaches the rule's number within each hour of the clock."""
    told: set[dt.datetime] = set()
    first = 0
    for last, one in enumerate(of_day):
        while of_day[first].at <= one.at - HOUR:
            first += 1
        clock = one.at.replace(minute=0, second=0, microsecond=0)
        if clock in told:
            continue
        counted = count(of_day[first : last + 1])
        if counted >= rule.least:
            told.add(clock)
            yield Finding(rule, one.staff, one.role, clock - HOUR, clock + HOUR, counted)


def _opened_people(seen: Sequence[Seen]) -> set[str]:
    return {one.people[0] for one in seen if one.act in _OPENED and len(one.people) == 1}


def _bulk_viewing(rule: Rule, of_day: Sequence[Seen], _known: _Known) -> Iterator[Finding]:
    return _within_hours(rule, of_day, lambda seen: len(_opened_people(seen)))


def _off_hours(rule: Rule, of_day: Sequence[Seen], _known: _Known) -> Iterator[Finding]:
    return _whole_day(rule, of_day, sum(is_off_hours(one.at) for one in of_day))


def _protected_persons(rule: Rule, of_day: Sequence[Seen], known: _Known) -> Iterator[Finding]:
    return _whole_day(rule, of_day, len(_opened_people(of_day) & known.protected))


def _search_without_opening(rule: Rule, of_day: Sequence[Seen], _known: _Known) -> Iterator[Finding]:
    def count(seen: Sequence[Seen]) -> int:
        return 0 if _opened_people(seen) else sum(one.act is Act.SEARCH for one in seen)

    return _within_hours(rule, of_day, count)


def _repeated_refusals(rule: Rule, of_day: Sequence[Seen], _known: _Known) -> Iterator[Finding]:
    return _within_hours(rule, of_day, lambda seen: sum(one.act is Act.REFUSED for one in seen))


def _unusual_volume(rule: Rule, of_day: Sequence[Seen], known: _Known) -> Iterator[Finding]:
    middle = known.usual.get(of_day[-1].role)
    shown = sum(one.shown for one in of_day)
    if middle is not None and shown >= middle * rule.times:
        yield from _whole_day(rule, of_day, shown)


def _own_household(rule: Rule, of_day: Sequence[Seen], known: _Known) -> Iterator[Finding]:
    own = known.related.households.get(of_day[0].staff, frozenset())
    yield from _whole_day(rule, of_day, len(_opened_people(of_day) & own))


def _colleague(rule: Rule, of_day: Sequence[Seen], known: _Known) -> Iterator[Finding]:
    # Who lives with a colleague opens their own household, which the rule above tells.
    staff = of_day[0].staff
    strangers = _opened_people(of_day) - known.related.households.get(staff, frozenset())
    opened = [person for person in strangers if known.related.colleagues.get(person, staff) != staff]
    yield from _whole_day(rule, of_day, len(opened))


#: By kind; an emergency is told of by whoever opens it (`operations.emergencies`).
_JUDGES: Final[dict[RuleKind, _Judge]] = {
    RuleKind.BULK_VIEWING: _bulk_viewing,
    RuleKind.OFF_HOURS: _off_hours,
    RuleKind.PROTECTED_PERSONS: _protected_persons,
    RuleKind.SEARCH_WITHOUT_OPENING: _search_without_opening,
    RuleKind.REPEATED_REFUSALS: _repeated_refusals,
    RuleKind.UNUSUAL_VOLUME: _unusual_volume,
    RuleKind.OWN_HOUSEHOLD: _own_household,
    RuleKind.COLLEAGUE: _colleague,
}
