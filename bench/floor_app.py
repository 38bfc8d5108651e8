"""The floor of P3: one request reads a row by its key and durably inserts one, behind the same server and TLS."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from psycopg_pool import ConnectionPool

_pool = ConnectionPool(os.environ["FLOOR_DATABASE"], min_size=4, max_size=24, open=True)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    with _pool.connection() as connection:
        row = connection.execute("SELECT payload FROM floor_row WHERE id = %s", [len(body) % 1000]).fetchone()
        connection.execute("INSERT INTO floor_log (body) VALUES (%s)", [body])
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [row[0] if row else b""]
