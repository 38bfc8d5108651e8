"""Registering replicas (副本登録): whole lists, each replacing what has the same key."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.operations.corrections import note_corrections
from tasuki.gateway.payloads import PayloadCipher, place_of
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.protocol.messages import ACCEPTED, Accepted, Replica
from tasuki.shared.actor import Actor

_Key = tuple[str, str, str, str, str]

#: What is registered, and of what type.
_COLUMNS: Final = {
    "institution": "text",
    "unified_person_number": "text",
    "data_set": "text",
    "record_key": "text",
    "revision": "int4",
    "ordinal": "int8",
    "layout_version": "text",
    "taken": "bool",
    "published_from": "date",
    "published_to": "date",
    "payload": "bytea",
    "registered_at": "timestamptz",
    "removed_at": "timestamptz",
}

_UPSERT = """
INSERT INTO gateway_replica AS g ({columns})
SELECT {columns} FROM replica_staging
ON CONFLICT (institution, unified_person_number, data_set, record_key, layout_version) DO UPDATE SET
  revision = EXCLUDED.revision, ordinal = EXCLUDED.ordinal, taken = EXCLUDED.taken,
  published_from = EXCLUDED.published_from, published_to = EXCLUDED.published_to, payload = EXCLUDED.payload,
  registered_at = EXCLUDED.registered_at, removed_at = EXCLUDED.removed_at
WHERE g.ordinal < EXCLUDED.ordinal
""".format(columns=", ".join(_COLUMNS))

_LOCK: Final = 0x5245_504C
_ONE_BY_ONE: Final = f"""
SELECT count(pg_advisory_xact_lock({_LOCK}, hashtext(institution)))
FROM (SELECT institution FROM unnest(%s::text[]) AS u(institution) ORDER BY hashtext(institution)) AS in_order
"""  # noqa: S608 — our own text
# Each is looked up by its key (OFFSET 0): where the table was empty when this was planned, the whole list would be gone
# through for each replica there is.
_REMOVED = """
SELECT count(*) AS n FROM replica_staging s
CROSS JOIN LATERAL (
  SELECT g.ordinal FROM gateway_replica g
  WHERE g.institution = s.institution AND g.unified_person_number = s.unified_person_number
    AND g.data_set = s.data_set AND g.record_key = s.record_key AND g.layout_version = s.layout_version
    AND g.removed_at IS NULL OFFSET 0
) AS stood
WHERE s.removed_at IS NOT NULL AND stood.ordinal < s.ordinal
"""


@transaction.atomic(savepoint=False)
def register_replicas(*, items: Sequence[Replica], cipher: PayloadCipher, by: Actor, at: dt.datetime) -> list[Accepted]:
    """Register a list of replicas at once: COPY into a staging table, then one upsert.

    Lists may arrive twice or out of order: what the town told first about a replica never takes the place of what it
    told later, a removal included. One record of evidence covers the list: how many, and the digest of what was
    registered, in order.
    """
    # In the order they came, two lists at once could wait for each other: those of an institution go one by one.
    run(_ONE_BY_ONE, [sorted({item.institution for item in items})])
    run("CREATE TEMPORARY TABLE IF NOT EXISTS replica_staging (LIKE gateway_replica) ON COMMIT DELETE ROWS")
    # The same key twice in one list: the latest counts, as if the two had come one after the other.
    newest = {_key(item): item for item in sorted(items, key=lambda item: item.ordinal)}
    copy_rows("replica_staging", list(_COLUMNS), _values(newest, cipher, at), types=list(_COLUMNS.values()))
    # Before the upsert, which no longer knows what stood there.
    removed = rows(_REMOVED)[0]["n"] if any(not item.payload for item in items) else 0
    if any(not item.payload or item.revision > 1 for item in items):
        note_corrections(by=by, at=at)
    run(_UPSERT)
    append_many(entries=_entries(items, removed, by), at=at)
    return [ACCEPTED] * len(items)


@transaction.atomic(savepoint=False)
def forget_removed(*, before: dt.datetime, by: Actor, at: dt.datetime) -> int:
    """Delete the traces of replicas taken back before a time; no message of that age is accepted any more."""
    del by, at  # That they were removed was recorded when they were.
    return run("DELETE FROM gateway_replica WHERE removed_at < %s", [before])


def _key(item: Replica) -> _Key:
    return item.institution, item.unified_person_number, item.data_set, item.record_key, item.layout_version


def _values(newest: Mapping[_Key, Replica], cipher: PayloadCipher, at: dt.datetime) -> Iterator[Sequence[object]]:
    for key, item in newest.items():
        yield (
            item.institution,
            item.unified_person_number,
            item.data_set,
            item.record_key,
            item.revision,
            item.ordinal,
            item.layout_version,
            item.taken,
            item.published_from,
            item.published_to,
            cipher.encrypt(item.institution, place_of(*key), item.payload.encode()) if item.payload else b"",
            at,
            None if item.payload else at,
        )


def _entries(items: Sequence[Replica], removed: int, by: Actor) -> list[Entry]:
    told: defaultdict[str, list[str]] = defaultdict(list)
    for item in items:
        # The payload is part of the digest and nothing else: evidence holds no content.
        told[item.institution].append(f"{place_of(*_key(item))}/{item.ordinal}\n{item.payload}")
    entries = [
        Entry(
            EntryKind.REPLICA_REGISTERED,
            {
                "institution": institution,
                "count": len(texts),
                "sha256": hashlib.sha256("".join(texts).encode()).hexdigest(),
                "by": str(by),
            },
        )
        for institution, texts in sorted(told.items())
    ]
    if removed:
        entries.append(Entry(EntryKind.REPLICA_REMOVED, {"count": removed, "by": str(by)}))
    return entries
