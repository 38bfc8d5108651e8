"""Holds a record against the layouts: form, codes, mandatory items, stage, dates, and the cross-checks of `rules`.

A screening year is some 71,500 records, so everything that depends only on programme and stage is worked out once,
and a coded value that is right costs one look-up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Final

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.dates import days_meant, fiscal_year_days
from tasuki.layouts.rules import CrossCheck, Rule, cross_checks, rules
from tasuki.layouts.types import Item, ItemType, Mandatory, Programme, RecordProblem, ScreeningRecord, Stage
from tasuki.layouts.values import bytes_used, is_number

# 健康増進事業 began with fiscal 2008; later than 2100 is a slip of the keyboard.
FIRST_FISCAL_YEAR: Final = 2008
LAST_FISCAL_YEAR: Final = 2100
OLDEST_AGE: Final = 130
LAST_SEQUENCE: Final = 99

_FACILITY_NUMBER: Final = re.compile(r"[0-9]{10}")


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What validation needs to know about one programme at one stage."""

    items: Mapping[str, Item]
    codes: Mapping[str, frozenset[str]]
    required: frozenset[str]
    device_groups: tuple[tuple[frozenset[str], frozenset[str]], ...]
    other_stage: frozenset[str]
    other_stage_rule: Rule
    dated: frozenset[str]
    checks: tuple[CrossCheck, ...]


@cache
def _plan(programme: Programme, stage: Stage) -> _Plan:
    layouts = catalogue()
    every, own = layouts.items_of(programme), layouts.items_of(programme, stage)
    groups = layouts.one_of_groups.get(programme, frozenset()) & {item.group.id for item in own}
    first_day = min(item.in_force_from for item in layouts.items_of(None))
    return _Plan(
        items=MappingProxyType({item.code: item for item in every}),
        codes=MappingProxyType(
            {item.code: frozenset(layouts.table(item.table).codes) for item in every if item.table is not None}
        ),
        required=frozenset(item.code for item in own if item.mandatory is Mandatory.ALWAYS),
        device_groups=tuple(_device_group(own, group) for group in sorted(groups)),
        other_stage=frozenset(item.code for item in every) - {item.code for item in own},
        other_stage_rule=rules()["detailed_item_in_primary" if stage is Stage.PRIMARY else "primary_item_in_detailed"],
        dated=frozenset(
            item.code for item in every if item.in_force_until is not None or item.in_force_from > first_day
        ),
        checks=cross_checks(programme),
    )


def _device_group(items: tuple[Item, ...], group: str) -> tuple[frozenset[str], frozenset[str]]:
    members = [item for item in items if item.group.id == group]
    needed = (item.code for item in members if item.mandatory is Mandatory.WITH_GROUP)
    return frozenset(item.code for item in members), frozenset(needed)


def problems_in(record: ScreeningRecord, on: date) -> list[RecordProblem]:
    """Return everything wrong with a record as of the day `on`; an empty list when nothing is."""
    return [*problems_in_header(record, on), *problems_in_items(record, on)]


def problems_in_items(record: ScreeningRecord, on: date) -> list[RecordProblem]:
    """Return what is wrong with the items of a record, those that are missing among them."""
    problems: list[RecordProblem] = []
    plan = _plan(record.programme, record.stage)
    items, codes = record.items, plan.codes
    for code, value in items.items():
        allowed = codes.get(code)
        if allowed is None or value not in allowed:
            _check_value(plan.items.get(code), code, value, on, problems)
    if not items.keys() >= plan.required:
        _report_missing(plan, plan.required - items.keys(), record, problems)
    if record.absent:
        _check_absent(plan, record, problems)
    if not plan.other_stage.isdisjoint(items) or not plan.other_stage.isdisjoint(record.absent):
        found = plan.other_stage & (items.keys() | record.absent.keys())
        problems += [plan.other_stage_rule.problem(plan.items[code]) for code in sorted(found)]
    if plan.device_groups:
        _check_devices(plan, record, problems)
    if not plan.dated.isdisjoint(items):
        _check_in_force(plan, record, on, problems)
    for check in plan.checks:
        if (item := check.find(items)) is not None:
            problems.append(check.rule.problem(item))
    return problems


def problems_in_header(record: ScreeningRecord, on: date) -> list[RecordProblem]:
    """Return what is wrong with what every record carries: its year, sequence and day, its person's age, its place."""
    problems: list[RecordProblem] = []
    if not 0 < record.sequence <= LAST_SEQUENCE:
        problems.append(rules()["impossible_sequence"].problem(_header("sequence")))
    if record.age is not None and not 0 <= record.age <= OLDEST_AGE:
        problems.append(rules()["impossible_age"].problem(_header("age")))
    if record.encounter_type is not None and record.encounter_type not in _encounter_types():
        problems.append(rules()["unknown_code"].problem(_header("encounter_type")))
    if record.facility_number is not None and not _FACILITY_NUMBER.fullmatch(record.facility_number):
        problems.append(rules()["bad_facility_number"].problem(_header("facility_number")))
    if record.facility_name is not None:
        _check_length(_header("facility_name"), record.facility_name, problems)
    year_is_possible = FIRST_FISCAL_YEAR <= record.fiscal_year <= LAST_FISCAL_YEAR
    if not year_is_possible:
        problems.append(rules()["impossible_fiscal_year"].problem(_header("fiscal_year")))
    if record.examined_date is not None:
        _check_examined_date(record, on, year_is_possible, problems)
    return problems


def _check_examined_date(
    record: ScreeningRecord, on: date, year_is_possible: bool, problems: list[RecordProblem]
) -> None:
    days = days_meant(record.examined_date or "")
    if days is None:
        problems.append(rules()["not_a_date"].problem(_header("examined_date")))
        return
    first, last = days
    if first > on:
        problems.append(rules()["date_in_future"].problem(_header("examined_date")))
    if year_is_possible:
        starts, ends = fiscal_year_days(record.fiscal_year)
        # A detailed examination carries the fiscal year of its primary, so it may well lie after that year.
        if last < starts or (first > ends and record.stage is not Stage.DETAILED):
            problems.append(rules()["date_outside_fiscal_year"].problem(_header("examined_date")))


@cache
def _header(identifier: str) -> Item:
    return catalogue().item_named(None, identifier)


@cache
def _encounter_types() -> frozenset[str]:
    table = _header("encounter_type").table
    return frozenset() if table is None else frozenset(catalogue().table(table).codes)


def _check_value(item: Item | None, code: str, value: str, on: date, problems: list[RecordProblem]) -> None:
    if item is None:
        problems.append(rules()["unknown_item"].problem(code=code))
    elif not value:
        problems.append(rules()["empty_value"].problem(item))
    elif item.type is ItemType.CODE:
        problems.append(rules()["unknown_code"].problem(item))
    elif item.type is ItemType.NUMBER and not is_number(value):
        problems.append(rules()["not_a_number"].problem(item))
    elif item.type is ItemType.DATE:
        days = days_meant(value)
        if days is None:
            problems.append(rules()["not_a_date"].problem(item))
        elif days[0] > on:
            problems.append(rules()["date_in_future"].problem(item))
    else:
        _check_length(item, value, problems)


def _check_length(item: Item, value: str, problems: list[RecordProblem]) -> None:
    used = bytes_used(value)
    if used > item.max_bytes:
        problems.append(rules()["too_long"].problem(item, limit=item.max_bytes, used=used))


def _report_missing(
    plan: _Plan, missing: frozenset[str] | set[str], record: ScreeningRecord, problems: list[RecordProblem]
) -> None:
    for code in sorted(missing):
        rule = rules()["mandatory_absent" if code in record.absent else "mandatory_missing"]
        problems.append(rule.problem(plan.items[code]))


def _check_absent(plan: _Plan, record: ScreeningRecord, problems: list[RecordProblem]) -> None:
    for code in record.absent:
        item = plan.items.get(code)
        if item is None:
            problems.append(rules()["unknown_item"].problem(code=code))
        elif code in record.items:
            problems.append(rules()["value_and_reason"].problem(item))


def _check_devices(plan: _Plan, record: ScreeningRecord, problems: list[RecordProblem]) -> None:
    used = [needed for members, needed in plan.device_groups if not members.isdisjoint(record.items)]
    if not used:
        problems.append(rules()["no_device"].problem())
    for needed in used:
        if not record.items.keys() >= needed:
            _report_missing(plan, needed - record.items.keys(), record, problems)


def _check_in_force(plan: _Plan, record: ScreeningRecord, on: date, problems: list[RecordProblem]) -> None:
    """Warn of items that were not in force on any day the examination can have been."""
    first, last = days_meant(record.examined_date or "") or (on, on)
    for code in sorted(plan.dated & record.items.keys()):
        item = plan.items[code]
        ended = item.in_force_until is not None and item.in_force_until <= first
        if ended or last < item.in_force_from:
            problems.append(rules()["not_in_force"].problem(item))
