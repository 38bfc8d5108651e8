"""The few helpers under every hot path: what goes into PostgreSQL comes out as it was."""

from collections.abc import Iterator

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.nodes.sql import byte_array, copy_rows, listed, prepared, rows, run, text_array

pytestmark = pytest.mark.django_db(databases=["index"])
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS | st.sampled_from(['"', "\\", "{", "}", ",", "NULL", "null", "", " "]) | st.none()))
def test_texts_are_read_back_as_they_were(values: list[str | None]) -> None:
    assert rows("SELECT %s::text[] AS found", [text_array(values)], alias="index") == [{"found": values}]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary()))
def test_bytes_are_read_back_as_they_were(values: list[bytes]) -> None:
    [row] = rows("SELECT %s::bytea[] AS found", [byte_array(values)], alias="index")
    assert [bytes(one) for one in row["found"]] == values


@pytest.mark.parametrize("values", [[], [["a", None]], [["a", "x\ty"], ["b", "\\N"]]])
def test_rows_are_copied_however_many(values: list[list[str | None]]) -> None:
    run("CREATE TEMPORARY TABLE copied (one text, other text) ON COMMIT DROP", alias="index")
    copy_rows("copied", ("one", "other"), iter(values), alias="index")
    assert [[*row.values()] for row in rows("SELECT * FROM copied ORDER BY one", alias="index")] == values


def test_statements_are_remembered_within_the_block_only() -> None:
    with prepared(alias="index"):
        rows("SELECT %s + 1 AS inside", [1], alias="index")
    rows("SELECT %s + 1 AS outside", [1], alias="index")
    found = {row["statement"] for row in rows("SELECT statement FROM pg_prepared_statements", alias="index")}
    assert [one for one in found if "inside" in one] != []
    assert [one for one in found if "outside" in one] == []


def test_what_was_remembered_before_is_so_again_after_a_fault() -> None:
    def fail() -> None:
        with prepared(alias="index"):
            assert connections["index"].connection.prepare_threshold == 0
            raise ZeroDivisionError

    before = connections["index"].connection.prepare_threshold
    with pytest.raises(ZeroDivisionError):
        fail()
    assert connections["index"].connection.prepare_threshold == before


@pytest.mark.parametrize(("items", "is_remembered"), [(1, True), (1_000, False)])
def test_a_long_list_is_planned_by_how_large_tables_are_now(items: int, is_remembered: bool) -> None:
    text = listed({"number": f"{one:030}"} for one in range(items))
    with prepared(alias="index"):
        rows(f"SELECT %s::jsonb AS json_of_{items}", [text], alias="index")
        rows(f"SELECT %s::text[] AS array_of_{items}", [["x"] * items], alias="index")
        assert connections["index"].connection.prepare_threshold == 0
    found = "".join(row["statement"] for row in rows("SELECT statement FROM pg_prepared_statements", alias="index"))
    assert (f"json_of_{items}" in found, f"array_of_{items}" in found) == (is_remembered, is_remembered)


def test_a_database_that_is_being_filled_is_not_asked_but_says_so() -> None:
    """Waiting for the answer, the process would keep the lines back that the database waits for."""
    run("CREATE TEMPORARY TABLE filled (n int) ON COMMIT DROP", alias="index")

    def lines() -> Iterator[tuple[int]]:
        yield (0,)
        # The first line is asked for before the filling begins.
        for number in (1, 2):
            with pytest.raises(RuntimeError, match="taken by a COPY"):
                rows("SELECT 1", alias="index")
            yield (number,)

    copy_rows("filled", ("n",), lines(), alias="index")
    assert rows("SELECT count(*) AS n FROM filled", alias="index") == [{"n": 3}]
