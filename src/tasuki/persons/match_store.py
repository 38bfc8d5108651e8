"""The records that matching compares, kept in the index: one in or out, and clusters as a full batch gives them.

A change touches the clusters of the record and of everything it was or is linked to, and no other (see the module
`tasuki.matching.clusters`); only these are read and settled again. Changes take turns, because two of them may
reach for the same clusters. Who changed what, and why, is in the record of the operation that calls this.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import combinations
from typing import Final

from django.db import transaction

from tasuki.matching.clusters import changed, settle
from tasuki.matching.matcher import Matcher
from tasuki.matching.types import Cluster, Columns, Decision, Levels, Link
from tasuki.nodes.sql import byte_array, copy_rows, prepared, rows, run, text_array

ALIAS: Final = "index"
# Any constant: it means "clusters are being changed".
_CLUSTER_LOCK: Final = 0x434C_5553

# Beside the lock: every statement below looks a few rows up by an index, whatever the planner makes of the counts.
_TAKE_TURN = """
SELECT pg_advisory_xact_lock(%s), set_config('enable_seqscan', 'off', true),
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)
"""
# Whoever shares keys with somebody asked about, and which: their columns are read once, however many keys they share.
_SHARING = """
SELECT r.record, r.values, s.keys
FROM (SELECT record, array_agg(key) AS keys FROM persons_match_key WHERE key = ANY(%s::bytea[]) GROUP BY record) s
JOIN persons_match_record r USING (record)
"""
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
_FORGET_RECORDS = "DELETE FROM persons_match_record WHERE record = ANY(%s) RETURNING record, values"
_FORGET_LINKS = """
DELETE FROM persons_match_link WHERE first = ANY(%s) OR second = ANY(%s) RETURNING first, second
"""
_FORGET_KEYS = """
DELETE FROM persons_match_key k USING unnest(%s::bytea[], %s::text[]) AS gone(key, record)
WHERE k.key = gone.key AND k.record = gone.record
"""


def fill(
    matcher: Matcher, records: Sequence[tuple[str, Columns]], links: Iterable[Link], clusters: Mapping[str, Cluster]
) -> None:
    """Put what a batch found into the empty store."""
    with transaction.atomic(using=ALIAS):
        _keep(
            ((record, values, clusters[record]) for record, values in records),
            ((key, record) for record, values in records for key in matcher.blocking_keys(values)),
        )
        _keep_links(links)


def _keep(records: Iterable[tuple[str, Columns, Cluster]], keys: Iterable[tuple[bytes, str]]) -> None:
    """Keep records, each in its cluster, and keys with their records."""
    copy_rows(
        "persons_match_record",
        ("record", "values", "label", "is_disputed"),
        ((record, text_array(values), *cluster) for record, values, cluster in records),
        alias=ALIAS,
    )
    copy_rows("persons_match_key", ("key", "record"), keys, alias=ALIAS)


def _keep_links(links: Iterable[Link]) -> None:
    copy_rows(
        "persons_match_link",
        ("first", "second", "levels"),
        ((link.first, link.second, list(link.levels)) for link in links),
        alias=ALIAS,
    )


def settle_down() -> None:
    """Have PostgreSQL do at once what it does by itself some minutes after tables were filled: whoever reads a page
    first would write it again, and plans would be made for empty tables.
    """
    run("VACUUM (ANALYZE) persons_match_record, persons_match_key, persons_match_link", alias=ALIAS)


def put(matcher: Matcher, record: str, values: Columns) -> list[Link]:
    """Take a new or changed record in, and return its links; clusters are what they would be had it always been so."""
    with prepared(alias=ALIAS):
        return put_many(matcher, {record: values})


def put_many(matcher: Matcher, records: Mapping[str, Columns]) -> list[Link]:
    """Take new or changed records in, and return their links; the same as one after the other, in a few statements."""
    with transaction.atomic(using=ALIAS):
        run(_TAKE_TURN, [_CLUSTER_LOCK], alias=ALIAS)
        owners = _owners(matcher, records)
        keys = {(key, record) for key, some in owners.items() for record in some}
        held, touched = _forget(matcher, list(records), kept=keys)
        found = _links_of(matcher, records, owners)
        settled = _settle(matcher, records, found, touched | _ends(found))
        _keep(((record, values, settled[record]) for record, values in records.items()), sorted(keys - held))
        _keep_links(found)
    return found


def remove(matcher: Matcher, record: str) -> None:
    """Let a record go; clusters are what they would be had it never been there."""
    remove_many(matcher, [record])


def remove_many(matcher: Matcher, records: Sequence[str]) -> None:
    """Let records go, in a few statements."""
    with transaction.atomic(using=ALIAS):
        run(_TAKE_TURN, [_CLUSTER_LOCK], alias=ALIAS)
        _, touched = _forget(matcher, records)
        _settle(matcher, (), (), touched)


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
    return _sharing(_owners(matcher, records))


def _sharing(owners: Mapping[bytes, Sequence[str]]) -> dict[str, dict[str, Columns]]:
    found: dict[str, dict[str, Columns]] = {}
    for row in rows(_SHARING, [byte_array(owners)], alias=ALIAS):
        values = tuple(row["values"])
        for owner in {one for key in row["keys"] for one in owners[bytes(key)]} - {row["record"]}:
            found.setdefault(owner, {})[row["record"]] = values
    return found


def _owners(matcher: Matcher, records: Mapping[str, Columns]) -> dict[bytes, list[str]]:
    """Return who has each key."""
    owners: dict[bytes, list[str]] = {}
    for record, values in records.items():
        for key in matcher.blocking_keys(values):
            owners.setdefault(key, []).append(record)
    return owners


def _forget(
    matcher: Matcher, records: Sequence[str], kept: Set[tuple[bytes, str]] = frozenset()
) -> tuple[set[tuple[bytes, str]], set[str]]:
    """Delete records with their links, and with their keys but for those `kept`.

    Gives the keys they had and whom they were linked to: through them every cluster they were in is found.
    """
    known = rows(_FORGET_RECORDS, [list(records)], alias=ALIAS)
    if not known:
        return set(), set()
    named = [row["record"] for row in known]
    held = {(key, row["record"]) for row in known for key in matcher.blocking_keys(tuple(row["values"]))}
    gone = held - kept
    if gone:
        run(_FORGET_KEYS, [byte_array(key for key, _ in gone), [record for _, record in gone]], alias=ALIAS)
    unlinked = rows(_FORGET_LINKS, [named, named], alias=ALIAS)
    return held, {end for row in unlinked for end in row.values()}.difference(named)


def _links_of(matcher: Matcher, records: Mapping[str, Columns], owners: Mapping[bytes, Sequence[str]]) -> list[Link]:
    """Compare records, which the store does not hold just now, with each other and with whoever else shares a key."""
    candidates = _sharing(owners)
    for sharing in owners.values():
        for one, other in combinations(sharing, 2):
            candidates.setdefault(one, {})[other] = records[other]
    found: dict[tuple[str, str], Link] = {}
    for record, others in candidates.items():
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


def _settle(
    matcher: Matcher, records: Iterable[str], found: Sequence[Link], touched: Iterable[str]
) -> dict[str, Cluster]:
    """Settle anew the clusters of whom a change touched, and give everybody's in them.

    :param records: who comes into the store with the change, with the links `found`.
    """
    reached = list(touched)
    members = rows(_MEMBERS, [reached], alias=ALIAS) if reached else []
    before = {row["record"]: Cluster(row["label"], row["is_disputed"]) for row in members}
    standing = links(matcher, list(before)) if before else []
    settled = settle([*before, *records], [*standing, *found])
    moved = {record: cluster for record, cluster in changed(before, settled).items() if record in before}
    if moved:
        labels, disputed = [one.label for one in moved.values()], [one.is_disputed for one in moved.values()]
        run(_RELABEL, [list(moved), labels, disputed], alias=ALIAS)
    return settled


def _ends(links: Iterable[Link]) -> set[str]:
    return {end for link in links for end in (link.first, link.second)}
