"""A town's options as values, as JSON, and their defaults; what is not possible is refused by name."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from tasuki.eligibility.catalogue import RuleBook, reference_day, rule_book
from tasuki.eligibility.errors import RuleDataError
from tasuki.eligibility.types import Options, RuleKind
from tasuki.layouts.types import Programme

OLDEST: Final = 120
_MONTH_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")


@cache
def default_options() -> Options:
    """Return what a town that has set nothing does."""
    text = files("tasuki.eligibility").joinpath("data", "options.toml").read_text(encoding="utf-8")
    return read_options(tomllib.loads(text))


def read_options(content: Mapping[str, Any]) -> Options:
    """Turn stored options into their value.

    :raises RuleDataError: naming what is wrong.
    """
    options = Options(
        not_offered=frozenset(Programme(code) for code in content["not_offered"]),
        chosen=frozenset(content["chosen"]),
        reference_days=MappingProxyType({Programme(code): day for code, day in content["reference_days"].items()}),
        ages_from=MappingProxyType(dict(content["ages_from"])),
        more_ages=MappingProxyType({name: tuple(ages) for name, ages in content["more_ages"].items()}),
    )
    wrong = problems(options, rule_book())
    if wrong:
        raise RuleDataError("options", wrong[0], "is not possible")
    return options


def stored_options(options: Options) -> dict[str, Any]:
    """Return options in the form in which they are kept; equal options have equal forms."""
    return {
        "not_offered": sorted(options.not_offered),
        "chosen": sorted(options.chosen),
        "reference_days": {code.value: options.reference_days[code] for code in Programme},
        "ages_from": dict(sorted(options.ages_from.items())),
        "more_ages": {name: sorted(set(ages)) for name, ages in sorted(options.more_ages.items()) if ages},
    }


def problems(options: Options, book: RuleBook) -> list[str]:
    """Return what cannot be: unknown names, days that are none, ages that narrow a national rule or are none."""
    known = {rule.id: rule for rule in book.rules}
    wrong = [name for name in sorted(options.chosen) if name not in book.options]
    if "hpv_five_years" in options.chosen and "hpv_alone" not in options.chosen:
        wrong.append("hpv_five_years")
    wrong += [f"reference_days {code}" for code in Programme if not _is_day(options.reference_days.get(code, ""))]
    for name, start in options.ages_from.items():
        rule = known.get(name)
        if rule is None or rule.kind not in (RuleKind.INTERVAL, RuleKind.ONCE) or not 0 <= start <= rule.age_from:
            wrong.append(f"ages_from {name}")
    for name, ages in options.more_ages.items():
        rule = known.get(name)
        if rule is None or not rule.milestone_ages or not all(0 <= age <= OLDEST for age in ages):
            wrong.append(f"more_ages {name}")
    return wrong


def _is_day(text: str) -> bool:
    if _MONTH_DAY.fullmatch(text) is None:
        return False
    try:
        # A leap year, so that 29 February is a day.
        reference_day(text, 2023)
    except ValueError:
        return False
    return True
