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
_CANDIDATES = """
SELECT record, values FROM persons_match_record
WHERE record IN (SELECT record FROM persons_match_key WHERE key = ANY(%s)) AND record <> %s
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
_FORGET_LINKS = "DELETE FROM persons_match_link WHERE first = %s OR second = %s RETURNING first, second"
_FORGET_RECORD = "DELETE FROM persons_match_record WHERE record = %s RETURNING values, label, is_disputed"
_FORGET_KEYS = "DELETE FROM persons_match_key WHERE record = %s AND key = ANY(%s)"
_KEEP_RECORD = "INSERT INTO persons_match_record (record, values, label, is_disputed) VALUES (%s, %s, %s, %s)"
_KEEP_KEYS = "INSERT INTO persons_match_key (key, record) SELECT key, %s FROM unnest(%s::bytea[]) AS k(key)"


def fill(
    matcher: Matcher, records: Sequence[tuple[str, Columns]], links: Iterable[Link], clusters: Mapping[str, Cluster]
) -> None:
    """Put what a batch found into the empty store."""
    with transaction.atomic(using=ALIAS):
        copy_rows(
            "persons_match_record",
            ("record", "values", "label", "is_disputed"),
            ((key, list(values), *clusters[key]) for key, values in records),
            alias=ALIAS,
        )
        copy_rows(
            "persons_match_key",
            ("key", "record"),
            ((one, key) for key, values in records for one in matcher.blocking_keys(values)),
            alias=ALIAS,
        )
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
    with transaction.atomic(using=ALIAS):
        run(_TAKE_TURN, [_CLUSTER_LOCK], alias=ALIAS)
        before, touched = _forget(matcher, record)
        links = _links_of(matcher, record, values)
        run(_KEEP_RECORD, [record, list(values), *(before or Cluster(record, False))], alias=ALIAS)
        run(_KEEP_KEYS, [record, matcher.blocking_keys(values)], alias=ALIAS)
        if links:
            run(
                "INSERT INTO persons_match_link (first, second, levels)"
                " SELECT first, second, levels::smallint[] FROM unnest(%s::text[], %s::text[], %s::text[])"
                " AS l(first, second, levels)",
                [[one.first for one in links], [one.second for one in links], [_array(one.levels) for one in links]],
                alias=ALIAS,
            )
        _settle(matcher, touched | {record} | _ends(links))
    return links


def remove(matcher: Matcher, record: str) -> None:
    """Let a record go; clusters are what they would be had it never been there."""
    with transaction.atomic(using=ALIAS):
        run(_TAKE_TURN, [_CLUSTER_LOCK], alias=ALIAS)
        before, touched = _forget(matcher, record)
        if before is not None:
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


def _forget(matcher: Matcher, record: str) -> tuple[Cluster | None, set[str]]:
    """Delete a record with its keys and links; gives the cluster it was in and whom it was linked to."""
    touched = {end for row in rows(_FORGET_LINKS, [record, record], alias=ALIAS) for end in row.values()}
    found = rows(_FORGET_RECORD, [record], alias=ALIAS)
    if not found:
        return None, touched
    run(_FORGET_KEYS, [record, matcher.blocking_keys(tuple(found[0]["values"]))], alias=ALIAS)
    return Cluster(found[0]["label"], found[0]["is_disputed"]), touched


def _links_of(matcher: Matcher, record: str, values: Columns) -> list[Link]:
    candidates = rows(_CANDIDATES, [matcher.blocking_keys(values), record], alias=ALIAS)
    found = []
    for row in candidates:
        other = tuple(row["values"])
        if matcher.may_be_paired(values, other):
            first, second = sorted((record, row["record"]))
            link = _link(matcher, first, second, matcher.compare(values, other))
            if link.decision != Decision.NONE:
                found.append(link)
    return found


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


def _array(levels: Levels) -> str:
    """Write levels as PostgreSQL writes an array: a list of lists would be taken for a matrix."""
    return "{" + ",".join(map(str, levels)) + "}"
