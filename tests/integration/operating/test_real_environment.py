"""A real environment refuses fictitious people, in a database that its administrator marked as real."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from tasuki.linkage.register import LoadedRegister, UnreadableRegister
from tasuki.nodes.types import Databases
from tasuki.operating.queries import check_environment
from tasuki.screening.types import Batch, UnreadableFile
from tasuki.shared.environments import Environment
from tests.database import point_django_at, server, worker_databases
from tests.integration.linkage.test_register import FIRST, line
from tests.integration.operating.test_environment import OTHER_NUMBER, loaded, refusals
from tests.integration.screening import files
from tests.integration.screening.town import register, resident

pytestmark = pytest.mark.django_db(databases=["default", "index"])


@pytest.fixture(scope="module", autouse=True)
def real(database_urls: Databases, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Work in a copy that its administrator marked as real, which no role of the application may."""
    with django_db_blocker.unblock():
        urls = worker_databases("real")
        with psycopg.connect(server().url(urls.runtime.rsplit("/", 1)[1])) as admin:
            admin.execute("ALTER TABLE operating_environment DISABLE TRIGGER USER")
            admin.execute("UPDATE operating_environment SET environment = 'real'")
            admin.execute("ALTER TABLE operating_environment ENABLE TRIGGER USER")
        point_django_at(urls, as_owner=False)
        yield
        point_django_at(database_urls, as_owner=False)


@pytest.mark.parametrize(
    ("individual", "name", "is_taken"),
    [
        (OTHER_NUMBER, "山田　花子", True),
        # One resident in ten thousand has a number that begins like a fictitious one, and some are called 仮屋.
        (FIRST, "山田　花子", True),
        (OTHER_NUMBER, "仮屋　花子", True),
        (FIRST, "例示　花子", False),
    ],
)
def test_a_real_environment_refuses_a_fictitious_register(
    individual: str, name: str, is_taken: bool, tmp_path: Path
) -> None:
    check_environment(Environment.REAL)
    done = loaded(tmp_path, line("0001", individual, 氏名=name))
    if is_taken:
        assert isinstance(done, LoadedRegister)
    else:
        assert isinstance(done, UnreadableRegister)
        assert ([one.rule for one in done.problems], refusals()) == (["dummy_data_in_real"], ["register"])


def test_a_real_environment_refuses_results_of_fictitious_institutions(tmp_path: Path) -> None:
    register(resident())
    refused = files.preview(files.written(tmp_path, files.line()))
    assert isinstance(refused, UnreadableFile)
    assert ([one.rule for one in refused.problems], refusals()) == (["dummy_data_in_real"], ["results"])
    assert isinstance(files.preview(files.written(tmp_path, files.line(実施機関番号="1310110030"))), Batch)
