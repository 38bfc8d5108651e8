"""The records that matching compares, kept in the index: one in or out, and clusters as a full batch gives them.

A change touches the clusters of the record and of everything it was or is linked to, and no other (see the module
`tasuki.matching.clusters`); only these are read and settled again. Changes take turns, because two of them may
reach for the same clusters. Who changed what, and why, is in the record of the operation that calls this.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db import transaction

from tasuki.matching.clusters import changed, settle
from tasuki.matching.matcher import Matcher
from tasuki.matching.types import Cluster, Columns, Decision, Levels, Link
from tasuki.nodes.sql import copy_rows, rows, run

ALIAS: Final = "index"
# Any constant: it means "clusters are being changed".
_CLUSTER_LOCK: Final = 0x434C_5553

# Beside the lock: every statement below looks a few rows up by an index, whatever the planner makes of the counts.
_TAKE_TURN = """
SELECT pg_advisory_xact_lock(%s), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
"""
_SHARING = "SELECT key, record FROM persons_match_key WHERE key = ANY(%s)"
_VALUES = "SELECT record, values FROM persons_match_record WHERE record = ANY(%s)"
_LINKS = """
SELECT first, second, levels FROM persons_match_link WHERE first = ANY(%s)
UNION
SELECT first, second, levels FROM persons_match_link WHERE second = ANY(%s)
"""
_MEMBERS = """
SELECT record, label, is_disputed FROM persons_match_record
WHERE label IN (SELECT label FROM persons_match_record WHERE record = ANY(%s))
"""
_RELABEL = """
UPDATE persons_match_record r SET label = c.label, is_disputed = c.is_disputed
FROM unnest(%s::text[], %s::text[], %s::boolean[]) AS c(record, label, is_disputed) WHERE r.record = c.record
"""
_FORGET_LINKS = """
DELETE FROM persons_match_link WHERE first = ANY(%s) OR second = ANY(%s) RETURNING first, second
"""
_FORGET_RECORDS = "DELETE FROM persons_match_record WHERE record = ANY(%s) RETURNING record, values, label, is_disputed"
_FORGET_KEYS = "DELETE FROM persons_match_key WHERE record = ANY(%s) AND key = ANY(%s)"


def fill(
    matcher: Matcher, records: Sequence[tuple[str, Columns]], links: Iterable[Link], clusters: Mapping[str, Cluster]
) -> None:
    """Put what a batch found into the empty store."""
    with transaction.atomic(using=ALIAS):
        _keep(matcher, records, clusters)
        _keep_links(links)


def _keep(matcher: Matcher, records: Iterable[tuple[str, Columns]], clusters: Mapping[str, Cluster]) -> None:
    """Keep records with their keys, each in its cluster."""
    listed = list(records)
    copy_rows(
        "persons_match_record",
        ("record", "values", "label", "is_disputed"),
        ((key, list(values), *clusters[key]) for key, values in listed),
        alias=ALIAS,
    )
    copy_rows(
        "persons_match_key",
        ("key", "record"),
        ((one, key) for key, values in listed for one in matcher.blocking_keys(values)),
        alias=ALIAS,
    )


def _keep_links(links: Iterable[Link]) -> None:
    copy_rows(
        "persons_match_link",
        ("first", "second", "levels"),
        ((link.first, link.second, list(link.levels)) for link in links),
        alias=ALIAS,
    )


def analyse() -> None:
    """Tell PostgreSQL what the tables hold, after they were filled."""
    run("ANALYZE persons_match_record, persons_match_key, persons_match_link", alias=ALIAS)


def put(matcher: Matcher, record: str, values: Columns) -> list[Link]:
    """Take a new or changed record in, and return its links; clusters are what they would be had it always been so."""
    return put_many(matcher, {record: values})


def put_many(matcher: Matcher, records: Mapping[str, Columns]) -> list[Link]:
    """Take new or changed records in, and return their links; the same as one after the other, in a few statements."""
    with transaction.atomic(using=ALIAS):
        run(_TAKE_TURN, [_CLUSTER_LOCK], alias=ALIAS)
        before, touched = _forget(matcher, list(records))
        _keep(matcher, records.items(), {one: before.get(one, Cluster(one, False)) for one in records})
        links = _links_of(matcher, records)
        _keep_links(links)
        _settle(matcher, touched | set(records) | _ends(links))
    return links


def remove(matcher: Matcher, record: str) -> None:
    """Let a record go; clusters are what they would be had it never been there."""
    with transaction.atomic(using=ALIAS):
        run(_TAKE_TURN, [_CLUSTER_LOCK], alias=ALIAS)
        before, touched = _forget(matcher, [record])
        if before:
            _settle(matcher, touched - {record})


def clusters() -> dict[str, Cluster]:
    """Return the cluster of every record."""
    found = rows("SELECT record, label, is_disputed FROM persons_match_record", alias=ALIAS)
    return {row["record"]: Cluster(row["label"], row["is_disputed"]) for row in found}


def links(matcher: Matcher, records: Sequence[str]) -> list[Link]:
    """Return every link that touches one of these records."""
    listed = list(records)
    return [
        _link(matcher, row["first"], row["second"], tuple(row["levels"]))
        for row in rows(_LINKS, [listed, listed], alias=ALIAS)
    ]


def candidates_of(matcher: Matcher, records: Mapping[str, Columns]) -> dict[str, dict[str, Columns]]:
    """Return, for each of these records, whoever in the store shares a key with it; it need not be there itself."""
    owners: dict[bytes, list[str]] = {}
    for record, values in records.items():
        for key in matcher.blocking_keys(values):
            owners.setdefault(key, []).append(record)
    sharing: dict[str, set[str]] = {}
    for row in rows(_SHARING, [list(owners)], alias=ALIAS):
        for owner in owners[bytes(row["key"])]:
            if row["record"] != owner:
                sharing.setdefault(owner, set()).add(row["record"])
    wanted = {other for others in sharing.values() for other in others}
    known = {row["record"]: tuple(row["values"]) for row in rows(_VALUES, [list(wanted)], alias=ALIAS)}
    return {owner: {other: known[other] for other in others if other in known} for owner, others in sharing.items()}


def _forget(matcher: Matcher, records: Sequence[str]) -> tuple[dict[str, Cluster], set[str]]:
    """Delete records with their keys and links; gives the clusters they were in and whom they were linked to."""
    listed = list(records)
    touched = {end for row in rows(_FORGET_LINKS, [listed, listed], alias=ALIAS) for end in row.values()}
    found = rows(_FORGET_RECORDS, [listed], alias=ALIAS)
    if found:
        keys = [key for row in found for key in matcher.blocking_keys(tuple(row["values"]))]
        run(_FORGET_KEYS, [[row["record"] for row in found], keys], alias=ALIAS)
    return {row["record"]: Cluster(row["label"], row["is_disputed"]) for row in found}, touched


def _links_of(matcher: Matcher, records: Mapping[str, Columns]) -> list[Link]:
    """Compare records, which the store holds by now, with whoever shares a key with them."""
    found: dict[tuple[str, str], Link] = {}
    for record, others in candidates_of(matcher, records).items():
        values = records[record]
        for other, known in others.items():
            first, second = sorted((record, other))
            if (first, second) in found or not matcher.may_be_paired(values, known):
                continue
            link = _link(matcher, first, second, matcher.compare(values, known))
            if link.decision != Decision.NONE:
                found[first, second] = link
    return list(found.values())


def _link(matcher: Matcher, first: str, second: str, levels: Levels) -> Link:
    outcome = matcher.decide(levels)
    return Link(first, second, levels, outcome.decision, outcome.is_likely, outcome.is_alert)


def _settle(matcher: Matcher, touched: Iterable[str]) -> None:
    """Settle the clusters of these records anew."""
    found = rows(_MEMBERS, [list(touched)], alias=ALIAS)
    before = {row["record"]: Cluster(row["label"], row["is_disputed"]) for row in found}
    moved = changed(before, settle(before, links(matcher, list(before))))
    if moved:
        labels, disputed = [one.label for one in moved.values()], [one.is_disputed for one in moved.values()]
        run(_RELABEL, [list(moved), labels, disputed], alias=ALIAS)


def _ends(links: Iterable[Link]) -> set[str]:
    return {end for link in links for end in (link.first, link.second)}
