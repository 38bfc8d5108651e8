"""The rules of this release, read once from their files and checked against each other."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Final

from tasuki.eligibility.errors import RuleDataError
from tasuki.eligibility.types import LocalOption, Options, Rule, RuleKind, RuleSex, RuleSource, RuleStatus, YearRules
from tasuki.layouts.types import Programme
from tasuki.shared.dates import fiscal_year_bounds

_RULES: Final = "rules.toml"
_KEYS: Final = {
    "id", "programme", "method_ja", "method_en", "kind", "sex", "age_from", "age_to", "milestone_ages",
    "recommended_to", "interval_years", "effective_from", "effective_to", "source", "status", "option",
    "unless_option", "condition_ja", "condition_en", "waits_after",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Every rule and local option, with the digest of the file they were read from."""

    rules: tuple[Rule, ...]
    options: Mapping[str, LocalOption]
    digest: str

    def rule(self, rule_id: str) -> Rule:
        """Return the rule with this id.

        :raises RuleDataError: when there is none.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise RuleDataError(_RULES, f"rule {rule_id}", "is not there")

    def in_force(self, programme: Programme, on: date) -> tuple[Rule, ...]:
        """Return a programme's rules on a day, whatever the town chose, in the order of the file."""
        return tuple(rule for rule in self.rules if rule.programme is programme and rule.is_in_force(on))


@cache
def rule_book() -> RuleBook:
    """Return the rules that ship with this release."""
    return load_rule_book(files("tasuki.eligibility").joinpath("data"))


def load_rule_book(folder: Traversable) -> RuleBook:
    """Read the rules in a folder.

    :raises RuleDataError: naming the entry, when the file is damaged or contradicts itself.
    """
    text = folder.joinpath(_RULES).read_text(encoding="utf-8")
    try:
        content = tomllib.loads(text)
        sources = {name: RuleSource(entry["ja"], entry["en"]) for name, entry in content["source"].items()}
        options = {name: _option(name, entry) for name, entry in content["option"].items()}
    except (ValueError, KeyError) as error:
        raise RuleDataError(_RULES, "file", f"cannot be read: {error!r}") from error
    rules = tuple(_rule(entry, sources, options) for entry in content["rule"])
    for rule in rules:
        if sum(other.id == rule.id for other in rules) > 1:
            raise RuleDataError(_RULES, f"rule {rule.id}", "stands twice")
    return RuleBook(rules, MappingProxyType(options), hashlib.sha256(text.encode()).hexdigest()[:16])


def day_that_counts(fiscal_year: int, on: date) -> date:
    """Give the day within a fiscal year for which rules, residence and exclusions are read: today, or its nearest."""
    first, last = fiscal_year_bounds(fiscal_year)
    return min(max(on, first), last)


def reference_day(month_and_day: str, fiscal_year: int) -> date:
    """Give the day of a fiscal year that a month and day mean; 29 February becomes the 28th where there is none."""
    month, day = (int(part) for part in month_and_day.split("-"))
    year = fiscal_year if month >= 4 else fiscal_year + 1
    try:
        return date(year, month, day)
    except ValueError:
        if (month, day) != (2, 29):
            raise
        return date(year, 2, 28)


def year_rules(book: RuleBook, options: Options, fiscal_year: int, on: date) -> Mapping[Programme, YearRules]:
    """Work a town's options into the rules of a fiscal year as they stand on a day of it."""
    counted = day_that_counts(fiscal_year, on)
    return MappingProxyType(
        {
            programme: YearRules(
                programme,
                fiscal_year,
                reference_day(options.reference_days[programme], fiscal_year),
                ()
                if programme in options.not_offered
                else tuple(
                    _widened(rule, options)
                    for rule in book.in_force(programme, counted)
                    if (not rule.option or rule.option in options.chosen) and rule.unless_option not in options.chosen
                ),
                "hpv_five_years" in options.chosen,
            )
            for programme in Programme
        }
    )


def _widened(rule: Rule, options: Options) -> Rule:
    """Return a rule with the ages a town added; a town may begin earlier than the national rule, never later."""
    ages = tuple(sorted({*rule.milestone_ages, *options.more_ages.get(rule.id, ())}))
    start = min(rule.age_from, options.ages_from.get(rule.id, rule.age_from), *ages[:1])
    if (ages, start) == (rule.milestone_ages, rule.age_from):
        return rule
    return replace(rule, milestone_ages=ages, age_from=start)


def _option(name: str, entry: Mapping[str, Any]) -> LocalOption:
    return LocalOption(
        id=name,
        programme=Programme(entry["programme"]),
        ja=entry["ja"],
        en=entry["en"],
        help_ja=entry["help_ja"],
        help_en=entry["help_en"],
        status=RuleStatus(entry["status"]),
    )


def _rule(entry: Mapping[str, Any], sources: Mapping[str, RuleSource], options: Mapping[str, LocalOption]) -> Rule:
    name = f"rule {entry.get('id', '(without id)')}"
    if unknown := entry.keys() - _KEYS:
        raise RuleDataError(_RULES, name, f"has unknown keys: {', '.join(sorted(unknown))}")
    try:
        ages = tuple(sorted(entry.get("milestone_ages", ())))
        rule = Rule(
            id=entry["id"],
            programme=Programme(entry["programme"]),
            method_ja=entry["method_ja"],
            method_en=entry["method_en"],
            kind=RuleKind(entry["kind"]),
            sex=RuleSex(entry["sex"]),
            source=sources[entry["source"]],
            status=RuleStatus(entry["status"]),
            effective_from=entry["effective_from"],
            effective_to=entry.get("effective_to"),
            age_from=entry["age_from"] if "age_from" in entry else ages[0],
            age_to=entry.get("age_to"),
            milestone_ages=ages,
            recommended_to=entry.get("recommended_to"),
            interval_years=entry.get("interval_years", 1),
            endoscopy_wait=entry.get("waits_after", {}).get("endoscopy", 0),
            option=entry.get("option", ""),
            unless_option=entry.get("unless_option", ""),
            condition_ja=entry.get("condition_ja", ""),
            condition_en=entry.get("condition_en", ""),
        )
    except (KeyError, ValueError, IndexError) as error:
        raise RuleDataError(_RULES, name, f"is incomplete or wrong: {error!r}") from error
    if bool(ages) != (rule.kind in (RuleKind.MILESTONE, RuleKind.HPV)):
        raise RuleDataError(_RULES, name, "has milestone ages exactly where its kind needs them")
    if not {rule.option, rule.unless_option} - {""} <= options.keys():
        raise RuleDataError(_RULES, name, "names an option that is not there")
    if rule.effective_to is not None and rule.effective_to <= rule.effective_from:
        raise RuleDataError(_RULES, name, "ends before it begins")
    return rule
