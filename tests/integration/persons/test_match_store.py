"""One record in, changed or out: the index's clusters are those of a full batch, whatever came before."""

from collections.abc import Mapping
from itertools import combinations

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.demo.generator.labelled import labelled_records
from tasuki.matching.batch import run_batch
from tasuki.matching.clusters import settle
from tasuki.matching.keys import columns_of
from tasuki.matching.matcher import japanese
from tasuki.matching.types import Cluster, Columns, Decision, Link, PersonRecord
from tasuki.nodes.sql import rows
from tasuki.persons import match_store
from tests.unit.matching.pairs import records

pytestmark = pytest.mark.django_db(databases=["index"])


def pair_by_pair(known: Mapping[str, Columns]) -> dict[str, Cluster]:
    """Settle everybody by comparing all pairs that share a key: slow, and too simple to be wrong."""
    matcher, links = japanese(), []
    for first, second in combinations(sorted(known), 2):
        if set(matcher.blocking_keys(known[first])) & set(matcher.blocking_keys(known[second])):
            levels = matcher.compare(known[first], known[second])
            outcome = matcher.decide(levels)
            if outcome.decision != Decision.NONE:
                links.append(Link(first, second, levels, outcome.decision, outcome.is_likely, outcome.is_alert))
    return settle(known, links)


CHANGES = st.lists(st.tuples(st.sampled_from("abcdef"), records() | st.none()), max_size=14)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES)
def test_after_any_history_clusters_are_those_of_all_pairs(history: list[tuple[str, PersonRecord | None]]) -> None:
    matcher, known = japanese(), {}
    try:
        for key, record in history:
            if record is None:
                known.pop(key, None)
                match_store.remove(matcher, key)
            else:
                known[key] = columns_of(record)
                match_store.put(matcher, key, known[key])
            assert match_store.clusters() == pair_by_pair(known)
        for key in known:
            match_store.remove(matcher, key)
        for table in ("persons_match_record", "persons_match_key", "persons_match_link"):
            assert rows(f"SELECT count(*) AS n FROM {table}", alias="index") == [{"n": 0}]  # noqa: S608 — names of ours
    finally:
        _empty()


def test_a_town_changed_record_by_record_is_as_a_batch_finds_it() -> None:
    matcher = japanese()
    drawn = [(one.record.key, columns_of(one.record)) for one in labelled_records(people=3_000, seed=4)]
    late, known = drawn[::20], dict(one for place, one in enumerate(drawn) if place % 20)
    first = run_batch(matcher, list(known.items()))
    match_store.fill(matcher, list(known.items()), first.links, first.clusters)
    assert match_store.clusters() == first.clusters
    for place, (key, values) in enumerate(late):
        # New, corrected into somebody else's record, or gone.
        target = [key, list(known)[place * 7], None][place % 3]
        if target is None:
            gone = list(known)[place * 5]
            del known[gone]
            match_store.remove(matcher, gone)
        else:
            known[target] = values
            match_store.put(matcher, target, values)
    whole = run_batch(matcher, list(known.items()))
    assert match_store.clusters() == whole.clusters
    assert sorted(match_store.links(matcher, list(known))) == sorted(whole.links)
    # Something happened: clusters of several records there are, disputed and not.
    assert {cluster.is_disputed for record, cluster in whole.clusters.items() if cluster.label != record} == {
        True,
        False,
    }


def test_a_link_is_kept_in_one_order_only() -> None:
    with connections["index"].cursor() as cursor, pytest.raises(Exception, match="persons_match_link_ordered"):
        cursor.execute("INSERT INTO persons_match_link (first, second, levels) VALUES ('b', 'a', '{}')")


def _empty() -> None:
    with connections["index"].cursor() as cursor:
        for table in ("persons_match_record", "persons_match_key", "persons_match_link"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
