"""Exports for the stand-alone verifier: the whole log, and the checkpoints kept of another party's log.

The form is documented by what `verifier.py` accepts: one canonical JSON object a line, the header first, then every
leaf in order with each checkpoint right after the last leaf that it covers.
"""

import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from tasuki.evidence.checkpoints import public_bytes
from tasuki.evidence.errors import OutOfRangeError
from tasuki.evidence.leaves import encode_leaf
from tasuki.evidence.merkle import HASH_BYTES, TILE_WIDTH
from tasuki.evidence.queries import latest_checkpoint
from tasuki.evidence.storage import LEAF_COLUMNS, stored_hashes
from tasuki.evidence.types import EntryKind
from tasuki.evidence.verifier import EXPORT_FORMAT, WITNESS_FORMAT

# Without what was purged, gaps inside a part could not be told from removals; without a succession, nobody could tell
# under which name the log signs.
_ALWAYS = frozenset({EntryKind.RECORDS_PURGED, EntryKind.LOG_SUCCEEDED})
# Read at once; whole tiles, so that no tile is read twice.
_PAGE = 64 * TILE_WIDTH

# A leaf without a record, or a place without a leaf, gives a row all the same.
_LEAVES = f"""
    SELECT e.entry_id, {LEAF_COLUMNS}
    FROM generate_series(%s::bigint, %s::bigint) AS place
    LEFT JOIN evidence_leaf l ON l.leaf_index = place
    LEFT JOIN evidence_entry e ON e.entry_id = l.entry_id
    ORDER BY place
"""  # noqa: S608 -- the columns are a constant


def write_export(path: Path, *, origin: str, public_key: Ed25519PublicKey, part: range | None = None) -> int:
    """Write the sealed log to a new file, page by page, and give the number of records.

    Damage in the log does not stop the export: the file then says what the tables say, and the verifier names it.

    :param part: the leaves whose records are written; of the others only the hash is, but records of purges and of
        successions are.
    """
    latest = latest_checkpoint()
    size = 0 if latest is None else latest.tree_size
    header = _header(EXPORT_FORMAT, origin, public_bytes(public_key), "tree_size", size)
    _write_file(path, header, _log_lines(size, range(size) if part is None else part))
    return size


def write_witnessed(path: Path, *, origin: str) -> int:
    """Write the checkpoints kept of another party's log to a new file, and give their number.

    :raises OutOfRangeError: when nothing of that log is kept here.
    """
    with connection.cursor() as cursor:
        # One file names one key: that under which the largest checkpoint was accepted.
        cursor.execute(
            "SELECT w.public_key, w.tree_size, (SELECT count(*) FROM evidence_witnessed o WHERE o.origin = w.origin"
            " AND o.public_key = w.public_key AND o.tree_size <= w.tree_size)"
            " FROM evidence_witnessed w WHERE w.origin = %s ORDER BY w.tree_size DESC LIMIT 1",
            [origin],
        )
        found = cursor.fetchone()
    if found is None:
        raise OutOfRangeError(f"No checkpoint of {origin} is kept here.")
    public_key, largest, count = bytes(found[0]), int(found[1]), int(found[2])
    header = _header(WITNESS_FORMAT, origin, public_key, "checkpoints", count)
    _write_file(path, header, _witnessed_lines(origin, public_key, largest))
    return count


def _header(file_format: str, origin: str, public_key: bytes, count_key: str, count: int) -> bytes:
    return orjson.dumps(
        {"format": file_format, "origin": origin, "public_key": b64encode(public_key).decode(), count_key: count}
    )


def _checkpoint_line(note: str) -> bytes:
    return orjson.dumps({"checkpoint": note})


def _write_file(path: Path, header: bytes, lines: Iterable[bytes]) -> None:
    """Write a file that appears under its name only when it is complete, readable by its owner only."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb", buffering=1 << 20) as stream:
        stream.write(header + b"\n")
        stream.writelines(line + b"\n" for line in lines)
        stream.flush()
        os.fsync(descriptor)
    unfinished.replace(path)


def _log_lines(size: int, part: range) -> Iterator[bytes]:
    for start in range(0, size, _PAGE):
        stop = min(start + _PAGE, size)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tree_size, note FROM evidence_checkpoint WHERE tree_size > %s AND tree_size <= %s",
                [start, stop],
            )
            notes: dict[int, str] = dict(cursor.fetchall())
        for index, line in enumerate(_leaf_lines(start, stop, part), start):
            yield line
            if index + 1 in notes:
                yield _checkpoint_line(notes[index + 1])


def _leaf_lines(start: int, stop: int, part: range) -> Iterator[bytes]:
    hashes = stored_hashes(start, stop)
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [start, stop - 1])
        rows = cursor.fetchall()
    for offset, (entry_id, kind, transaction_number, recorded_at, body) in enumerate(rows):
        stated = hashes[offset * HASH_BYTES : (offset + 1) * HASH_BYTES].hex().encode()
        entry = b"null"
        if entry_id is not None and (start + offset in part or kind in _ALWAYS):
            entry = encode_leaf(
                kind=kind, transaction_number=transaction_number, recorded_at=recorded_at, body=bytes(body)
            )
        yield b'{"leaf":%d,"hash":"%b","entry":%b}' % (start + offset, stated, entry)


def _witnessed_lines(origin: str, public_key: bytes, largest: int) -> Iterator[bytes]:
    last = 0
    while last < largest:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tree_size, note FROM evidence_witnessed WHERE origin = %s AND public_key = %s"
                " AND tree_size > %s AND tree_size <= %s ORDER BY tree_size LIMIT %s",
                [origin, public_key, last, largest, _PAGE],
            )
            rows = cursor.fetchall()
        for _, note in rows:
            yield _checkpoint_line(note)
        last = rows[-1][0]
