"""Django's PostgreSQL engine, reading times and looking after pooled connections as cheaply as the driver can."""

import select
from functools import lru_cache
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.abc import AdaptContext
from psycopg.adapt import AdaptersMap
from psycopg.postgres import types
from psycopg.pq import Format
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose times the driver's own code reads: Django's reader runs in Python, for each time of a list.

    Both give times with their zone; every connection of ours is in UTC.
    """

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params["context"] = _reading_times_fast(params["context"])
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """Return a connection; one of the pool from before PostgreSQL was restarted is replaced."""
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and not _is_usable(connection):
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor as Django would, leaving out that it puts its own reader of times back."""
        if name is None:
            return self.connection.cursor()
        # Read on after the transaction in which it was opened, if it was opened in none.
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)


@lru_cache(maxsize=4)
def _reading_times_fast(django: AdaptContext) -> AdaptersMap:
    own = AdaptersMap(django.adapters)
    fast = psycopg.adapters.get_loader(types["timestamptz"].oid, Format.TEXT)
    if fast is not None:
        own.register_loader("timestamptz", fast)
    return own


def _is_usable(connection: psycopg.Connection[Any]) -> bool:
    """Ask the server whether a connection still works, but only when something came on it unasked.

    A server that stopped, or ended the connection, has said so, which costs no round trip to see.
    """
    waiting = select.poll()
    try:
        waiting.register(connection.fileno(), select.POLLIN)
        if waiting.poll(0):
            ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True
