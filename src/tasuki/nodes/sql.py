"""Raw SQL for the hot paths: whole lists in, whole lists out, never a query in a loop."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

import orjson
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg.pq import TransactionStatus

Row = dict[str, Any]
#: About a hundred items of a list, as JSON or as an array.
_LONG_TEXT: Final = 16 * 1024
_LONG_LIST: Final = 100
_TAKEN: Final = TransactionStatus.ACTIVE


def rows(query: str, params: Sequence[Any] | Mapping[str, Any] = (), *, alias: str = DEFAULT_DB_ALIAS) -> list[Row]:
    """Run a query and return its rows by column name."""
    _check_free(alias)
    with connections[alias].cursor() as cursor, _planned_for(params, alias):
        cursor.execute(query, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def tuples(
    query: str, params: Sequence[Any] | Mapping[str, Any] = (), *, alias: str = DEFAULT_DB_ALIAS
) -> list[tuple[Any, ...]]:
    """Run a query and return its rows in the order of its columns: for lists whose rows are taken apart at once."""
    _check_free(alias)
    with connections[alias].cursor() as cursor, _planned_for(params, alias):
        cursor.execute(query, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def run(query: str, params: Sequence[Any] | Mapping[str, Any] = (), *, alias: str = DEFAULT_DB_ALIAS) -> int:
    """Run a statement and return how many rows it touched."""
    _check_free(alias)
    with connections[alias].cursor() as cursor, _planned_for(params, alias):
        cursor.execute(query, params)
        return int(cursor.rowcount)


def _check_free(alias: str) -> None:
    """Refuse to ask a connection that a COPY or a pipeline has taken: both would wait for each other for ever.

    :raises RuntimeError: when it is; whoever gives a COPY its lines must know all they need before it begins.
    """
    driver = connections[alias].connection
    if driver is not None and driver.pgconn.transaction_status == _TAKEN:
        raise RuntimeError("the database is asked while its connection is taken by a COPY or a pipeline")


def _planned_for(params: Sequence[Any] | Mapping[str, Any], alias: str) -> AbstractContextManager[None]:
    """Have a long list planned by how large the tables are now, where statements are remembered otherwise.

    A plan made while a table held a few rows goes through the whole table for each item of the list, and is kept until
    the table is analysed again.
    """
    driver = connections[alias].connection
    if driver.prepare_threshold is None or not any(map(_is_long, _values(params))):
        return nullcontext()
    return _threshold(driver, None)


def _values(params: Sequence[Any] | Mapping[str, Any]) -> Iterable[Any]:
    return params.values() if isinstance(params, Mapping) else params


def _is_long(value: object) -> bool:
    return (isinstance(value, str) and len(value) > _LONG_TEXT) or (isinstance(value, list) and len(value) > _LONG_LIST)


@contextmanager
def _threshold(driver: Any, threshold: int | None) -> Iterator[None]:
    before = driver.prepare_threshold
    driver.prepare_threshold = threshold
    try:
        yield
    finally:
        driver.prepare_threshold = before


@contextmanager
def prepared(*, alias: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let PostgreSQL remember the statements of the block, for as long as the connection lives.

    For acts on one person, again and again: planning their statements takes as long as carrying them out. The plan of
    one person would be wrong for a whole list, which is why this is not so everywhere.
    """
    connection = connections[alias]
    connection.ensure_connection()
    with _threshold(connection.connection, 0):
        yield


def listed(items: Iterable[Mapping[str, object]]) -> str:
    """Return a list of rows as the one parameter of `jsonb_to_recordset(%s::jsonb)`."""
    return orjson.dumps(list(items), option=orjson.OPT_UTC_Z).decode()


def text_array(values: Iterable[str | None]) -> str:
    """Return texts as PostgreSQL writes an array of them: the driver takes many times as long over a list.

    JSON writes them likewise, but for what has to be escaped.
    """
    texts = list(values)
    written = orjson.dumps(texts).decode()
    if "\\" in written:
        return "{" + ",".join("NULL" if one is None else _quoted(one) for one in texts) + "}"
    return f"{{{written[1:-1]}}}"


def byte_array(values: Iterable[bytes]) -> str:
    """Return bytes as PostgreSQL writes an array of them, for a parameter that is cast to `bytea[]`."""
    return "{" + ",".join(f'"\\\\x{one.hex()}"' for one in values) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def copy_rows(
    table: str,
    columns: Sequence[str],
    values: Iterable[Sequence[object]],
    *,
    alias: str = DEFAULT_DB_ALIAS,
) -> None:
    """COPY rows into a table or temporary table, if there are any; names are ours, never from outside."""
    waiting = iter(values)
    first = next(waiting, None)
    if first is None:
        return
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connections[alias].cursor() as cursor, cursor.copy(statement) as copy:
        write = copy.write_row
        write(first)
        for value in waiting:
            write(value)
