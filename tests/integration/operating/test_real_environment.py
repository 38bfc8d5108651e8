"""A real environment refuses fictitious people, in a database that its administrator marked as real."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from tasuki import runtime
from tasuki.accounts.models import Staff
from tasuki.accounts.operations import create_staff
from tasuki.accounts.operations.signing_in import begin_sign_in
from tasuki.accounts.types import Role
from tasuki.contractors import operations
from tasuki.contractors.models import Attendance, Handler
from tasuki.contractors.types import WorkAsked
from tasuki.linkage.register import LoadedRegister, UnreadableRegister
from tasuki.nodes.types import Databases
from tasuki.operating.queries import check_environment
from tasuki.screening.types import Batch, UnreadableFile
from tasuki.shared.actor import staff_actor
from tasuki.shared.environments import Environment
from tests.database import point_django_at, server, worker_databases
from tests.integration.linkage.test_register import FIRST, line
from tests.integration.operating.test_environment import OTHER_NUMBER, loaded, refusals
from tests.integration.screening import files
from tests.integration.screening.town import register, resident
from tests.integration.web.conftest import SYSTEM
from tests.integration.web.test_contractors import CONTRACTOR, account, fit

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


def test_presence_in_a_real_environment_lets_no_contractor_in() -> None:
    staff, handler, at = account(), fit(CONTRACTOR), runtime.now()
    clerk = create_staff(
        username="present", display_name="立会 九郎", department="健康づくり課", role=Role.HEALTH_CLERK, password=None,
        by=SYSTEM, at=at,
    )  # fmt: skip
    present = begin_sign_in(Staff.objects.get(pk=clerk.identifier), "127.0.0.1", "a test", at)
    firm = Handler.objects.get(pk=handler).firm_id
    asked = WorkAsked(firm, "保守", "確認", "端末室", "扱わない", "なし", at, at + timedelta(hours=1), (handler,))
    work_id = operations.request_work(asked=asked, by=clerk.as_actor(), at=at)
    assert isinstance(work_id, UUID)
    for reviewer in ("901", "902"):
        operations.review_work(work_id=work_id, approves=True, note="", by=staff_actor(reviewer), at=at)
    begun = operations.begin_attendance(work_id=work_id, sign_in=present, by=clerk.as_actor(), at=at)
    assert isinstance(begun, Attendance)
    staff.refresh_from_db()
    assert (staff.attended_until, staff.attended_in) == (None, None)
