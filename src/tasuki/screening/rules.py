"""Checks of a record against the register and the institutions; those within a record are in the layouts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant
from tasuki.layouts.fhir.names import fhir_rules
from tasuki.layouts.rules import Rule, load_rules
from tasuki.layouts.rules import rules as layout_rules
from tasuki.layouts.types import Item, Programme, RecordProblem, ScreeningRecord, Severity
from tasuki.screening.types import Acknowledgement
from tasuki.shared.actor import Actor


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The days of a person's life that bear on a screening."""

    birth_date: date
    moved_out_date: date | None
    died_date: date | None


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule of this context by its id."""
    return load_rules(files("tasuki.screening").joinpath("data"))


@cache
def header_item(identifier: str) -> Item:
    """Return an item common to every record."""
    return catalogue().item_named(None, identifier)


@cache
def dated_items(programme: Programme) -> frozenset[str]:
    """Return the codes of a programme's items that were not always in force, or no longer are."""
    first_day = min(item.in_force_from for item in catalogue().items_of(None))
    return frozenset(
        item.code
        for item in catalogue().items_of(programme)
        if item.in_force_until is not None or item.in_force_from > first_day
    )


def problems_with_lifetime(record: ScreeningRecord, life: Lifetime) -> list[RecordProblem]:
    """Return what speaks against a person having been screened on the day of the record."""
    days = days_meant(record.examined_date or "")
    if days is None:
        return []
    first, last = days
    found = []
    if last < life.birth_date:
        found.append("before_birth")
    if life.died_date is not None and first > life.died_date:
        found.append("after_death")
    # On the day of moving itself a screening in the morning is quite possible.
    elif life.moved_out_date is not None and first > life.moved_out_date:
        found.append("after_moving_out")
    return [rules()[name].problem(header_item("examined_date")) for name in found]


def split(problems: Iterable[RecordProblem]) -> tuple[list[RecordProblem], list[RecordProblem]]:
    """Part problems into errors and warnings."""
    errors: list[RecordProblem] = []
    warnings: list[RecordProblem] = []
    for problem in problems:
        (errors if problem.severity is Severity.ERROR else warnings).append(problem)
    return errors, warnings


def acknowledgement_key(problem: RecordProblem) -> str:
    """Name one warning of a record: its rule, and the item it is about."""
    return problem.rule if problem.item is None else f"{problem.rule}:{problem.item}"


def stored_form(
    warnings: Sequence[RecordProblem], *, by: Actor | None = None, at: datetime | None = None
) -> list[dict[str, str | None]]:
    """Give what is stored of warnings: rule and item, because their wording belongs to the release that shows them.

    :param by: who stood by each of them; None where they were only shown, as in an import.
    """
    named: dict[str, str | None] = {}
    if by is not None and at is not None:
        named = {"acknowledged_by": str(by), "acknowledged_at": at.isoformat()}
    return [{"rule": warning.rule, "item": warning.item} | named for warning in warnings]


def from_stored_form(stored: Iterable[Mapping[str, str | None]]) -> tuple[RecordProblem, ...]:
    """Word stored warnings again; a rule that this release no longer has is shown by its id."""
    return tuple(_worded(str(warning["rule"]), warning["item"]) for warning in stored)


def acknowledgements_in(stored: Iterable[Mapping[str, str | None]]) -> tuple[Acknowledgement, ...]:
    """Return who stood by which of the stored warnings."""
    return tuple(
        Acknowledgement(str(warning["rule"]), warning["item"], by, datetime.fromisoformat(at))
        for warning in stored
        if (by := warning.get("acknowledged_by")) and (at := warning.get("acknowledged_at"))
    )


def _worded(rule_id: str, code: str | None) -> RecordProblem:
    rule = layout_rules().get(rule_id) or rules().get(rule_id) or fhir_rules().get(rule_id)
    if rule is None:
        return RecordProblem(code, rule_id, Severity.WARNING, rule_id, rule_id, "", "")
    item = catalogue().items.get(code) if code is not None else None
    return rule.problem(item, code=code)
