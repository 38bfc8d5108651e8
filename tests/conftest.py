"""What every test shares: a real database on demand."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from pytest_django import DjangoDbBlocker

from tasuki.nodes.types import Databases
from tests.database import point_django_at, worker_databases
from tests.system.demo_home import DemoHome, told_demo


@pytest.fixture(scope="session")
def database_urls(django_db_blocker: DjangoDbBlocker) -> Databases:
    """Return the URLs of this worker's database, by role."""
    with django_db_blocker.unblock():
        return worker_databases()


@pytest.fixture(scope="session")
def django_db_setup(database_urls: Databases) -> Iterator[None]:
    """Take the place of pytest-django's own set-up: the application's roles on a migrated copy."""
    point_django_at(database_urls, as_owner=False)
    yield
    for connection in connections.all():
        connection.close()


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoHome]:
    """Return a folder in which the demonstration was told; its nodes do not run."""
    with told_demo() as told:
        yield told


def pytest_configure() -> None:
    """Hash passwords quickly: a quarter of a second for each is meant for whoever guesses them."""
    settings.PASSWORD_HASHERS = ["tests.hashing.QuickArgon2"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep tests of one `xdist_group` on one worker.

    pytest-xdist 3.8 appends the group to an attribute that pytest 9.2 no longer reads, so that groups are ignored.
    """
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and "@" not in item.nodeid:
            item._id = f"{item.nodeid}@{group.args[0]}"  # type: ignore[attr-defined]  # what `nodeid` is made from
