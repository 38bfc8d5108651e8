"""A log with real commits: sealing, late transactions and roles cannot be shown inside one rolled-back transaction."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tasuki.evidence.tables import APPEND_ONLY_TABLES, GROW_ONLY_TABLES
from tasuki.nodes.types import Databases


@pytest.fixture
def committed(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_urls: Databases
) -> Iterator[Databases]:
    """Let a test commit, and empty the log after it as the owner of the tables, who alone can switch triggers off."""
    with django_db_blocker.unblock():
        empty_log(database_urls)
        yield database_urls
        connection.close()
        empty_log(database_urls)


def empty_log(urls: Databases) -> None:
    """Remove everything from the log."""
    tables = (*APPEND_ONLY_TABLES, *GROW_ONLY_TABLES)
    with psycopg.connect(urls.owner) as owner:
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(f"TRUNCATE {', '.join(tables)}, evidence_alarm, evidence_peer")
        for table in tables:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
