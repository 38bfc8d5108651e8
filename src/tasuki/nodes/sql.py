"""Raw SQL for the hot paths: whole lists in, whole lists out, never a query in a loop."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connections

Row = dict[str, Any]


def rows(query: str, params: Sequence[Any] | Mapping[str, Any] = (), *, alias: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """Run a query and return its rows by column name."""
    with connections[alias].cursor() as cursor:
        cursor.execute(query, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def run(query: str, params: Sequence[Any] | Mapping[str, Any] = (), *, alias: str = DEFAULT_DB_ALIAS) -> int:
    """Run a statement and return how many rows it touched."""
    with connections[alias].cursor() as cursor:
        cursor.execute(query, params)
        return int(cursor.rowcount)


@contextmanager
def prepared(*, alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let PostgreSQL remember the statements of the block, for as long as the connection lives.

    For acts on one person, again and again: planning their statements takes as long as carrying them out. The plan of
    one person would be wrong for a whole list, which is why this is not so everywhere.
    """
    connection = connections[alias]
    connection.ensure_connection()
    driver = connection.connection
    before = driver.prepare_threshold
    driver.prepare_threshold = 0
    try:
        yield
    finally:
        driver.prepare_threshold = before


def listed(items: Iterable[Mapping[str, object]]) -> str:
    """Return a list of rows as the one parameter of `jsonb_to_recordset(%s::jsonb)`."""
    return orjson.dumps(list(items), option=orjson.OPT_UTC_Z).decode()


def text_array(values: Iterable[str | None]) -> str:
    """Return texts as PostgreSQL writes an array of them: the driver takes many times as long over a list."""
    return "{" + ",".join("NULL" if one is None else _quoted(one) for one in values) + "}"


def byte_array(values: Iterable[bytes]) -> str:
    """Return bytes as PostgreSQL writes an array of them, for a parameter that is cast to `bytea[]`."""
    return "{" + ",".join(f'"\\\\x{one.hex()}"' for one in values) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def copy_rows(
    table: str, columns: Sequence[str], values: Iterable[Sequence[object]], *, alias: str = DEFAULT_DB_ALIAS
) -> None:
    """COPY rows into a table or temporary table, if there are any; names are ours, never from outside."""
    waiting = iter(values)
    first = next(waiting, None)
    if first is None:
        return
    with connections[alias].cursor() as cursor:
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with cursor.copy(statement) as copy:
            write = copy.write_row
            write(first)
            for value in waiting:
                write(value)
