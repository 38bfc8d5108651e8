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
# The clusters some records are in, and every link of theirs: records as a pair with nobody.
_CLUSTERS = """
WITH member AS MATERIALIZED (
  SELECT record, label, is_disputed FROM persons_match_record
  WHERE label IN (SELECT label FROM persons_match_record WHERE record = ANY(%s))
)
SELECT record AS first, NULL AS second, NULL::smallint[] AS levels, label, is_disputed FROM member
UNION ALL
(SELECT first, second, levels, NULL, NULL::boolean FROM persons_match_link WHERE first IN (SELECT record FROM member)
 UNION
 SELECT first, second, levels, NULL, NULL::boolean FROM persons_match_link WHERE second IN (SELECT record FROM member))
"""
# Records out, with every link of theirs: whoever goes as a pair with nobody, and of each link the ends.
_FORGET = """
WITH gone AS (DELETE FROM persons_match_record WHERE record = ANY(%s) RETURNING record, values),
  unlinked AS (DELETE FROM persons_match_link WHERE first = ANY(%s) OR second = ANY(%s) RETURNING first, second)
SELECT record AS first, NULL AS second, values FROM gone
UNION ALL SELECT first, second, NULL FROM unlinked
"""
# Arrays of arrays cannot be of different lengths, so values and levels come as text.
_KEEP = """
WITH moved AS (
    UPDATE persons_match_record r SET label = c.label, is_disputed = c.is_disputed
    FROM unnest(%s::text[], %s::text[], %s::boolean[]) AS c(record, label, is_disputed) WHERE r.record = c.record),
  gone AS (
    DELETE FROM persons_match_key k USING unnest(%s::bytea[], %s::text[]) AS g(key, record)
    WHERE k.key = g.key AND k.record = g.record),
  keyed AS (INSERT INTO persons_match_key (key, record) SELECT * FROM unnest(%s::bytea[], %s::text[])),
  linked AS (
    INSERT INTO persons_match_link (first, second, levels)
    SELECT first, second, levels::smallint[]
    FROM unnest(%s::text[], %s::text[], %s::text[]) AS l(first, second, levels))
INSERT INTO persons_match_record (record, values, label, is_disputed)
SELECT record, values::text[], label, is_disputed
FROM unnest(%s::text[], %s::text[], %s::text[], %s::boolean[]) AS n(record, values, label, is_disputed)
"""
#: A key and whose it is.
_Key = tuple[bytes, str]


def fill(
    matcher: Matcher, records: Sequence[tuple[str, Columns]], links: Iterable[Link], clusters: Mapping[str, Cluster]
) -> None:
    """Put what a batch found into the empty store."""
    kept = ((record, text_array(values), *clusters[record]) for record, values in records)
    keys = ((key, record) for record, values in records for key in matcher.blocking_keys(values))
    linked = ((link.first, link.second, list(link.levels)) for link in links)
    with transaction.atomic(using=ALIAS):
        copy_rows("persons_match_record", ("record", "values", "label", "is_disputed"), kept, alias=ALIAS)
        copy_rows("persons_match_key", ("key", "record"), keys, alias=ALIAS)
        copy_rows("persons_match_link", ("first", "second", "levels"), linked, alias=ALIAS)


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
        held, touched = _forget(matcher, list(records))
        found = _links_of(matcher, records, owners)
        settled, moved = _settle(matcher, records, found, touched | _ends(found))
        fresh = [(record, values, settled[record]) for record, values in records.items()]
        _keep(moved=moved, gone=held - keys, keys=keys - held, links=found, records=fresh)
    return found


def remove(matcher: Matcher, record: str) -> None:
    """Let a record go; clusters are what they would be had it never been there."""
    remove_many(matcher, [record])


def remove_many(matcher: Matcher, records: Sequence[str]) -> None:
    """Let records go, in a few statements."""
    with transaction.atomic(using=ALIAS):
        run(_TAKE_TURN, [_CLUSTER_LOCK], alias=ALIAS)
        held, touched = _forget(matcher, records)
        _, moved = _settle(matcher, (), (), touched)
        _keep(moved=moved, gone=held)


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


def _forget(matcher: Matcher, records: Sequence[str]) -> tuple[set[_Key], set[str]]:
    """Delete records with their links, but not their keys.

    Gives the keys they had and whom they were linked to: through them every cluster they were in is found.
    """
    listed = list(records)
    gone = rows(_FORGET, [listed, listed, listed], alias=ALIAS)
    held = {
        (key, row["first"])
        for row in gone
        if row["second"] is None
        for key in matcher.blocking_keys(tuple(row["values"]))
    }
    ends = {end for row in gone if row["second"] is not None for end in (row["first"], row["second"])}
    return held, ends.difference(records)


def _keep(
    *,
    moved: Mapping[str, Cluster],
    gone: Set[_Key],
    keys: Set[_Key] = frozenset(),
    links: Sequence[Link] = (),
    records: Sequence[tuple[str, Columns, Cluster]] = (),
) -> None:
    """Store what a change comes to, in one statement: who is in another cluster, keys out and in, links, records."""
    out, into = sorted(gone), sorted(keys)
    clusters = [cluster for _, _, cluster in records]
    parameters = [
        list(moved),
        [cluster.label for cluster in moved.values()],
        [cluster.is_disputed for cluster in moved.values()],
        byte_array(key for key, _ in out),
        text_array(record for _, record in out),
        byte_array(key for key, _ in into),
        text_array(record for _, record in into),
        text_array(link.first for link in links),
        text_array(link.second for link in links),
        text_array("{" + ",".join(map(str, link.levels)) + "}" for link in links),
        text_array(record for record, _, _ in records),
        text_array(text_array(values) for _, values, _ in records),
        text_array(cluster.label for cluster in clusters),
        [cluster.is_disputed for cluster in clusters],
    ]
    run(_KEEP, parameters, alias=ALIAS)


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
) -> tuple[dict[str, Cluster], dict[str, Cluster]]:
    """Settle anew the clusters of whom a change touched; give everybody's in them, and which of the store's changed.

    :param records: who comes into the store with the change, with the links `found`.
    """
    reached = list(touched)
    read = rows(_CLUSTERS, [reached], alias=ALIAS) if reached else []
    before = {row["first"]: Cluster(row["label"], row["is_disputed"]) for row in read if row["second"] is None}
    standing = [
        _link(matcher, row["first"], row["second"], tuple(row["levels"])) for row in read if row["second"] is not None
    ]
    settled = settle([*before, *records], [*standing, *found])
    return settled, {record: cluster for record, cluster in changed(before, settled).items() if record in before}


def _ends(links: Iterable[Link]) -> set[str]:
    return {end for link in links for end in (link.first, link.second)}
