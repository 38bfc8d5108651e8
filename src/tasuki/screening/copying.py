"""Rows in COPY's text format, written in large pieces: several times faster than handing them over one by one."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

from django.db import connection

# Small enough that the server parses one piece while the next is being written.
_LINES_A_PIECE = 512
NULL = "\\N"


def escaped(text: str) -> str:
    """Write a text as COPY's text format wants it."""
    # Several times faster than one `translate`, since hardly any text has anything to replace.
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> str:
    """COPY ready-made lines, without their line ends, into a table, and give the SHA-256 of what was sent.

    Names of table and columns are ours, never from outside. Whatever gives the lines must not ask the database
    meanwhile: the connection is taken by the COPY, and both would wait for ever.
    """
    pieces, digest = iter(lines), sha256()
    piece = list(islice(pieces, _LINES_A_PIECE))
    if not piece:
        return digest.hexdigest()
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        while piece:
            data = "\n".join([*piece, ""]).encode()
            digest.update(data)
            copy.write(data)
            piece = list(islice(pieces, _LINES_A_PIECE))
    return digest.hexdigest()
