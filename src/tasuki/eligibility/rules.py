"""Decisions: is a person due for a programme in a fiscal year, and why. Pure; the law stands in `data/rules.toml`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from tasuki.eligibility.catalogue import day_that_counts
from tasuki.eligibility.history import history
from tasuki.eligibility.types import (
    Assessment,
    Decision,
    Exclusion,
    ExclusionKind,
    History,
    Mark,
    PersonFacts,
    Reason,
    Rule,
    RuleKind,
    RuleSex,
    Status,
    Taken,
    YearRules,
)
from tasuki.layouts.types import Programme
from tasuki.screening.types import Objection, Sex
from tasuki.shared.dates import age_in_law

#: Beyond this many years nobody asks when somebody is due next: a newborn is twenty, forty, fifty by then.
HORIZON: Final = 60
_DUE: Final = frozenset(
    {
        Reason.NEVER_TAKEN,
        Reason.INTERVAL_OVER,
        Reason.MILESTONE,
        Reason.ONCE_OPEN,
        Reason.FOLLOW_UP,
        Reason.UNJUDGED,
    }
)
# Where no method is open, the reason that comes first here is the one that tells the person most.
_TELLING: Final = (
    Reason.INTERVAL_NOT_OVER,
    Reason.ONCE_TAKEN,
    Reason.DETAIL_INSTEAD,
    Reason.NOT_MILESTONE,
    Reason.PAST_MILESTONES,
    Reason.TOO_YOUNG,
    Reason.TOO_OLD,
    Reason.OTHER_SEX,
)
_EXCLUDED: Final[Mapping[ExclusionKind, Reason]] = {
    ExclusionKind.UNDER_TREATMENT: Reason.UNDER_TREATMENT,
    ExclusionKind.DIAGNOSED: Reason.DIAGNOSED,
    ExclusionKind.OTHER: Reason.EXCLUDED,
}
#: Which exclusion is named where several are in force.
EXCLUSION_ORDER: Final = (ExclusionKind.DIAGNOSED, ExclusionKind.UNDER_TREATMENT, ExclusionKind.OTHER)

_OBJECTIONS: Final[Mapping[Objection, frozenset[Reason]]] = {
    Objection.AGE: frozenset({Reason.TOO_YOUNG, Reason.TOO_OLD, Reason.NOT_MILESTONE, Reason.PAST_MILESTONES}),
    Objection.SEX: frozenset({Reason.OTHER_SEX}),
    Objection.INTERVAL: frozenset({Reason.INTERVAL_NOT_OVER, Reason.ONCE_TAKEN, Reason.DETAIL_INSTEAD}),
}
_FIRST_YEAR, _LAST_YEAR = 2000, 2200


def assess(
    person: PersonFacts,
    taken: Mapping[Programme, Sequence[Taken]],
    exclusions: Iterable[Exclusion],
    years: Mapping[Programme, YearRules],
    on: date,
) -> dict[Programme, Assessment]:
    """Say of every programme whether a person is due in a fiscal year, and why.

    :param years: the rules of the year with the town's options (`catalogue.year_rules`).
    :param on: the day as of which residence and exclusions count; outside the year, the nearest day of it.
    """
    left_out = list(exclusions)
    found = {}
    for programme, year in years.items():
        counted = day_that_counts(year.fiscal_year, on)
        kinds = {one.kind for one in left_out if one.programme is programme and one.is_in_force(counted)}
        known = history(taken.get(programme, ()), year.fiscal_year)
        age = age_on(person.birth_date, year.reference_day)
        decision = decide(year, person.sex, age, known, first_exclusion(kinds), person.lives_here(counted))
        found[programme] = Assessment(
            programme=programme,
            fiscal_year=year.fiscal_year,
            status=decision.status,
            reason=decision.reason,
            age=age,
            reference_day=year.reference_day,
            taken=known.this_year or known.last,
            next_year=decision.next_year,
            methods=decision.methods,
            rule=decision.rule,
        )
    return found


def age_on(born: date, reference: date) -> int:
    """Give the age in law on a reference day; whoever is born later in the year is 0."""
    return age_in_law(born, reference) if born <= reference else 0


def first_exclusion(kinds: Iterable[ExclusionKind]) -> ExclusionKind | None:
    """Return the kind that is named of several."""
    present = set(kinds)
    return next((kind for kind in EXCLUSION_ORDER if kind in present), None)


def decide(
    year: YearRules,
    sex: str,
    age: int,
    known: History,
    excluded: ExclusionKind | None = None,
    lives_here: bool = True,
) -> Decision:
    """Decide one programme. What was taken this year goes before everything but having left the town."""
    if not lives_here:
        return Decision(Status.NOT_DUE, Reason.NOT_RESIDENT, None)
    decided = _by_rules(year, sex, age, known, 0)
    if known.this_year is not None:
        decided = Decision(Status.TAKEN, Reason.TAKEN_THIS_YEAR, decided.rule)
    elif excluded is not None and decided.reason not in (Reason.TOO_YOUNG, Reason.OTHER_SEX, Reason.NOT_OFFERED):
        return Decision(Status.NOT_DUE, _EXCLUDED[excluded], decided.rule)
    if decided.status is Status.DUE or excluded is not None:
        return decided
    return Decision(
        decided.status, decided.reason, decided.rule, decided.methods, _next_year(year, sex, age, known, decided)
    )


def may_be_judged(fiscal_year: int) -> bool:
    """Say whether a fiscal year is one that rules can be read for; files hold years of all kinds."""
    return _FIRST_YEAR <= fiscal_year <= _LAST_YEAR


def age_steps(year: YearRules) -> list[int]:
    """Return the ages from which other rules hold than the year before: between two of them age decides nothing."""
    steps = set()
    for rule in year.rules:
        steps |= {rule.age_from, *rule.milestone_ages, *(age + 1 for age in rule.milestone_ages)}
        if rule.age_to is not None:
            steps.add(rule.age_to + 1)
    return sorted(steps)


def objections(year: YearRules, sex: str, age: int, earlier: Sequence[Taken]) -> frozenset[Objection]:
    """Say what the rules of a programme have against a screening in a year, given those of earlier years.

    :param age: that on the year's reference day.
    """
    reason = _by_rules(year, sex, age, history(earlier, year.fiscal_year), 0).reason
    return frozenset(objection for objection, reasons in _OBJECTIONS.items() if reason in reasons)


def _next_year(year: YearRules, sex: str, age: int, known: History, decided: Decision) -> int | None:
    """Return the first later year in which the person is due if nothing else happens."""
    if decided.reason in (Reason.OTHER_SEX, Reason.NOT_OFFERED):
        return None
    later = History(None, known.this_year or known.last)
    for ahead in range(1, HORIZON + 1):
        if _by_rules(year, sex, age + ahead, later, ahead).status is Status.DUE:
            return year.fiscal_year + ahead
    return None


def _by_rules(year: YearRules, sex: str, age: int, known: History, ahead: int) -> Decision:
    """Ask every rule of the year, and keep the methods that are open or the most telling reason why none is."""
    if not year.rules:
        return Decision(Status.NOT_DUE, Reason.NOT_OFFERED, None)
    fiscal_year = year.fiscal_year + ahead
    said = [(rule, _by_rule(rule, year, sex, age, known.last, fiscal_year)) for rule in year.rules]
    due = [(rule, reason) for rule, reason in said if reason in _DUE]
    if due:
        return Decision(Status.DUE, due[0][1], due[0][0], tuple(rule for rule, _ in due))
    rule, reason = min(said, key=lambda one: _TELLING.index(one[1]))
    return Decision(Status.NOT_DUE, reason, rule)


def _by_rule(rule: Rule, year: YearRules, sex: str, age: int, last: Taken | None, fiscal_year: int) -> Reason:
    if rule.sex is RuleSex.FEMALE and sex != Sex.FEMALE:
        return Reason.OTHER_SEX
    path = _hpv_path(last)
    match rule.kind:
        case RuleKind.HPV:
            return _by_hpv(rule, year, age, last, path, fiscal_year)
        case RuleKind.MILESTONE:
            return _by_milestones(rule, age)
        case RuleKind.ONCE:
            if age < rule.age_from:
                return Reason.TOO_YOUNG
            return Reason.ONCE_OPEN if last is None else Reason.ONCE_TAKEN
        case RuleKind.INTERVAL:
            if age < rule.age_from:
                return Reason.TOO_YOUNG
            if rule.age_to is not None and age > rule.age_to:
                return Reason.TOO_OLD
            # Another town's HPV test asks for another test in the next year, here by the method we have.
            return path if path in _DUE else _by_interval(rule, last, fiscal_year)


def _by_interval(rule: Rule, last: Taken | None, fiscal_year: int) -> Reason:
    """Two-yearly means: not screened in the previous fiscal year; it is not about odd or even ages."""
    if last is None:
        return Reason.NEVER_TAKEN
    wait = max(rule.interval_years, rule.endoscopy_wait if Mark.ENDOSCOPY in last.marks else 0)
    return Reason.INTERVAL_NOT_OVER if fiscal_year - last.fiscal_year < wait else Reason.INTERVAL_OVER


def _by_milestones(rule: Rule, age: int) -> Reason:
    if age in rule.milestone_ages:
        return Reason.MILESTONE
    if age < rule.age_from:
        return Reason.TOO_YOUNG
    return Reason.PAST_MILESTONES if age > rule.milestone_ages[-1] else Reason.NOT_MILESTONE


def _hpv_path(last: Taken | None) -> Reason | None:
    """Say what the last test asks for by itself, whatever the person's age; none for a negative one or cytology."""
    if last is None or Mark.HPV not in last.marks:
        return None
    if Mark.HPV_DETAIL in last.marks:
        return Reason.DETAIL_INSTEAD
    if Mark.HPV_POSITIVE in last.marks:
        return Reason.FOLLOW_UP
    return Reason.UNJUDGED if Mark.HPV_UNJUDGED in last.marks else None


def _by_hpv(rule: Rule, year: YearRules, age: int, last: Taken | None, path: Reason | None, fiscal_year: int) -> Reason:
    if path in _DUE:
        return path
    by_age = _by_milestones(rule, age)
    if path is not None:
        return by_age if by_age is Reason.MILESTONE else path
    if year.hpv_five_years and last is not None and Mark.HPV in last.marks and age >= rule.age_from:
        return _by_interval(rule, last, fiscal_year)
    return by_age
