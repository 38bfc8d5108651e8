"""The engine under every node: connections from before a restart are replaced, and times carry their zone."""

import datetime as dt
from collections.abc import Iterator

import psycopg
import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from tasuki.config.databases import connection_settings
from tasuki.nodes.types import Databases

pytestmark = pytest.mark.django_db


@pytest.fixture
def pooled(db: None, database_urls: Databases) -> Iterator[BaseDatabaseWrapper]:
    """Return a connection of a pool of its own."""
    settings = connection_settings(database_urls.runtime)
    # A pool grows by itself while somebody waits; of a single connection it is known which one comes back.
    settings["OPTIONS"]["pool"] |= {"min_size": 1, "max_size": 1}
    connection = ConnectionHandler({"default": settings})["default"]
    connection.inc_thread_sharing()
    yield connection
    connection.close()
    connection.close_pool()


def asked(connection: BaseDatabaseWrapper, question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def test_a_connection_the_server_ended_is_replaced(pooled: BaseDatabaseWrapper, database_urls: Databases) -> None:
    first = asked(pooled, "SELECT pg_backend_pid()")
    pooled.close()
    assert asked(pooled, "SELECT pg_backend_pid()") == first
    pooled.close()
    with psycopg.connect(database_urls.runtime, autocommit=True) as other:
        [ended] = other.execute("SELECT pg_terminate_backend(%s, 5000)", [first]).fetchone() or (None,)
    assert ended
    assert asked(pooled, "SELECT pg_backend_pid()") != first


def test_times_carry_their_zone_also_behind_a_named_cursor(pooled: BaseDatabaseWrapper) -> None:
    question = "SELECT '2026-04-01 09:00+09'::timestamptz"
    expected = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    assert asked(pooled, question) == expected
    with pooled.chunked_cursor() as cursor:
        cursor.execute(question)
        assert cursor.fetchall() == [(expected,)]
