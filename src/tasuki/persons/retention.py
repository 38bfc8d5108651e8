"""How long an individual number is kept (番号法20条): dated rules as data, and what they say of a person on a day."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from tasuki.persons.errors import PersonsError
from tasuki.shared.dates import fiscal_year_of


class EndingEvent(StrEnum):
    """What ends the purpose of keeping a number."""

    MOVED_OUT = "MOVED_OUT"
    DIED = "DIED"


class RetentionRulesMissing(PersonsError):
    """No rule says how long a number is kept on that day."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One rule: how many years after the fiscal year of an event, since when, by which article, read in it or not."""

    event: EndingEvent
    years: int
    valid_from: dt.date
    citation: str
    status: str
    checked: dt.date

    def last_day_over(self, on: dt.date) -> dt.date:
        """Return the latest day of an event whose time is over on a day."""
        return dt.date(fiscal_year_of(on) - self.years, 3, 31)


@cache
def _rules() -> tuple[RetentionRule, ...]:
    content = tomllib.loads(files("tasuki.persons").joinpath("data/retention.toml").read_text("utf-8"))
    return tuple(RetentionRule(**one | {"event": EndingEvent(one["event"])}) for one in content["rule"])


def rule_of(event: EndingEvent, on: dt.date) -> RetentionRule:
    """Return the rule of an event in force on a day.

    :raises RetentionRulesMissing: when there is none.
    """
    holding = [one for one in _rules() if one.event is event and one.valid_from <= on]
    if not holding:
        raise RetentionRulesMissing(f"{event} {on}")
    return max(holding, key=lambda one: one.valid_from)


def is_over(*, moved_out: dt.date | None, died: dt.date | None, on: dt.date) -> bool:
    """Say whether the time for which a number may be kept is over, by whichever event ends it first."""
    events = ((EndingEvent.MOVED_OUT, moved_out), (EndingEvent.DIED, died))
    return any(day is not None and day <= rule_of(event, on).last_day_over(on) for event, day in events)
