"""A whole list at once: accurate on labelled records, the same every time, as pair by pair, and as Splink weighs."""

from collections import defaultdict
from collections.abc import Callable
from itertools import combinations

import duckdb
import pytest
from splink import DuckDBAPI, Linker

from tasuki.cli.febrl import LabelledSet, febrl3, febrl4
from tasuki.cli.identity import Accuracy, measure_febrl, true_pairs
from tasuki.demo.generator.labelled import LabelledRecord, labelled_records
from tasuki.matching.batch import Batch, as_arrow, run_batch, splink_settings
from tasuki.matching.clusters import settle
from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import japanese
from tasuki.matching.types import Columns, Decision, Link


@pytest.fixture(scope="module")
def labelled() -> list[LabelledRecord]:
    return list(labelled_records(people=6_000, seed=11))


@pytest.fixture(scope="module")
def records(labelled: list[LabelledRecord]) -> list[tuple[str, Columns]]:
    return [(one.record.key, columns_of(one.record)) for one in labelled]


@pytest.fixture(scope="module")
def batch(records: list[tuple[str, Columns]]) -> Batch:
    return run_batch(japanese(), records)


def test_japanese_records_are_matched_well_and_never_falsely_without_a_clerk(
    batch: Batch, labelled: list[LabelledRecord]
) -> None:
    found = Accuracy.of(batch, len(labelled), true_pairs(labelled))
    assert found.f1 >= 0.99
    assert found.automatic_false_links == 0
    # Certain for most, or clerks would do what the engine is for.
    assert found.automatic >= 0.75 * found.true_pairs


@pytest.mark.parametrize(("load", "least"), [(febrl3, 0.992), (febrl4, 0.9985)], ids=["febrl3", "febrl4"])
def test_the_public_sets_are_matched_as_promised(load: Callable[[], LabelledSet], least: float) -> None:
    found = measure_febrl(load())
    assert found["f1"] >= least
    assert found["automatic_false_links"] == 0


def test_every_pair_of_a_small_list_is_decided_as_one_by_one(records: list[tuple[str, Columns]]) -> None:
    some, matcher = records[:700], japanese()
    by_key = defaultdict(set)
    for key, values in some:
        for one in matcher.blocking_keys(values):
            by_key[one].add(key)
    values = dict(some)
    expected = set()
    for first, second in {pair for keys in by_key.values() for pair in combinations(sorted(keys), 2)}:
        levels = matcher.compare(values[first], values[second])
        outcome = matcher.decide(levels)
        if outcome.decision != Decision.NONE:
            expected.add(Link(first, second, levels, outcome.decision, outcome.is_likely, outcome.is_alert))
    found = run_batch(matcher, some)
    assert set(found.links) == expected
    assert found.clusters == settle(values, expected)


def test_the_order_of_a_list_does_not_matter(records: list[tuple[str, Columns]], batch: Batch) -> None:
    again = run_batch(japanese(), records[::-1], threads=1)
    assert (sorted(again.links), again.clusters) == (sorted(batch.links), batch.clusters)


def test_weights_are_those_that_splink_gives(records: list[tuple[str, Columns]]) -> None:
    matcher, some = japanese(), records[:2_000]
    with duckdb.connect() as connection:
        table = as_arrow(matcher.definition, some)
        linker = Linker(DuckDBAPI(connection).register(table), splink_settings(matcher), log_level=None)
        scored = linker.inference.predict().as_record_list()
    assert len(scored) > 500
    for row in scored:
        one, other = some[row["record_place_l"]][1], some[row["record_place_r"]][1]
        assert row["match_weight"] == pytest.approx(matcher.decide(matcher.compare(one, other)).weight, abs=1e-6)


def test_an_empty_list_has_nobody() -> None:
    assert run_batch(japanese(), []) == Batch(0, [], {})
