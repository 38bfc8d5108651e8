"""When a check is due and when it may be signed. Pure."""

import datetime as dt
import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.audits.types import Answer, Check, CheckLine, CheckRule, CheckState, FactKind, Missing


@cache
def fact_kinds() -> Mapping[str, FactKind]:
    """Return what the system can say by itself, by key."""
    return {
        key: FactKind(
            key,
            tuple(entry["safeguards"]),
            (entry["ja"], entry["en"]),
            tuple(entry.get("kinds", ())),
            entry.get("state"),
        )
        for key, entry in _content("facts.toml").items()
    }


def facts_of(safeguard: str) -> list[FactKind]:
    """Return what the system can say about one safeguard."""
    return [kind for kind in fact_kinds().values() if safeguard in kind.safeguards]


def rule_on(day: dt.date) -> CheckRule:
    """Return the rule in force on a day.

    :raises LookupError: when none is.
    """
    in_force = [one for one in _content("yearly_check.toml")["rule"] if one["from"] <= day]
    if not in_force:
        raise LookupError(f"No rule of the yearly check is in force on {day}.")
    found = max(in_force, key=lambda one: one["from"])
    return CheckRule(
        _month_and_day(found["remind_from"]), _month_and_day(found["due"]), (found["basis_ja"], found["basis_en"])
    )


def due_date(fiscal_year: int) -> dt.date:
    """Return the day by which the check of a fiscal year is to be signed."""
    return _within(fiscal_year, rule_on(dt.date(fiscal_year, 4, 1)).due)


def is_asked_for(fiscal_year: int, on: dt.date) -> bool:
    """Say whether the check of a fiscal year is asked for by a day."""
    return on >= _within(fiscal_year, rule_on(dt.date(fiscal_year, 4, 1)).remind_from)


def checks_to_remind(checks: Sequence[Check], fiscal_year: int, on: dt.date) -> list[int]:
    """Return the years whose check somebody should finish: those begun and over, and this one once it is asked for."""
    signed = {one.fiscal_year for one in checks if one.state is CheckState.SIGNED}
    begun = {one.fiscal_year for one in checks if one.fiscal_year < fiscal_year}
    this = {fiscal_year} if is_asked_for(fiscal_year, on) else set()
    return sorted((begun | this) - signed)


def missing(lines: Sequence[CheckLine], with_finding: Collection[str]) -> Missing:
    """Return what stands between a check and its signature."""
    return Missing(
        unanswered=[one.clause for one in lines if one.answer is None],
        without_finding=[
            one.clause for one in lines if one.answer is Answer.NOT_KEPT and one.clause not in with_finding
        ],
    )


def _within(fiscal_year: int, day: tuple[int, int]) -> dt.date:
    month, number = day
    return dt.date(fiscal_year + (month < 4), month, number)


def _month_and_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


@cache
def _content(name: str) -> Mapping[str, Any]:
    return tomllib.loads(files("tasuki.audits").joinpath("data", name).read_text("utf-8"))
