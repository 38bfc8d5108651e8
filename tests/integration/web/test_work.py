"""The pages of long work: seen by whoever asked, by nobody else."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from tasuki.accounts.models import Staff
from tasuki.accounts.permissions import Permission
from tasuki.accounts.types import Role
from tasuki.nodes.sql import rows
from tasuki.shared.actor import Actor, staff_actor
from tasuki.web.presenters.work import WorkKind
from tasuki.work import operations
from tasuki.work.types import Work, WorkState
from tests.integration.web.conftest import AT, SYSTEM
from tests.integration.web.taking import take_out

KIND = "test"


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {KIND: WorkKind(SimpleLazyObject(lambda: "模擬の処理"), Permission.IMPORT_RESULTS, lambda _work: "3件")}  # type: ignore[arg-type]  # as lazy as a translation
    monkeypatch.setattr("tasuki.web.presenters.work.KINDS", known)
    monkeypatch.setattr("tasuki.web.staff.work.KINDS", known)


def clerk() -> Actor:
    return staff_actor(str(Staff.objects.get(username="staff-health_clerk").pk))


def asked() -> Work:
    return operations.ask(kind=KIND, parameters={}, by=clerk(), at=AT)


def finished() -> Work:
    work = asked()
    operations.take_up(by=SYSTEM, at=AT)
    operations.advance(work_id=work.work_id, done=1, total=3, by=SYSTEM, at=AT)
    return operations.end(work_id=work.work_id, state=WorkState.DONE, outcome={}, failure="", by=SYSTEM, at=AT)


def test_the_list_is_empty_at_first_and_then_shows_what_was_asked_for(logged_in: Callable[[Role], Client]) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert "頼んだ処理はまだありません" in client.get(reverse("works")).content.decode()
    asked()
    assert "模擬の処理" in client.get(reverse("works")).content.decode()


def test_work_that_runs_asks_for_itself_again_and_work_that_is_over_does_not(
    logged_in: Callable[[Role], Client],
) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    waiting = asked()
    page = client.get(reverse("work", args=[waiting.work_id]), headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" in page
    assert "処理を中止する" in page
    client.post(reverse("work-cancel", args=[waiting.work_id]))
    over = client.get(reverse("work", args=[waiting.work_id])).content.decode()
    assert "every 1s" not in over
    assert "中止しました" in over


def test_a_file_is_given_to_the_asker_and_recorded(logged_in: Callable[[Role], Client]) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    work = finished()
    kept = operations.keep_output(
        work_id=work.work_id, file_name="通知書.pdf", media_type="application/pdf", content=b"%PDF-", by=SYSTEM, at=AT
    )
    assert "通知書.pdfを受け取る" in client.get(reverse("work", args=[work.work_id])).content.decode()
    # Nobody said that files of this kind of work are used up in the office: it takes an approval.
    name, content = take_out(client, reverse("work-output", args=[work.work_id, kept.output_id]))
    assert (name.endswith("_通知書.pdf"), content) == (True, b"%PDF-")
    # The file was taken into its archive, and the archive was taken.
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'export_taken'")) == 2


def test_nobody_else_finds_it(logged_in: Callable[[Role], Client]) -> None:
    logged_in(Role.HEALTH_CLERK)
    work = finished()
    kept = operations.keep_output(
        work_id=work.work_id, file_name="a.pdf", media_type="application/pdf", content=b"%PDF-", by=SYSTEM, at=AT
    )
    other = logged_in(Role.CENTRE_CLERK)
    assert other.get(reverse("work", args=[work.work_id])).status_code == 404
    assert other.post(reverse("work-cancel", args=[work.work_id])).status_code == 404
    assert other.post(reverse("work-output", args=[work.work_id, kept.output_id])).status_code == 404
    assert other.get(reverse("work", args=[uuid4()])).status_code == 404
