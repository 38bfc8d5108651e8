"""Statements on the tables of the log that sealing, proofs and exports share."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from tasuki.evidence.errors import CorruptLogError
from tasuki.evidence.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, ReadNode, node_from_tile, tile_of
from tasuki.nodes.binary_copying import bytea, copy_rows, row_begins, text, text_often, timestamptz

# The columns of a record in the order of `encode_leaf`. The time is written by the database, because Python cannot
# even read every time that somebody who alters a row could put there.
LEAF_COLUMNS = """e.kind, e.transaction_number,
    coalesce(to_char(e.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), ''), e.body"""

_ENTRY: Final = ("kind", "transaction_number", "recorded_at", "body")


def node_reader() -> ReadNode:
    """Give a reader of stored nodes that reads each tile once."""
    tiles: dict[tuple[int, int], bytes] = {}

    def node(height: int, index: int) -> bytes:
        place = tile_of(height, index)
        if place not in tiles:
            tiles[place] = _read_tile(*place)
        try:
            return node_from_tile(tiles[place], height, index)
        except ValueError as error:
            raise CorruptLogError(f"Tile {place} of the log is not filled as far as its checkpoints say.") from error

    return node


def _read_tile(level: int, tile_index: int) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hashes FROM evidence_tile WHERE level = %s AND tile_index = %s", [level, tile_index])
        found = cursor.fetchone()
    return b"" if found is None else bytes(found[0])


def write_nodes(cursor: CursorWrapper, old_size: int, completed: Sequence[Sequence[bytes]]) -> None:
    """Store the nodes that a growth from `old_size` completed, as far as tiles hold their heights."""
    fresh_tiles: list[tuple[int, int, Sequence[bytes]]] = []
    for level in range(0, len(completed), TILE_HEIGHT):
        hashes = completed[level]
        tile_index, filled = divmod(old_size >> level, TILE_WIDTH)
        if filled:
            _grow_tile(cursor, level, tile_index, filled, hashes[: TILE_WIDTH - filled])
            hashes, tile_index = hashes[TILE_WIDTH - filled :], tile_index + 1
        for start in range(0, len(hashes), TILE_WIDTH):
            fresh_tiles.append((level, tile_index + start // TILE_WIDTH, hashes[start : start + TILE_WIDTH]))
    lines = b"".join(
        b"%d\t%d\t%d\t\\\\x%b\n" % (level, tile_index, len(hashes), b"".join(hashes).hex().encode())
        for level, tile_index, hashes in fresh_tiles
    )
    copy_in(cursor, "COPY evidence_tile (level, tile_index, width, hashes) FROM STDIN", lines)


def _grow_tile(cursor: CursorWrapper, level: int, tile_index: int, filled: int, hashes: Sequence[bytes]) -> None:
    cursor.execute(
        "UPDATE evidence_tile SET hashes = hashes || %s, width = width + %s"
        " WHERE level = %s AND tile_index = %s AND width = %s",
        [b"".join(hashes), len(hashes), level, tile_index, filled],
    )
    if cursor.rowcount != 1:
        raise CorruptLogError(f"Tile {tile_index} at level {level} is not {filled} hashes wide.")


def copy_entries(entries: Iterable[tuple[str, str | None, bytes]], at: datetime) -> None:
    """Store many records, each with its kind, its checked transaction number, and its body.

    In binary, because PostgreSQL would read every body out of twice as many digits; put together by us, because the
    driver goes through every value by itself.
    """
    begins, when = row_begins(_ENTRY), timestamptz(at)
    ready = (begins + text_often(kind) + text(number) + when + bytea(body) for kind, number, body in entries)
    copy_rows("evidence_entry", _ENTRY, ready)


def copy_in(cursor: CursorWrapper, statement: str, content: bytes) -> None:
    """Send what COPY is to read, if there is anything."""
    if content:
        with cursor.copy(statement) as copy:
            copy.write(content)


def stored_hashes(start: int, stop: int) -> bytes:
    """Give the stored leaf hashes from `start`, which begins a tile, up to `stop`.

    Where tiles are missing the place is filled with zeros: an export must be written even of a damaged log.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tile_index, hashes FROM evidence_tile WHERE level = 0 AND tile_index BETWEEN %s AND %s"
            " ORDER BY tile_index",
            [start // TILE_WIDTH, (stop - 1) // TILE_WIDTH],
        )
        tiles = {index: bytes(hashes) for index, hashes in cursor.fetchall()}
    first, last = start // TILE_WIDTH, (stop - 1) // TILE_WIDTH
    width = TILE_WIDTH * HASH_BYTES
    return b"".join(tiles.get(index, b"").ljust(width, b"\x00") for index in range(first, last + 1))
