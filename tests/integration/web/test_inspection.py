"""The pages of an inspection: who may start one, what it shows, and its report as a file."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki.accounts.types import Role
from tasuki.evidence.types import EntryKind
from tasuki.jobs.inspection import KIND, inspect_when_due
from tasuki.jobs.works import do_waiting_work
from tasuki.linkage.operations import identity
from tasuki.nodes.sql import rows
from tasuki.persons.queries.inspection import inspections
from tasuki.runtime import now
from tasuki.work.queries import works_of_kind
from tests.integration.persons.index import HANAKO, TARO, the_usual_three
from tests.integration.persons.test_inspection import link
from tests.integration.web.conftest import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]


def given_an_inspection() -> None:
    the_usual_three()
    link("K1", "0001", HANAKO)
    identity.inspect_links(report=lambda _done, _total: None, now=now, by=SYSTEM, at=AT)


def test_what_was_found_is_shown_by_system_and_cause(logged_in: LogIn) -> None:
    given_an_inspection()

    answer = logged_in(Role.INDEX_CLERK).get(reverse("index-inspection"))

    [row] = answer.context["queued"]
    assert (str(row.cause), row.found, row.states[0]) == ("家族の番号", 1, 1)
    assert "例示" not in answer.content.decode()


@pytest.mark.parametrize("form", ["csv", "pdf"])
def test_the_report_counts_and_names_nobody(logged_in: LogIn, form: str) -> None:
    given_an_inspection()
    [report] = inspections()

    answer = logged_in(Role.APPROVER).get(reverse("index-inspection-file", args=[report.inspection_id, form]))

    text = (
        answer.content.decode("utf-8-sig")
        if form == "csv"
        else "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    )
    assert "家族の番号" in text
    assert TARO.name.split()[-1] not in text


def test_there_is_no_report_of_what_never_was(logged_in: LogIn) -> None:
    given_an_inspection()
    client, [report] = logged_in(Role.INDEX_CLERK), inspections()

    for address in ([uuid4(), "pdf"], [report.inspection_id, "xlsx"]):
        assert client.get(reverse("index-inspection-file", args=address)).status_code == 404


def test_it_is_started_once_at_a_time_and_recorded(logged_in: LogIn) -> None:
    client = logged_in(Role.INDEX_CLERK)

    first = client.post(reverse("index-inspection-start"))
    second = client.post(reverse("index-inspection-start"))

    [work] = works_of_kind([KIND])
    assert first.headers["Location"] == reverse("work", args=[work.work_id])
    assert second.headers["Location"] == reverse("index-inspection")
    do_waiting_work()
    [recorded] = rows("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.LINKS_INSPECTED.value])
    [done] = inspections()
    assert str(done.inspection_id) in bytes(recorded["body"]).decode()


@pytest.mark.parametrize(
    ("role", "may_see", "may_start"),
    [
        (Role.INDEX_CLERK, True, True),
        (Role.APPROVER, True, False),
        (Role.HEALTH_CLERK, False, False),
        (Role.AUDITOR, False, False),
        (Role.SYSTEM_ADMINISTRATOR, False, False),
        (Role.CONTRACTOR, False, False),
    ],
)
def test_who_may_see_and_start_it(logged_in: LogIn, role: Role, may_see: bool, may_start: bool) -> None:
    client = logged_in(role)

    assert client.get(reverse("index-inspection")).status_code == (200 if may_see else 403)
    assert client.post(reverse("index-inspection-start")).status_code == (302 if may_start else 403)


def test_the_town_asks_for_one_by_itself_once_a_month(monkeypatch: pytest.MonkeyPatch) -> None:
    inspect_when_due()
    inspect_when_due()
    assert len(works_of_kind([KIND])) == 1

    later = now() + timedelta(days=31)
    monkeypatch.setattr("tasuki.jobs.inspection.now", lambda: later)
    inspect_when_due()
    assert len(works_of_kind([KIND])) == 2
