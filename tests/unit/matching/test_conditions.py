"""Batch and increment see the same levels: each condition in Python is held against the same condition in DuckDB."""

import random

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasuki.matching.batch import as_arrow, compare_pairs
from tasuki.matching.conditions import condition
from tasuki.matching.definition import FEBRL, JAPAN, definition
from tasuki.matching.keys import COLUMNS, columns_of
from tasuki.matching.matcher import Matcher, japanese
from tasuki.matching.types import Columns, Levels, PersonRecord
from tests.unit.matching.pairs import keys, records

PLACE = {"a": 0, "b": 1}
ENTRIES = (
    {"same": ["a", "b"]},
    {"near": "a", "within": 1},
    {"near": "a", "within": 2},
    {"alike": "a", "at_least": 0.8},
    {"alike": "a", "at_least": 0.88},
    {"crossed": ["a", "b"]},
    {"compatible": ["a", "b"]},
)


def _drawn_pairs(count: int) -> list[tuple[Columns, Columns]]:
    chance = random.Random(1)  # noqa: S311 - fictitious, and must repeat

    def text() -> str | None:
        return "".join(chance.choices("ab1 -", k=chance.choice((0, 1, 1, 1, 2, 3, 5, 6)))) or None

    return [((text(), text()), (text(), text())) for _ in range(count)]


def test_python_and_duckdb_agree_on_every_condition() -> None:
    pairs = _drawn_pairs(20_000)
    conditions = [condition(entry, PLACE) for entry in ENTRIES]
    asked = ", ".join(f"coalesce({one.sql}, false)" for one in conditions)
    columns = zip(*((n, *one, *other) for n, (one, other) in enumerate(pairs)), strict=True)
    table = pa.table(dict(zip(("n", "a_l", "b_l", "a_r", "b_r"), columns, strict=True)))
    with duckdb.connect() as connection:
        connection.register("p", table)
        found = connection.execute(f"SELECT {asked} FROM p ORDER BY n").fetchall()  # noqa: S608 - ours
    assert found == [tuple(one.holds(*pair) for one in conditions) for pair in pairs]
    # Each condition holds for some pairs and not for others, or the comparison would say nothing.
    assert all(len(set(column)) == 2 for column in zip(*found, strict=True))


def in_duckdb(matcher: Matcher, rows: list[Columns]) -> dict[tuple[int, int], Levels]:
    """Compare every row with the first in DuckDB."""
    of = matcher.definition
    with duckdb.connect() as connection:
        connection.register("records", as_arrow(of, [(str(n), row) for n, row in enumerate(rows)]))
        connection.execute(
            "CREATE TABLE asked AS SELECT 0 AS join_key_l, range AS join_key_r FROM range(?)", [len(rows)]
        )
        return compare_pairs(connection, of, "asked")


@settings(deadline=None, max_examples=30)
@given(st.lists(records(), min_size=20, max_size=40))
def test_residents_are_compared_alike_in_both(drawn: list[PersonRecord]) -> None:
    rows = [columns_of(one) for one in drawn]
    assert in_duckdb(japanese(), rows) == {(0, n): japanese().compare(rows[0], row) for n, row in enumerate(rows)}


@settings(deadline=None, max_examples=30)
@given(st.lists(keys(len(definition(FEBRL).columns)), min_size=20, max_size=40))
def test_the_other_definition_is_compared_alike_in_both(rows: list[Columns]) -> None:
    matcher = Matcher(definition(FEBRL), japanese().weights)
    assert in_duckdb(matcher, rows) == {(0, n): matcher.compare(rows[0], row) for n, row in enumerate(rows)}


def test_the_columns_are_those_of_the_definition() -> None:
    assert definition(JAPAN).columns == COLUMNS


@pytest.mark.parametrize("entry", [{"same": ["c"]}, {"near": "a"}, {"like": "a"}, {}])
def test_an_unknown_condition_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        condition(entry, PLACE)
