"""What tests of a gateway share."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from tasuki.nodes.types import Databases
from tests.integration.evidence.conftest import empty_log
from tests.integration.gateway.moves import served

__all__ = ["served"]


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_urls: Databases) -> Iterator[None]:
    """Let a test commit, and empty what it left as the owner of the tables."""
    with django_db_blocker.unblock():
        empty_log(database_urls)
        yield
        connection.close()
        empty_log(database_urls)
        with psycopg.connect(database_urls.owner) as owner:
            owner.execute("TRUNCATE gateway_person, gateway_acquisition")
