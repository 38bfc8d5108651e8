"""Registering replicas (副本登録): whole lists, each replacing what has the same key."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.payloads import PayloadCipher
from tasuki.nodes.sql import copy_rows, listed, rows, run
from tasuki.protocol.messages import Accepted, Replica
from tasuki.shared.actor import Actor

_COLUMNS = (
    "institution",
    "unified_person_number",
    "data_set",
    "record_key",
    "revision",
    "layout_version",
    "taken",
    "published_from",
    "published_to",
    "payload",
    "registered_at",
)

_UPSERT = """
INSERT INTO gateway_replica AS g ({columns})
SELECT {columns} FROM replica_staging ORDER BY institution, unified_person_number, data_set, record_key
ON CONFLICT (institution, unified_person_number, data_set, record_key) DO UPDATE SET
  revision = EXCLUDED.revision, layout_version = EXCLUDED.layout_version, taken = EXCLUDED.taken,
  published_from = EXCLUDED.published_from, published_to = EXCLUDED.published_to, payload = EXCLUDED.payload,
  registered_at = EXCLUDED.registered_at
WHERE g.revision < EXCLUDED.revision
""".format(columns=", ".join(_COLUMNS))


@transaction.atomic(savepoint=False)
def register_replicas(*, items: Sequence[Replica], cipher: PayloadCipher, by: Actor, at: dt.datetime) -> list[Accepted]:
    """Register a list of replicas at once: COPY into a staging table, then one upsert.

    A replica older than the one registered changes nothing, so that lists may arrive twice or out of order. One record
    of evidence covers the list: how many, and the digest of what was registered, in order.
    """
    run("CREATE TEMPORARY TABLE IF NOT EXISTS replica_staging (LIKE gateway_replica) ON COMMIT DELETE ROWS")
    # The same key twice in one list: the newest revision counts, as if the two had come one after the other.
    newest = {
        _key(item): item for item in sorted((item for item in items if item.payload), key=lambda item: item.revision)
    }
    copy_rows("replica_staging", _COLUMNS, _values(list(newest.values()), cipher, at))
    # What goes makes room first: a record that was withdrawn and entered again begins with a lower revision.
    removed = _remove([item for item in items if not item.payload])
    run(_UPSERT)
    append_many(entries=_entries(items, removed, by), at=at)
    return [Accepted(accepted=True) for _ in items]


def _key(item: Replica) -> tuple[str, str, str, str]:
    return item.institution, item.unified_person_number, item.data_set, item.record_key


def place_of(institution: str, unified_person_number: str, data_set: str, record_key: str) -> str:
    """Return the name of a replica's row, to which its encryption is bound."""
    return f"{institution}/{unified_person_number}/{data_set}/{record_key}"


def _values(items: Sequence[Replica], cipher: PayloadCipher, at: dt.datetime) -> Iterator[Sequence[object]]:
    for item in items:
        yield (
            item.institution,
            item.unified_person_number,
            item.data_set,
            item.record_key,
            item.revision,
            item.layout_version,
            item.taken,
            item.published_from,
            item.published_to,
            cipher.encrypt(item.institution, place_of(*_key(item)), item.payload.encode()),
            at,
        )


def _remove(items: Sequence[Replica]) -> int:
    if not items:
        return 0
    removed = rows(
        "DELETE FROM gateway_replica g USING jsonb_to_recordset(%s::jsonb)"
        " AS r(institution text, unified_person_number text, data_set text, record_key text, revision int)"
        " WHERE g.institution = r.institution AND g.unified_person_number = r.unified_person_number"
        " AND g.data_set = r.data_set AND g.record_key = r.record_key AND g.revision < r.revision"
        " RETURNING g.institution",
        [listed(item.model_dump(mode="json") for item in items)],
    )
    return len(removed)


def _entries(items: Sequence[Replica], removed: int, by: Actor) -> list[Entry]:
    entries = []
    for institution, count in sorted(Counter(item.institution for item in items).items()):
        digest = hashlib.sha256()
        for item in items:
            if item.institution == institution:
                # The payload is part of the digest and nothing else: evidence holds no content.
                digest.update(f"{place_of(*_key(item))}/{item.revision}\n".encode())
                digest.update(item.payload.encode())
        body = {"institution": institution, "count": count, "sha256": digest.hexdigest(), "by": str(by)}
        entries.append(Entry(EntryKind.REPLICA_REGISTERED, body))
    if removed:
        entries.append(Entry(EntryKind.REPLICA_REMOVED, {"count": removed, "by": str(by)}))
    return entries
