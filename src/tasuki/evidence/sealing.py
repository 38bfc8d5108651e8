"""Sealing: committed records become leaves, and the log signs the root over them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from tasuki.evidence.checkpoints import is_signed_by, read_checkpoint, sign_checkpoint
from tasuki.evidence.errors import CorruptLogError
from tasuki.evidence.leaves import encode_leaf
from tasuki.evidence.merkle import CompactRange, leaf_hash
from tasuki.evidence.storage import LEAF_COLUMNS, node_reader, write_nodes
from tasuki.evidence.types import Checkpoint
from tasuki.nodes.binary_copying import bigint, copy_rows, row_begins

# Any constant: it names "the sealer" among the advisory locks of this database.
_SEALER_LOCK = 0x5441_5355_4B49

# From which transaction on some may still be running; asked once, not for each row.
_RUNNING_FROM = "(SELECT pg_snapshot_xmin(pg_current_snapshot())::text)"

# Every committed record without a leaf is taken; the bounds only say where looking is of no use. Below the place where
# the last seal stopped all transactions had ended and were sealed, so a record committed late is still found. Above
# the snapshot there can only be records of another cluster's transactions, left by a restore. The sub-query with
# OFFSET stays a look-up for each row; as a join it would read every leaf of the log.
_NEXT_ROWS = f"""
    SELECT e.entry_id, e.xid::text, {_RUNNING_FROM}, {LEAF_COLUMNS}
    FROM evidence_entry e
    WHERE e.xid >= %s::xid8
      AND e.xid <= greatest(pg_snapshot_xmax(pg_current_snapshot()), pg_current_xact_id_if_assigned())
      AND NOT EXISTS (SELECT 1 FROM evidence_leaf l WHERE l.entry_id = e.entry_id OFFSET 0)
    ORDER BY e.xid, e.entry_id LIMIT %s
"""  # noqa: S608 -- the columns are a constant

# In a database restored from a dump, the numbers of transactions say nothing about the records that it brought.
_ROWS_WITHOUT_LEAF = f"""
    SELECT e.entry_id, e.xid::text, {_RUNNING_FROM}, {LEAF_COLUMNS}
    FROM evidence_entry e
    WHERE NOT EXISTS (SELECT 1 FROM evidence_leaf l WHERE l.entry_id = e.entry_id)
    ORDER BY e.entry_id LIMIT %s
"""  # noqa: S608 -- the columns are a constant

_Row = tuple[int, str, str, str, str | None, str, bytes]
_LEAF: Final = ("leaf_index", "entry_id")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to look on: from this transaction of this database cluster."""

    xid: int
    cluster: int


def seal(*, key: Ed25519PrivateKey, origin: str, at: datetime, limit: int = 50_000) -> Checkpoint | None:
    """Make leaves of up to `limit` committed records, and sign the new root; None when there is nothing new.

    `origin` is the name the log began with. Once the record that it goes on under a new name is sealed, it signs under
    that one. Sealers of one database take turns. Records of a transaction still running wait for a later call, and
    hold up nothing.

    :raises CorruptLogError: when the stored log is not the one that was signed before.
    :raises RuntimeError: inside another transaction, whose end could undo what was signed.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        lock_sealer(cursor)
        last, place = _last_seal(cursor)
        named_by = _names(cursor, origin)
        if last is not None and (last.origin not in named_by or not is_signed_by(last, key.public_key())):
            raise CorruptLogError(f"The last checkpoint of the log was not signed by {origin} with this key.")
        rows, next_place = _unsealed(cursor, place, limit)
        if not rows:
            return None
        root = _add_leaves(cursor, last, rows)
        previous_size = 0 if last is None else last.tree_size
        checkpoint = sign_checkpoint(
            key=key,
            origin=_name_now(named_by, last, rows),
            tree_size=previous_size + len(rows),
            root=root,
            signed_at=at,
            previous_size=previous_size,
        )
        _write_checkpoint(cursor, checkpoint, next_place)
    return checkpoint


def lock_sealer(cursor: CursorWrapper) -> None:
    """Let one transaction at a time seal, or change what sealing goes by."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SEALER_LOCK])


def _names(cursor: CursorWrapper, origin: str) -> dict[str, int | None]:
    """Give the names of this log in their order, each with the record by which it began."""
    cursor.execute("SELECT log, entry_id FROM evidence_succession WHERE first_name = %s ORDER BY ordinal", [origin])
    return {origin: None, **dict(cursor.fetchall())}


def _name_now(named_by: dict[str, int | None], last: Checkpoint | None, rows: list[_Row]) -> str:
    """Give the name to sign under: the newest whose own record is sealed, before or now."""
    first, newest = next(iter(named_by)), next(reversed(named_by))
    before = first if last is None else last.origin
    if before == newest:
        return before
    sealed_now = {row[0] for row in rows}
    return next((log for log in reversed(named_by) if named_by[log] in sealed_now), before)


def _last_seal(cursor: CursorWrapper) -> tuple[Checkpoint | None, _Place | None]:
    cursor.execute(
        "SELECT note, tree_size, root, sealed_below::text, cluster"
        " FROM evidence_checkpoint ORDER BY tree_size DESC LIMIT 1"
    )
    found = cursor.fetchone()
    if found is None:
        return None, None
    note, tree_size, root, xid, cluster = found
    checkpoint = read_checkpoint(note)
    if (checkpoint.tree_size, checkpoint.root) != (tree_size, bytes(root)):
        raise CorruptLogError(f"The row of checkpoint {tree_size} does not say what its signed text says.")
    return checkpoint, _Place(int(xid), cluster)


def _unsealed(cursor: CursorWrapper, place: _Place | None, limit: int) -> tuple[list[_Row], _Place]:
    """Read the next rows, and say where to go on after them."""
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    (cluster,) = cursor.fetchone()
    if place is not None and place.cluster == cluster:
        cursor.execute(_NEXT_ROWS, [str(place.xid), limit])
        rows: list[_Row] = cursor.fetchall()
        xids = [int(rows[0][2])] if rows else []
        if len(rows) == limit:
            xids.append(int(rows[-1][1]))
        return rows, _Place(min(xids, default=place.xid), cluster)
    cursor.execute(_ROWS_WITHOUT_LEAF, [limit])
    rows = cursor.fetchall()
    if not rows or len(rows) == limit:
        # There may be more of them: the next call looks in the same way again.
        return rows, place or _Place(0, 0)
    return rows, _Place(int(rows[0][2]), cluster)


def _add_leaves(cursor: CursorWrapper, last: Checkpoint | None, rows: list[_Row]) -> bytes:
    """Store leaves and tiles, and give the new root."""
    old_size = 0 if last is None else last.tree_size
    tree = CompactRange.load(old_size, node_reader())
    if last is not None and tree.root() != last.root:
        raise CorruptLogError(CorruptLogError.__doc__)
    hashes: list[bytes] = []
    copy_rows("evidence_leaf", _LEAF, _hashed(rows, old_size, hashes))
    write_nodes(cursor, old_size, tree.extend(hashes))
    return tree.root()


def _hashed(rows: list[_Row], first: int, hashes: list[bytes]) -> Iterator[bytes]:
    """Write rows of `_LEAF` and add their hashes meanwhile: the server stores some while others are hashed."""
    begins = row_begins(_LEAF)
    for index, (entry_id, _, _, kind, transaction_number, recorded_at, body) in enumerate(rows, first):
        leaf = encode_leaf(kind=kind, transaction_number=transaction_number, recorded_at=recorded_at, body=bytes(body))
        hashes.append(leaf_hash(leaf))
        yield begins + bigint(index) + bigint(entry_id)


def _write_checkpoint(cursor: CursorWrapper, checkpoint: Checkpoint, place: _Place) -> None:
    cursor.execute(
        "INSERT INTO evidence_checkpoint"
        " (tree_size, previous_size, root, signed_at, note, sealed_below, cluster)"
        " VALUES (%s, %s, %s, %s, %s, %s::xid8, %s)",
        [
            checkpoint.tree_size,
            checkpoint.previous_size,
            checkpoint.root,
            checkpoint.signed_at,
            checkpoint.note,
            str(place.xid),
            place.cluster,
        ],
    )
