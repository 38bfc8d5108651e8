"""Who is who automatically: connected records, computed for all at once or for what one change can touch.

A cluster is what automatic links connect. It is disputed when two of its records are linked for a clerk to look at, or
when an alert touches one of them: then none of its links counts as automatic until the clerk has looked. Both follow
from the links of its records alone, so recomputing what a change can reach gives what recomputing everything would.
"""

from collections.abc import Iterable, Mapping

from tasuki.matching.types import Cluster, Decision, Link


def settle(records: Iterable[str], links: Iterable[Link]) -> dict[str, Cluster]:
    """Return the cluster of every record. Its label is the record of it that sorts first.

    Given some of the records, they must be whole clusters, and the links all those that touch them.
    """
    leader = {record: record for record in records}
    doubtful = []
    for link in links:
        if link.decision == Decision.AUTOMATIC:
            _join(leader, link.first, link.second)
        else:
            doubtful.append(link)
    labels = {record: _find(leader, record) for record in leader}
    disputed = set()
    for link in doubtful:
        first, second = labels.get(link.first), labels.get(link.second)
        if link.is_alert or first == second:
            disputed |= {first, second}
    clusters = {label: Cluster(label, label in disputed) for label in set(labels.values())}
    return {record: clusters[label] for record, label in labels.items()}


def _find(leader: dict[str, str], record: str) -> str:
    while leader[record] != record:
        # Halve the way for the next one who asks.
        leader[record] = record = leader[leader[record]]
    return record


def _join(leader: dict[str, str], one: str, other: str) -> None:
    first, second = sorted((_find(leader, one), _find(leader, other)))
    leader[second] = first


def is_automatic(link: Link, clusters: Mapping[str, Cluster]) -> bool:
    """Tell whether a link stands without a clerk: decided so, in a cluster that nothing disputes."""
    return link.decision == Decision.AUTOMATIC and not clusters[link.first].is_disputed


def changed(before: Mapping[str, Cluster], after: Mapping[str, Cluster]) -> dict[str, Cluster]:
    """Return the clusters that are not what they were."""
    return {record: cluster for record, cluster in after.items() if before.get(record) != cluster}
