"""All pairs of a whole list: Splink and DuckDB find and compare the candidates, and our one matcher decides them.

There are some thousands of different levels among millions of pairs; each is decided once, in Python, by the function
that also decides the pairs of one new record. So batch and increment cannot disagree on a decision, only on levels, and
those are held together by test (`tests/unit/matching/test_conditions.py`).
"""

import contextlib
import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker

from tasuki.matching.clusters import settle
from tasuki.matching.conditions import Condition
from tasuki.matching.definition import Comparison, Definition
from tasuki.matching.estimating import Counted
from tasuki.matching.matcher import Matcher
from tasuki.matching.types import DIFFERS, MISSING, Cluster, Columns, Decision, Levels, Link

_KEY: Final = "record_place"
#: Splink wants shares for facts as well; equal ones weigh nothing.
_NO_WEIGHT: Final = 0.5
#: Pairs drawn at random to see how often two people agree.
DRAWN: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What a whole list comes to: every pair that is not two people, and who is who automatically."""

    candidates: int
    links: Sequence[Link]
    clusters: Mapping[str, Cluster]


def run_batch(matcher: Matcher, records: Iterable[tuple[str, Columns]], *, threads: int | None = None) -> Batch:
    """Compare and decide every candidate pair of a list of records, given as (key, comparison key)."""
    with _uncollected(), open_database() as connection:
        if threads is not None:
            connection.execute(f"SET threads = {int(threads)}")
        listed = list(records)
        keys = [key for key, _ in listed]
        table = as_arrow(matcher.definition, listed)
        _compare(connection, matcher.definition, _candidates(connection, matcher.definition, table))
        counts = _counts(connection, matcher.definition)
        links = _links(connection, matcher, counts, keys)
        return Batch(sum(counts.values()), links, settle(keys, links))


def open_database() -> duckdb.DuckDBPyConnection:
    """Open a database in memory; by itself DuckDB would fetch an extension it lacks from its makers' server."""
    return duckdb.connect(config={"autoinstall_known_extensions": False})


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector away: it would walk a million tuples, none of them in a cycle, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def count_pairs(of: Definition, records: Sequence[tuple[str, Columns]], *, drawn: int = DRAWN) -> Counted:
    """Count candidate pairs of a list, and pairs drawn from it, by their levels: what weights are estimated from."""
    with open_database() as connection:
        table = as_arrow(of, records)
        _compare(connection, of, _candidates(connection, of, table))
        candidates = _counts(connection, of)
        connection.execute("DROP TABLE compared")
        _compare(connection, of, _drawn(connection, len(records), drawn))
        return Counted(len(records), candidates, _counts(connection, of))


def _drawn(connection: duckdb.DuckDBPyConnection, records: int, drawn: int) -> str:
    """Draw pairs at random, the same for the same list, into a table of places; gives its name."""
    connection.execute(
        f"CREATE TABLE drawn AS SELECT {_KEY} AS join_key_l,"  # noqa: S608 - names of ours
        f" (hash({_KEY} * 1000003 + d.range) % ?)::BIGINT AS join_key_r FROM records CROSS JOIN range(?) d",
        [records, ceil(drawn / records)],
    )
    connection.execute("DELETE FROM drawn WHERE join_key_l = join_key_r")
    return "drawn"


def as_arrow(of: Definition, records: Sequence[tuple[str, Columns]]) -> pa.Table:
    """Put records into an Arrow table: their place in the list, and one column for each column of the definition."""
    columns = list(zip(*(values for _, values in records), strict=True)) or [()] * len(of.columns)
    arrays = {name: pa.array(values, pa.string()) for name, values in zip(of.columns, columns, strict=True)}
    return pa.table({_KEY: pa.array(range(len(columns[0])), pa.int64()), **arrays})


def splink_settings(matcher: Matcher) -> dict[str, Any]:
    """Return the definition and its weights as Splink's settings."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": _KEY,
        "probability_two_random_records_match": matcher.weights.prior,
        "comparisons": [_splink_comparison(matcher, comparison) for comparison in matcher.definition.comparisons],
        "blocking_rules_to_generate_predictions": _splink_blocks(matcher.definition),
        "retain_matching_columns": False,
    }


def _splink_blocks(of: Definition) -> list[str]:
    apart = "" if of.apart is None else f' AND l."{of.apart}" IS DISTINCT FROM r."{of.apart}"'
    return [" AND ".join(f'l."{column}" = r."{column}"' for column in block) + apart for block in of.blocks]


def _splink_comparison(matcher: Matcher, comparison: Comparison) -> dict[str, Any]:
    def level(value: int, sql: str) -> dict[str, Any]:
        one, two = matcher.weights.one_person, matcher.weights.two_people
        weighted = comparison.is_weighted
        return {
            "sql_condition": sql,
            "label_for_charts": comparison.level(value).id,
            "m_probability": one[comparison.id][value] if weighted else _NO_WEIGHT,
            "u_probability": two[comparison.id][value] if weighted else _NO_WEIGHT,
        }

    count = len(comparison.levels)
    levels = [level(count - number, _any(one.conditions)) for number, one in enumerate(comparison.levels)]
    missing = {
        "sql_condition": f"NOT ({_any(comparison.present)})",
        "label_for_charts": comparison.missing.id,
        "is_null_level": True,
    }
    return {"output_column_name": comparison.id, "comparison_levels": [*levels, missing, level(0, "ELSE")]}


def _candidates(connection: duckdb.DuckDBPyConnection, of: Definition, table: pa.Table) -> str:
    """Let Splink find the candidate pairs; gives the name of their table."""
    connection.register("records", table)
    settings = {
        "link_type": "dedupe_only",
        "unique_id_column_name": _KEY,
        "comparisons": [],
        "blocking_rules_to_generate_predictions": _splink_blocks(of),
    }
    # Splink logs at a level that it sets itself, unless told to leave logging alone.
    linker = Linker(DuckDBAPI(connection).register(table), settings, log_level=None)
    return linker.inference.compute_blocked_pairs_for_predict().physical_name


def _compare(connection: duckdb.DuckDBPyConnection, of: Definition, pairs: str) -> None:
    """Compare each pair once, into the table `compared`.

    Splink's own comparing would carry every compared text along, or else throw the levels away; here they become one
    number, which is all that a decision needs.
    """
    sides = ", ".join(f'l."{name}" AS "{name}_l", r."{name}" AS "{name}_r"' for name in of.columns)
    code = " + ".join(
        f"({_level_sql(comparison)} + 1) * {place}::BIGINT"
        for comparison, (_, place) in zip(of.comparisons, _places(of), strict=True)
    )
    # Every name comes from a definition that was checked, and none from outside.
    connection.execute(
        f"CREATE TABLE compared AS SELECT one, other, {code} AS code FROM"  # noqa: S608 — our own expression
        f" (SELECT l.{_KEY} AS one, r.{_KEY} AS other, {sides} FROM {pairs} p"
        f" JOIN records l ON l.{_KEY} = p.join_key_l JOIN records r ON r.{_KEY} = p.join_key_r)"
    )


def compare_pairs(connection: duckdb.DuckDBPyConnection, of: Definition, pairs: str) -> dict[tuple[int, int], Levels]:
    """Return the levels of the pairs of a table of places, compared as a batch compares them."""
    _compare(connection, of, pairs)
    places = _places(of)
    found = connection.execute("SELECT one, other, code FROM compared").fetchall()
    return {(one, other): _decoded(places, code) for one, other, code in found}


def _level_sql(comparison: Comparison) -> str:
    """Return the level of a comparison as SQL, as `Matcher.compare` gives it."""
    count = len(comparison.levels)
    cases = [f"WHEN {_any(level.conditions)} THEN {count - number}" for number, level in enumerate(comparison.levels)]
    return f"CASE {' '.join(cases)} WHEN {_any(comparison.present)} THEN {DIFFERS} ELSE {MISSING} END"


def _any(conditions: Sequence[Condition]) -> str:
    return " OR ".join(f"({one.sql})" for one in conditions)


def _places(of: Definition) -> list[tuple[int, int]]:
    """Return, for each comparison, how many levels it has and its place in the number that stands for all levels."""
    places, place = [], 1
    for comparison in of.comparisons:
        size = len(comparison.levels) + 2
        places.append((size, place))
        place *= size
    return places


def _counts(connection: duckdb.DuckDBPyConnection, of: Definition) -> dict[Levels, int]:
    found = connection.execute("SELECT code, count(*) FROM compared GROUP BY code").fetchall()
    places = _places(of)
    return {_decoded(places, code): pairs for code, pairs in found}


def _decoded(places: Sequence[tuple[int, int]], code: int) -> Levels:
    return tuple(code // place % size + MISSING for size, place in places)


def _links(
    connection: duckdb.DuckDBPyConnection, matcher: Matcher, counts: Mapping[Levels, int], keys: Sequence[str]
) -> list[Link]:
    places = _places(matcher.definition)
    decided = {
        sum((value - MISSING) * place for value, (_, place) in zip(levels, places, strict=True)): (levels, outcome)
        for levels in counts
        if (outcome := matcher.decide(levels)).decision != Decision.NONE
    }
    found = connection.execute(
        "SELECT one, other, code FROM compared WHERE code IN (SELECT unnest(?::BIGINT[]))", [list(decided)]
    ).fetchall()
    links = []
    for one, other, code in found:
        levels, outcome = decided[code]
        first, second = sorted((keys[one], keys[other]))
        links.append(Link(first, second, levels, outcome.decision, outcome.is_likely, outcome.is_alert))
    return links
