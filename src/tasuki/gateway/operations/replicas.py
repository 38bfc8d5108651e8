"""Registering replicas (副本登録): whole lists, each replacing what has the same key."""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple

from django.db import transaction
from psycopg.errors import UniqueViolation

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.operations.corrections import note_corrections
from tasuki.gateway.payloads import PayloadCipher, place_of
from tasuki.gateway.turns import REPLICAS, await_turn
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
from tasuki.protocol.messages import ACCEPTED, Accepted
from tasuki.protocol.replica_messages import ReplicaRow, ReplicaSheet
from tasuki.shared.actor import Actor

_Key = tuple[str, str, str, str, str]

_KEY: Final = ("institution", "unified_person_number", "data_set", "record_key", "layout_version")
#: First what the replicas of a sheet have in common.
_COLUMNS: Final = (
    "institution", "data_set", "layout_version", "published_from", "published_to", "registered_at",
    "unified_person_number", "record_key", "revision", "ordinal", "taken", "payload", "removed_at",
)  # fmt: skip
#: Places in a row of a sheet.
_REVISION: Final = 2
_ORDINAL: Final = 3
_CONTENT: Final = 5

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


class _Told(NamedTuple):
    """What is told of one replica: on which sheet, where it lies, and its row there."""

    sheet: ReplicaSheet
    place: str
    row: ReplicaRow

    @property
    def key(self) -> _Key:
        person, record_key, *_ = self.row
        return self.sheet.institution, person, self.sheet.data_set, record_key, self.sheet.layout_version

    @property
    def is_first(self) -> bool:
        """Whether it neither removes the replica nor replaces it by a later revision."""
        return self.row[_REVISION] == 1 and bool(self.row[_CONTENT])


@transaction.atomic(savepoint=False)
def register_replicas(
    *, items: Sequence[ReplicaSheet], cipher: PayloadCipher, by: Actor, at: dt.datetime
) -> list[Accepted]:
    """Register a list of replicas at once.

    Lists may arrive twice or out of order: what the town told first about a replica never takes the place of what it
    told later, a removal included. One record of evidence covers the list: how many, and the digest of what was
    registered, in order.
    """
    told = [_told(sheet, row) for sheet in items for row in sheet.replicas]
    entries = _entries(told, by)
    new: list[_Told] = []
    changing: list[_Told] = []
    for one in _newest(told):
        (new if one.is_first else changing).append(one)
    # In the order they came, two lists at once could wait for each other: those of an institution go one by one.
    await_turn(REPLICAS, (item.institution for item in items))
    over = changing if _seem_new(new) and _stored_as_new(_written(new, cipher, at)) else changing + new
    if over:
        entries += _stored_over(_written(over, cipher, at), by, at, changes=bool(changing))
    append_many(entries=entries, at=at)
    return [ACCEPTED] * len(items)


def _told(sheet: ReplicaSheet, row: ReplicaRow) -> _Told:
    person, record_key, *_ = row
    return _Told(sheet, place_of(sheet.institution, person, sheet.data_set, record_key, sheet.layout_version), row)


def _newest(told: Sequence[_Told]) -> Collection[_Told]:
    """Give of each replica what counts, as if what is told of it twice in one list had come one after the other."""
    if len({one.place for one in told}) == len(told):
        return told
    newest: dict[_Key, _Told] = {}
    for one in told:
        key = one.key
        former = newest.get(key)
        if former is None or former.row[_ORDINAL] <= one.row[_ORDINAL]:
            newest[key] = one
    return newest.values()


def _seem_new(told: Sequence[_Told]) -> bool:
    """Say whether nothing seems to be registered of what is told for the first time: the first of it stands for all."""
    return bool(told) and bool(rows(_SEEMS_NEW, told[0].key)[0]["seems_new"])


def _stored_as_new(written: Iterable[bytes]) -> bool:
    """COPY replicas to where they stay, and say whether nothing was there yet; if something was, nothing was done."""
    try:
        with transaction.atomic():
            copy_rows("gateway_replica", _COLUMNS, written)
    except UniqueViolation:
        return False
    return True


def _stored_over(written: Iterable[bytes], by: Actor, at: dt.datetime, *, changes: bool) -> list[Entry]:
    """COPY replicas into a staging table and put them in the place of older ones; give what to record of that.

    :param changes: whether any of them removes or corrects something.
    """
    run("CREATE TEMPORARY TABLE IF NOT EXISTS replica_staging (LIKE gateway_replica) ON COMMIT DELETE ROWS")
    copy_rows("replica_staging", _COLUMNS, written)
    removed = 0
    if changes:
        # Before the upsert, which no longer knows what stood there.
        removed = rows(_REMOVED)[0]["n"]
        note_corrections(by=by, at=at)
    run(_UPSERT)
    return [Entry(EntryKind.REPLICA_REMOVED, {"count": removed, "by": str(by)})] if removed else []


@transaction.atomic(savepoint=False)
def forget_removed(*, before: dt.datetime, by: Actor, at: dt.datetime) -> int:
    """Delete the traces of replicas taken back before a time; no message of that age is accepted any more."""
    del by, at  # That they were removed was recorded when they were.
    return run("DELETE FROM gateway_replica WHERE removed_at < %s", [before])


def _written(newest: Iterable[_Told], cipher: PayloadCipher, at: dt.datetime) -> Iterator[bytes]:
    """Write replicas as rows of `_COLUMNS`."""
    registered = timestamptz(at)
    begins: dict[int, bytes] = {}
    for sheet, place, (person, record_key, revision, ordinal, taken, content) in newest:
        if id(sheet) not in begins:
            begins[id(sheet)] = _begins(sheet, registered)
        payload = cipher.encrypt(sheet.institution, place, content) if content else b""
        yield b"".join((
            begins[id(sheet)], text(person), text_often(record_key), integer(revision), bigint(ordinal),
            TRUE if taken else FALSE, bytea(payload), NULL if content else registered,
        ))  # fmt: skip


def _begins(sheet: ReplicaSheet, registered: bytes) -> bytes:
    """Write what the replicas of a sheet have in common."""
    return b"".join((
        row_begins(_COLUMNS), text(sheet.institution), text(sheet.data_set), text(sheet.layout_version),
        day(sheet.published_from), day(sheet.published_to), registered,
    ))  # fmt: skip


def _entries(told: Sequence[_Told], by: Actor) -> list[Entry]:
    digests: defaultdict[str, Any] = defaultdict(hashlib.sha256)
    for institution, some in groupby(told, key=attrgetter("sheet.institution")):
        # The content is part of the digest and nothing else: evidence holds none.
        digests[institution].update(
            b"".join(f"{one.place}/{one.row[_ORDINAL]}\n".encode() + one.row[_CONTENT] for one in some)
        )
    counts = Counter(one.sheet.institution for one in told)
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
