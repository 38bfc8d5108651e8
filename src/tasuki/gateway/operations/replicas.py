"""Registering replicas (副本登録): whole lists, each replacing what has the same key."""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from django.db import transaction
from psycopg.errors import UniqueViolation

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.operations.corrections import note_corrections
from tasuki.gateway.payloads import PayloadCipher, place_of
from tasuki.nodes.binary_copying import (
    FALSE,
    NULL,
    TRUE,
    bigint,
    bytea,
    copy_rows,
    day,
    integer,
    row_begins,
    text,
    text_often,
    timestamptz,
)
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import ACCEPTED, Accepted, Replica
from tasuki.shared.actor import Actor

_Key = tuple[str, str, str, str, str]

_KEY: Final = ("institution", "unified_person_number", "data_set", "record_key", "layout_version")
_COLUMNS: Final = (
    *_KEY, "revision", "ordinal", "taken", "published_from", "published_to", "payload", "registered_at", "removed_at",
)  # fmt: skip

_UPSERT = """
INSERT INTO gateway_replica AS g ({columns})
SELECT {columns} FROM replica_staging
ON CONFLICT ({key}) DO UPDATE SET
  revision = EXCLUDED.revision, ordinal = EXCLUDED.ordinal, taken = EXCLUDED.taken,
  published_from = EXCLUDED.published_from, published_to = EXCLUDED.published_to, payload = EXCLUDED.payload,
  registered_at = EXCLUDED.registered_at, removed_at = EXCLUDED.removed_at
WHERE g.ordinal < EXCLUDED.ordinal
""".format(columns=", ".join(_COLUMNS), key=", ".join(_KEY))

# Whose row stands in the way of a COPY, the server would write to its log, unless it was told to be terse.
_SEEMS_NEW: Final = f"""
SELECT current_setting('log_error_verbosity') = 'terse' AND NOT EXISTS (
  SELECT FROM gateway_replica WHERE ({", ".join(_KEY)}) = (%s, %s, %s, %s, %s)
) AS seems_new
"""  # noqa: S608 — our own text
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
_key: Final[Callable[[Replica], _Key]] = attrgetter(*_KEY)


@transaction.atomic(savepoint=False)
def register_replicas(*, items: Sequence[Replica], cipher: PayloadCipher, by: Actor, at: dt.datetime) -> list[Accepted]:
    """Register a list of replicas at once.

    Lists may arrive twice or out of order: what the town told first about a replica never takes the place of what it
    told later, a removal included. One record of evidence covers the list: how many, and the digest of what was
    registered, in order.
    """
    contents = [item.payload.encode() for item in items]
    entries = _entries(items, contents, by)
    # The same key twice in one list: the latest counts, as if the two had come one after the other.
    latest = sorted(zip(items, contents, strict=True), key=lambda one: one[0].ordinal)
    newest = {_key(item): (item, content) for item, content in latest}
    written = list(_written(newest, cipher, at))
    # In the order they came, two lists at once could wait for each other: those of an institution go one by one.
    run(_ONE_BY_ONE, [sorted({item.institution for item in items})])
    if not (_seem_new(items) and _stored_as_new(written)):
        entries += _stored_over(items, written, by, at)
    append_many(entries=entries, at=at)
    return [ACCEPTED] * len(items)


def _seem_new(items: Sequence[Replica]) -> bool:
    """Say whether nothing seems to be registered under the keys of a list: the first stands for all."""
    if not items or any(not item.payload or item.revision > 1 for item in items):
        return False
    return bool(rows(_SEEMS_NEW, _key(items[0]))[0]["seems_new"])


def _stored_as_new(written: Sequence[bytes]) -> bool:
    """COPY replicas to where they stay, and say whether nothing was there yet; if something was, nothing was done."""
    try:
        with transaction.atomic():
            copy_rows("gateway_replica", _COLUMNS, written)
    except UniqueViolation:
        return False
    return True


def _stored_over(items: Sequence[Replica], written: Sequence[bytes], by: Actor, at: dt.datetime) -> list[Entry]:
    """COPY replicas into a staging table and put them in the place of older ones; give what to record of that."""
    run("CREATE TEMPORARY TABLE IF NOT EXISTS replica_staging (LIKE gateway_replica) ON COMMIT DELETE ROWS")
    copy_rows("replica_staging", _COLUMNS, written)
    # Before the upsert, which no longer knows what stood there.
    removed = rows(_REMOVED)[0]["n"] if any(not item.payload for item in items) else 0
    if any(not item.payload or item.revision > 1 for item in items):
        note_corrections(by=by, at=at)
    run(_UPSERT)
    return [Entry(EntryKind.REPLICA_REMOVED, {"count": removed, "by": str(by)})] if removed else []


@transaction.atomic(savepoint=False)
def forget_removed(*, before: dt.datetime, by: Actor, at: dt.datetime) -> int:
    """Delete the traces of replicas taken back before a time; no message of that age is accepted any more."""
    del by, at  # That they were removed was recorded when they were.
    return run("DELETE FROM gateway_replica WHERE removed_at < %s", [before])


def _written(newest: Mapping[_Key, tuple[Replica, bytes]], cipher: PayloadCipher, at: dt.datetime) -> Iterator[bytes]:
    """Write replicas, each with its content, as rows of `_COLUMNS`."""
    begins, registered = row_begins(_COLUMNS), timestamptz(at)
    for key, (item, content) in newest.items():
        payload = cipher.encrypt(item.institution, place_of(*key), content) if content else b""
        yield b"".join((
            begins, text_often(item.institution), text(item.unified_person_number), text_often(item.data_set),
            text_often(item.record_key), text_often(item.layout_version), integer(item.revision), bigint(item.ordinal),
            TRUE if item.taken else FALSE, day(item.published_from), day(item.published_to), bytea(payload),
            registered, NULL if content else registered,
        ))  # fmt: skip


def _entries(items: Sequence[Replica], contents: Sequence[bytes], by: Actor) -> list[Entry]:
    digests: defaultdict[str, Any] = defaultdict(hashlib.sha256)
    counts = Counter(item.institution for item in items)
    for item, content in zip(items, contents, strict=True):
        # The content is part of the digest and nothing else: evidence holds none.
        digests[item.institution].update(f"{place_of(*_key(item))}/{item.ordinal}\n".encode() + content)
    return [
        Entry(
            EntryKind.REPLICA_REGISTERED,
            {
                "institution": institution,
                "count": counts[institution],
                "sha256": digest.hexdigest(),
                "by": str(by),
            },
        )
        for institution, digest in sorted(digests.items())
    ]
