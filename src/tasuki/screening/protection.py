"""The list of protected persons (支援措置名簿): its dated rules, and how a file of it is read."""

import datetime as dt
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from tasuki.screening.types import ImportProblem
from tasuki.screening.types.protection import ListedRow
from tasuki.screening.wording import import_problem
from tasuki.shared.dates import JST, DateProblem, parse_date
from tasuki.shared.identifiers import is_system_person_number

#: The columns of a list, by field; the last one may be missing.
HEADERS: Final = {
    "system_person_number": "宛名番号",
    "protected_from": "支援措置開始日",
    "protected_to": "支援措置終了日",
    "renewed_on": "延長決定日",
}
_OPTIONAL: Final = "renewed_on"
_DATE_RULES: Final = {
    DateProblem.EMPTY: "cell_empty",
    DateProblem.EXCEL_SERIAL: "excel_serial",
    DateProblem.TWO_DIGIT_YEAR: "two_digit_year",
    DateProblem.IMPOSSIBLE_DATE: "impossible_date",
    DateProblem.UNREADABLE: "unreadable_date",
}


class ProtectionRule(StrEnum):
    """A number that a dated rule sets."""

    LIST_DAYS = "list_days"
    RENEWAL_DAYS = "renewal_days"
    OPEN_MINUTES = "open_minutes"
    LEAST_PERCENT = "least_percent"


@dataclass(frozen=True, slots=True)
class _Dated:
    name: ProtectionRule
    value: int
    valid_from: dt.date
    citation: str
    status: str
    checked: dt.date


@cache
def _rules() -> tuple[_Dated, ...]:
    content = tomllib.loads(files("tasuki.screening").joinpath("data/protection.toml").read_text("utf-8"))
    return tuple(_Dated(**one | {"name": ProtectionRule(one["name"])}) for one in content["rule"])


def protection_rule(name: ProtectionRule, on: dt.date) -> int:
    """Return what a rule sets on a day; before its first day the first one holds already."""
    dated = sorted((one for one in _rules() if one.name is name), key=lambda one: one.valid_from)
    holding = [one for one in dated if one.valid_from <= on]
    return (holding or dated)[-1 if holding else 0].value


def fresh_until(listed_on: dt.date) -> dt.datetime:
    """Return when a list of a day becomes too old: at midnight behind the last day it serves."""
    last = listed_on + dt.timedelta(days=protection_rule(ProtectionRule.LIST_DAYS, listed_on))
    return dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), JST)


def missing_columns(header: Sequence[str]) -> list[ImportProblem]:
    """Return a problem for each column a list must have and has not."""
    return [
        import_problem("no_header", line=1, field=text)
        for name, text in HEADERS.items()
        if text not in header and name != _OPTIONAL
    ]


def read_listed(
    header: Sequence[str], lines: Iterable[tuple[int, Sequence[str]]]
) -> tuple[list[ListedRow], list[ImportProblem]]:
    """Read the lines of a list under its header: who is named, and every line that cannot be relied upon."""
    places = {name: header.index(text) for name, text in HEADERS.items() if text in header}
    found: dict[str, ListedRow] = {}
    problems: list[ImportProblem] = []
    for line, cells in lines:
        row = _row(line, cells, places, len(header), problems)
        if row is None:
            continue
        if row.system_person_number in found:
            problems.append(_problem("listed_twice", line, "system_person_number", row.system_person_number))
            row = _wider(row, found[row.system_person_number])
        found[row.system_person_number] = row
    return list(found.values()), problems


def _row(
    line: int, cells: Sequence[str], places: dict[str, int], width: int, problems: list[ImportProblem]
) -> ListedRow | None:
    if len(cells) != width:
        problems.append(import_problem("wrong_column_count", line=line, expected=width, found=len(cells)))
        return None
    values = {name: cells[place].strip() for name, place in places.items()}
    before = len(problems)
    number = values["system_person_number"]
    if not is_system_person_number(number):
        problems.append(_problem("bad_number" if number else "cell_empty", line, "system_person_number", number))
    start = _day("protected_from", values, line, problems, needed=True)
    end = _day("protected_to", values, line, problems)
    renewed = _day("renewed_on", values, line, problems)
    if start is not None and end is not None and end < start:
        problems.append(_problem("period_reversed", line, "protected_to", values["protected_to"]))
    if len(problems) > before or start is None:
        return None
    return ListedRow(number, start, end, renewed)


def _day(
    name: str, values: dict[str, str], line: int, problems: list[ImportProblem], *, needed: bool = False
) -> dt.date | None:
    cell = values.get(name, "")
    if not cell and not needed:
        return None
    day = parse_date(cell)
    if isinstance(day, dt.date):
        return day
    problems.append(_problem(_DATE_RULES[day.problem], line, name, cell))
    return None


def _wider(one: ListedRow, other: ListedRow) -> ListedRow:
    """Return the longer protection of two lines about one person."""
    ends = (one.protected_to, other.protected_to)
    return ListedRow(
        one.system_person_number,
        min(one.protected_from, other.protected_from),
        None if None in ends else max(end for end in ends if end is not None),
        max((day for day in (one.renewed_on, other.renewed_on) if day is not None), default=None),
    )


def _problem(rule: str, line: int, name: str, value: str) -> ImportProblem:
    found = import_problem(rule, line=line, field=HEADERS[name], value=value)
    # Most of these rules speak of whoever sends results; a list comes from the office that keeps the measures.
    return replace(
        found,
        remedy_ja="名簿を作る担当に確かめ、出力し直してもらってください。",
        remedy_en="Ask the office that makes the list, and have it written again.",
    )
