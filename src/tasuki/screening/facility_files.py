"""Reads a list of medical institutions from a CSV file, line by line."""

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tasuki.screening.facility_rules import problems_of_entry
from tasuki.screening.types import FacilityProblem, FacilityRow

HEADER: Final = ("保険医療機関番号", "名称", "所在団体コード", "点数表", "有効開始日", "有効終了日")


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a line of a list is refused; line 1 is the header. `problem` is None where it cannot be read at all."""

    line: int
    problem: FacilityProblem | None


def read_facility_file(lines: Iterable[str]) -> list[FacilityRow] | list[FileProblem]:
    """Read a list whole: its entries, or every line that is wrong."""
    reader = csv.reader(lines)
    if tuple(next(reader, ())) != HEADER:
        return [FileProblem(1, None)]
    entries: list[FacilityRow] = []
    problems: list[FileProblem] = []
    for row in reader:
        entry = _entry(row)
        if entry is None:
            problems.append(FileProblem(reader.line_num, None))
            continue
        same = [one for one in entries if one.facility_number == entry.facility_number]
        problems += [FileProblem(reader.line_num, problem) for problem in problems_of_entry(entry, same)]
        entries.append(entry)
    return problems or entries


def _entry(row: list[str]) -> FacilityRow | None:
    try:
        number, name, _municipality, _points_table, since, until = row
        return FacilityRow(number, name, dt.date.fromisoformat(since), dt.date.fromisoformat(until) if until else None)
    except ValueError:
        return None
