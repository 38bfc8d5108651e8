"""The cases of `cases.toml` as values, for the test and for the document that are made from them."""

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tasuki.eligibility.catalogue import rule_book, year_rules
from tasuki.eligibility.history import marks_of
from tasuki.eligibility.options import default_options
from tasuki.eligibility.rules import assess
from tasuki.eligibility.types import Assessment, Exclusion, ExclusionKind, Options, PersonFacts, Rule, Taken
from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.types import Programme
from tasuki.screening.types import Source

TODAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One row of the table: what is known, and what follows."""

    name_ja: str
    name_en: str
    rule: Rule
    person: PersonFacts
    fiscal_year: int
    on: date
    options: Options
    taken: tuple[Taken, ...]
    exclusion: ExclusionKind | None
    status: str
    reason: str
    next_year: int | None
    methods: tuple[str, ...]

    @property
    def programme(self) -> Programme:
        return self.rule.programme

    def assessed(self) -> Assessment:
        """Decide the case as the town's systems do."""
        exclusions = [] if self.exclusion is None else [self._exclusion(self.exclusion)]
        years = year_rules(rule_book(), self.options, self.fiscal_year, self.on)
        return assess(self.person, {self.programme: self.taken}, exclusions, years, self.on)[self.programme]

    def _exclusion(self, kind: ExclusionKind) -> Exclusion:
        return Exclusion(1, "0001", self.programme, kind, date(2026, 4, 1), None, "", AT, "STAFF:1")


def cases() -> list[Case]:
    content = tomllib.loads(Path(__file__).with_name("cases.toml").read_text("utf-8"))
    return [_case(entry) for entry in content["case"]]


def _case(entry: dict[str, Any]) -> Case:
    rule, expect = rule_book().rule(entry["rule"]), entry["expect"]
    return Case(
        name_ja=entry["name_ja"],
        name_en=entry["name_en"],
        rule=rule,
        person=PersonFacts(entry["born"], {"M": "1", "F": "2"}[entry["sex"]], entry.get("left")),
        fiscal_year=entry.get("year", 2026),
        on=entry.get("on", TODAY),
        options=_options(entry, rule.programme),
        taken=tuple(_taken(one, rule.programme) for one in entry.get("taken", ())),
        exclusion=ExclusionKind(entry["excluded"]) if "excluded" in entry else None,
        status=expect["status"],
        reason=expect["reason"],
        next_year=expect.get("next"),
        methods=tuple(expect.get("methods", ())),
    )


def _options(entry: dict[str, Any], programme: Programme) -> Options:
    options = default_options()
    return replace(
        options,
        not_offered=frozenset({programme}) if entry.get("not_offered") else frozenset(),
        chosen=frozenset(entry.get("options", ())),
        reference_days=MappingProxyType(
            dict(options.reference_days) | ({programme: entry["reference"]} if "reference" in entry else {})
        ),
        ages_from=MappingProxyType(entry.get("ages_from", {})),
        more_ages=MappingProxyType({name: tuple(ages) for name, ages in entry.get("more_ages", {}).items()}),
    )


def _taken(entry: dict[str, Any], programme: Programme) -> Taken:
    items = {catalogue().item_named(programme, name).code: value for name, value in entry.get("items", {}).items()}
    source = Source(entry.get("source", "OWN"))
    return Taken(entry["year"], source, "", marks_of(programme, items))
