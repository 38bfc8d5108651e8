"""What speaks against rows of a result file in view of what is stored and of each other, row by row."""

from collections.abc import Mapping, Sequence

import pytest

from tasuki.layouts.types import Programme, Stage
from tasuki.screening.circumstances import DUPLICATE_RULES
from tasuki.screening.lookups import Standing, known_person
from tasuki.screening.objecting import InFile
from tasuki.screening.row_circumstances import RowCircumstances, RowSaid
from tasuki.screening.types import Objection

NUMBER = "0001000001"
PERSON = known_person("1970-06-14", "2", "レイジ　ハナコ", None, None)
BOTH = {"duplicate_in_year", "duplicate_on_day"}
AGAIN = {"duplicate_in_year"}
OWN = Standing("1", "2025", "1", True, "2025-07-24")
BEFORE, LONG_BEFORE = OWN._replace(fiscal_year="2024", day="2024-07-24"), OWN._replace(fiscal_year="2023", day=None)


def row(year: int, day: str | None, sequence: int = 1, stage: Stage = Stage.PRIMARY) -> RowSaid:
    return RowSaid(stage.value, str(year), str(sequence), day, {}, {})


def judged(stored: Sequence[Standing], *file: RowSaid) -> list[set[str]]:
    """Hold the rows of a file against each other and what is stored, one after the other; every other year is law."""
    years = {int(one.fiscal_year) for one in stored}

    def judge(person: str, sex: str, born: str, year: int, in_file: Sequence[InFile]) -> frozenset[Objection]:
        broken = year - 1 in years | {other for other, _ in in_file}
        return frozenset({Objection.INTERVAL} if broken else ())

    beside = RowCircumstances(Programme.BREAST, lambda programme, people, asked: judge)
    standing: Mapping[str, Sequence[Standing]] = {NUMBER: stored} if stored else {}
    beside.look_up(standing, {said.fiscal_year for said in file})
    found = []
    for said in file:
        found.append({problem.rule for problem in beside.problems(NUMBER, PERSON, said)})
        beside.note(NUMBER, said)
    return found


# What is stored, the one row of the file, and what is said of it.
STORED_CASES = [
    ("nothing is stored", (), row(2025, "2025-09-01"), set()),
    ("the next sequence of the year", (OWN,), row(2025, "2025-09-01", 2), AGAIN),
    ("the next sequence on the same day", (OWN,), row(2025, "2025-07-24", 2), BOTH),
    ("the very place, an error by itself", (OWN,), row(2025, "2025-07-24"), set()),
    ("the same place, given by the workplace", (OWN._replace(is_own=False),), row(2025, "2025-07-24"), BOTH),
    ("the same day under another year", (OWN,), row(2023, "2025-07-24"), {"duplicate_on_day"}),
    ("both stages in one", (OWN._replace(stage="3"),), row(2025, "2025-09-01", 2), AGAIN),
    ("the detailed examination", (OWN._replace(stage="2"),), row(2025, "2025-07-24"), set()),
    ("the year before", (BEFORE,), row(2025, "2025-07-24"), {"interval_broken"}),
    ("two years before", (LONG_BEFORE,), row(2025, "2025-07-24"), set()),
]


@pytest.mark.parametrize(("case", "stored", "said", "rules"), STORED_CASES, ids=[case for case, *_ in STORED_CASES])
def test_a_row_is_held_against_what_is_stored(
    case: str, stored: Sequence[Standing], said: RowSaid, rules: set[str]
) -> None:
    assert judged(stored, said) == [rules], case


# The rows of the file in their order, and what is said of each.
FILE_CASES = [
    ("another sequence of the year", (row(2025, "2025-07-24"), row(2025, "2025-09-01", 2)), [set(), AGAIN]),
    ("another sequence on the day", (row(2025, "2025-07-24"), row(2025, "2025-07-24", 2)), [set(), BOTH]),
    ("the very place again", (row(2025, "2025-07-24"), row(2025, "2025-07-24")), [set(), set()]),
    ("three of a year", (row(2025, "2025-07-24"), row(2025, None, 2), row(2025, None, 3)), [set(), AGAIN, AGAIN]),
    ("the year before, further up", (row(2024, "2024-07-24"), row(2025, "2025-07-24")), [set(), {"interval_broken"}]),
    (
        "the year before, further down",
        (row(2025, "2025-07-24"), row(2024, "2024-07-24")),
        [set(), {"interval_broken_after"}],
    ),
    (
        "three years running, the middle one last",
        (row(2023, None), row(2025, None), row(2024, None)),
        [set(), set(), {"interval_broken", "interval_broken_after"}],
    ),
    (
        "a year that was broken without this row",
        (row(2024, None), row(2025, None), row(2024, None, 2)),
        [set(), {"interval_broken"}, AGAIN],
    ),
    ("two years apart, either way", (row(2025, None), row(2023, None), row(2027, None)), [set(), set(), set()]),
]


@pytest.mark.parametrize(("case", "file", "rules"), FILE_CASES, ids=[case for case, *_ in FILE_CASES])
def test_rows_of_a_file_are_held_against_each_other_whichever_is_first(
    case: str, file: Sequence[RowSaid], rules: list[set[str]]
) -> None:
    assert judged((), *file) == rules, case


def test_two_detailed_examinations_of_a_year_are_pointed_out() -> None:
    detailed = row(2025, "2025-09-01", stage=Stage.DETAILED)
    found = judged((), row(2025, "2025-07-24"), detailed, detailed._replace(sequence="2"))
    assert [rules & DUPLICATE_RULES for rules in found] == [set(), set(), BOTH]


def test_another_person_of_the_file_is_nobodys_duplicate() -> None:
    beside = RowCircumstances(Programme.BREAST, lambda programme, people, asked: lambda *_: frozenset())
    beside.look_up({}, {"2025"})
    beside.note("0001000002", row(2025, "2025-07-24"))
    assert beside.problems(NUMBER, PERSON, row(2025, "2025-07-24")) == ()
