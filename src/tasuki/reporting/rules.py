"""Arithmetic of the indicators, over counts only."""

from collections.abc import Sequence

from tasuki.layouts.types import Programme
from tasuki.reporting.types import Column, Compare, Indicator, Tally, Threshold, Value, Verdict

POPULATION, EXAMINED_LAST_YEAR = "POPULATION", "EXAMINED_LAST_YEAR"


def value_of(indicator: Indicator, programme: Programme, tally: Tally, *, upper_age: int = 0) -> Value:
    """Return an indicator of a group of screenings, held against the values that are for those ages.

    :param upper_age: the oldest age among what was counted, 0 for every age; a value is for one or the other.
    """
    numerator, denominator = _sum(indicator.numerator, tally), _sum(indicator.denominator, tally)
    percent = 100 * numerator / denominator if denominator else None
    thresholds = [one for one in indicator.thresholds.get(programme, ()) if one.edition.upper_age == upper_age]
    return Value(indicator, numerator, denominator, percent, _verdicts(indicator, percent, thresholds))


def _verdicts(indicator: Indicator, percent: float | None, thresholds: Sequence[Threshold]) -> tuple[Verdict, ...]:
    if percent is None or indicator.compare is None:
        return ()
    at_most = indicator.compare is Compare.AT_MOST
    return tuple(Verdict(one, percent <= one.value if at_most else percent >= one.value) for one in thresholds)


def _sum(parts: Sequence[str], tally: Tally) -> int:
    return sum(-_count(part[1:], tally) if part.startswith("-") else _count(part, tally) for part in parts)


def _count(name: str, tally: Tally) -> int:
    if name == POPULATION:
        return tally.population
    if name == EXAMINED_LAST_YEAR:
        return tally.examined_last_year
    return tally.counts.get(Column(name), 0)


def age_band(age: int) -> str:
    """Return the five-year band of an age as the report writes it: 40-44 up to 80-; below 20 is one band."""
    if age < YOUNGEST_BAND:
        return f"-{YOUNGEST_BAND - 1}"
    if age >= OLDEST_BAND:
        return f"{OLDEST_BAND}-"
    first = age - age % 5
    return f"{first}-{first + 4}"


YOUNGEST_BAND, OLDEST_BAND = 20, 80
BANDS: tuple[str, ...] = tuple(dict.fromkeys(age_band(age) for age in range(15, 100)))
