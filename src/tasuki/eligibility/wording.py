"""Why, in words: one sentence for each assessment, in Japanese and in English, from `data/wording.toml`."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from tasuki.eligibility.types import Assessment, Reason, Rule, RuleKind, Status, Taken
from tasuki.layouts.render import Language
from tasuki.screening.types import Source
from tasuki.shared.dates import display_date, fiscal_year_of

#: Reasons after which it helps to know when the person is due next.
_WITH_NEXT = frozenset(
    {
        Reason.TAKEN_THIS_YEAR,
        Reason.INTERVAL_NOT_OVER,
        Reason.DETAIL_INSTEAD,
        Reason.NOT_MILESTONE,
        Reason.TOO_YOUNG,
    }
)


@cache
def _texts() -> Mapping[str, Any]:
    return tomllib.loads(files("tasuki.eligibility").joinpath("data", "wording.toml").read_text(encoding="utf-8"))


def why(assessment: Assessment, language: Language, *, on: date, givers: Mapping[str, str] | None = None) -> str:
    """Say why a person is due or not, in a sentence, and when they are due next where that helps.

    :param on: today: its fiscal year is "this year", any other is named by its number.
    :param givers: names of other municipalities by their institution code.
    """
    facts = _facts(assessment, language, on, givers or {})
    sentence: str = _texts()["reason"][assessment.reason][language].format_map(facts)
    if assessment.reason in _WITH_NEXT and assessment.next_year is not None:
        space = "" if language is Language.JA else " "
        sentence += space + _texts()["next"][language].format(next=assessment.next_year)
    return sentence


def reason_label(reason: Reason, language: Language) -> str:
    """Return the short word for a reason."""
    label: str = _texts()["label"][reason][language]
    return label


def interval_label(rule: Rule, language: Language) -> str:
    """Return how often a rule offers its examination: every year, every two years."""
    years = max(rule.interval_years, 1)
    text: str = _texts()["interval"].get(str(years), _texts()["interval"]["many"])[language]
    return text.format(years=years)


def giver_label(taken: Taken, language: Language, givers: Mapping[str, str]) -> str:
    """Return who gave a screening; a municipality this town no longer knows is only another one."""
    if taken.source is Source.OTHER_MUNICIPALITY and taken.institution in givers:
        return givers[taken.institution]
    return source_label(taken.source, language)


def source_label(source: Source, language: Language) -> str:
    """Return the word for who gave a screening, without naming a municipality."""
    label: str = _texts()["giver"][source][language]
    return label


def method_label(rule: Rule, language: Language) -> str:
    """Return the name of a rule's examination, with the condition that only the person can answer."""
    name, condition = (
        (rule.method_ja, rule.condition_ja) if language is Language.JA else (rule.method_en, rule.condition_en)
    )
    if not condition:
        return name
    return f"{name}（{condition}）" if language is Language.JA else f"{name} ({condition})"


def rule_label(rule: Rule, language: Language) -> str:
    """Say in a few words whom a rule is for: the ages and how often."""
    ja = language is Language.JA
    if rule.kind in (RuleKind.MILESTONE, RuleKind.HPV):
        ages = ("・" if ja else ", ").join(str(age) for age in rule.milestone_ages)
        return f"{ages}歳" if ja else f"at {ages}"
    often = (
        ("生涯に1回" if ja else "once in a lifetime") if rule.kind is RuleKind.ONCE else interval_label(rule, language)
    )
    if rule.age_to is not None:
        return f"{rule.age_from}〜{rule.age_to}歳、{often}" if ja else f"from {rule.age_from} to {rule.age_to}, {often}"
    return f"{rule.age_from}歳以上、{often}" if ja else f"from {rule.age_from}, {often}"


def _facts(assessment: Assessment, language: Language, on: date, givers: Mapping[str, str]) -> dict[str, object]:
    ja = language is Language.JA
    rule, taken, year = assessment.rule, assessment.taken, assessment.fiscal_year
    this_year = fiscal_year_of(on) == year
    day = assessment.reference_day
    return {
        "year": ("今年度" if this_year else f"{year}年度")
        if ja
        else ("this fiscal year" if this_year else f"fiscal year {year}"),
        "last": "" if taken is None else taken.fiscal_year,
        "giver": "" if taken is None else giver_label(taken, language, givers),
        "interval": "" if rule is None else interval_label(rule, language),
        "age": assessment.age,
        "reference": display_date(day) if ja else f"{day.day} {day:%B %Y}",
        "from": "" if rule is None else rule.age_from,
        "to": "" if rule is None else rule.age_to,
    }


def status_label(status: Status, language: Language) -> str:
    """Return the word for where somebody stands."""
    label: str = _texts()["status"][status][language]
    return label
