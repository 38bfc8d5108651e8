"""Who is who: settled for all at once, and for the part that a change can reach."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tasuki.matching.clusters import settle
from tasuki.matching.types import Cluster, Decision, Link

RECORDS = [f"r{n}" for n in range(8)]


def link(first: str, second: str, decision: Decision = Decision.AUTOMATIC, *, alert: bool = False) -> Link:
    return Link(first, second, (), decision, False, alert)


def test_automatic_links_make_one_person_of_all_they_connect() -> None:
    found = settle(["c", "a", "b", "d"], [link("b", "c"), link("a", "b")])
    assert found == {
        "a": Cluster("a", False),
        "b": Cluster("a", False),
        "c": Cluster("a", False),
        "d": Cluster("d", False),
    }


def test_doubt_within_a_cluster_disputes_it_and_doubt_between_clusters_does_not() -> None:
    links = [link("a", "b"), link("b", "c"), link("a", "c", Decision.CLERK), link("c", "d", Decision.CLERK)]
    found = settle("abcd", links)
    assert [found[one].is_disputed for one in "abcd"] == [True, True, True, False]


def test_an_alert_disputes_whatever_it_touches() -> None:
    found = settle("abcd", [link("a", "b"), link("b", "c", Decision.CLERK, alert=True)])
    assert [found[one].is_disputed for one in "abcd"] == [True, True, True, False]


def _links() -> st.SearchStrategy[list[Link]]:
    pair = st.tuples(st.sampled_from(RECORDS), st.sampled_from(RECORDS)).filter(lambda ends: ends[0] < ends[1])
    kinds = st.sampled_from([(Decision.AUTOMATIC, False), (Decision.CLERK, False), (Decision.CLERK, True)])
    return st.lists(st.tuples(pair, kinds), max_size=12, unique_by=lambda one: one[0]).map(
        lambda drawn: [link(*ends, decision, alert=alert) for ends, (decision, alert) in drawn]
    )


@given(_links(), st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(links: list[Link], random: Random) -> None:
    shuffled = sorted(links, key=lambda _: random.random())
    assert settle(RECORDS, links) == settle(reversed(RECORDS), shuffled)


@given(_links())
def test_a_part_that_is_closed_settles_as_the_whole_does(links: list[Link]) -> None:
    whole = settle(RECORDS, links)
    for label in {cluster.label for cluster in whole.values()}:
        part = {record for record, cluster in whole.items() if cluster.label == label}
        touching = [one for one in links if one.first in part or one.second in part]
        assert settle(part, touching) == {record: whole[record] for record in part}
