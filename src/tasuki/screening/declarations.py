"""What a resident declares of a screening at their workplace, and what may be wrong with it."""

import datetime as dt
from typing import Final

from tasuki.layouts.types import Programme, RecordProblem, ScreeningRecord, Stage
from tasuki.layouts.validate import problems_in
from tasuki.screening.circumstances import Circumstances, problems_with_circumstances
from tasuki.screening.rules import header_item, rules
from tasuki.screening.scrutiny import lifetime, others_of

_HEADER: Final = ("fiscal_year", "examined_date", "facility_name")


def problems_of_declaration(*, person: str, record: ScreeningRecord, on: dt.date) -> list[RecordProblem]:
    """Return what is wrong with a declaration: its year, date and place; that it has no items is its nature."""
    codes = {header_item(name).code for name in _HEADER}
    found = [problem for problem in problems_in(record, on) if problem.item in codes]
    if not record.facility_name:
        found.append(rules()["place_missing"].problem(header_item("facility_name")))
    return found + problems_with_circumstances(record, Circumstances(lifetime(person), others_of(person)))


def declared(
    *, programme: Programme, fiscal_year: int, examined_date: str | None, age: int | None, place: str
) -> ScreeningRecord:
    """Make the record of a declaration."""
    return ScreeningRecord(programme, Stage.PRIMARY, fiscal_year, 1, examined_date, age, None, None, place or None)
