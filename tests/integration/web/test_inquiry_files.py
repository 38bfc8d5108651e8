"""Files of inquiries on screen: taken in, checked, asked as long work, asked again, taken away."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.jobs import inquiry_files as jobs
from tasuki.jobs.works import KINDS
from tasuki.linkage.queries import inquiry_files as queries
from tasuki.linkage.types.inquiry_files import Bucket
from tasuki.protocol.messages import State
from tasuki.web.staff import inquiries
from tasuki.work.running import run_next
from tests.fakes.gateway import FakeGateway
from tests.integration.linkage.test_inquiry_files import BREAST, line
from tests.integration.web.conftest import AYANO, PROVIDER, SYSTEM
from tests.integration.web.taking import take_out
from tests.integration.web.test_exchange import answer, lung

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]


@pytest.fixture(autouse=True)
def asking(monkeypatch: pytest.MonkeyPatch, residents: None, gateway: FakeGateway) -> None:
    monkeypatch.setattr(jobs, "asker", inquiries.asker)


def upload(client: Client, *lines: str) -> str:
    content = "".join(f"{one}\r\n" for one in lines).encode()
    file = SimpleUploadedFile("inquiries.csv", content)
    return client.post(reverse("inquiry-files"), {"file": file}, follow=True).content.decode()


def good(**changes: str) -> str:
    return line(**({"provider": PROVIDER} | changes))


def work_is_done() -> None:
    run_next(KINDS, by=SYSTEM, now=lambda: datetime.now(UTC))


def test_a_file_is_taken_in_asked_and_taken_away(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    page = upload(client, good(), good(data_set=BREAST), good(provider="99999"))
    assert "国外（99999）には照会できません" in page
    assert "2行を照会する" in page
    [view] = queries.files()
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]

    work = client.post(reverse("inquiry-file-ask", args=[view.file_id]))["Location"]
    work_is_done()

    assert "3行のうち2行を照会しました" in client.get(work).content.decode()
    page = client.get(reverse("inquiry-file", args=[view.file_id])).content.decode()
    assert "行を照会する" not in page
    lines = _lines(take_out(client, reverse("inquiry-file-results", args=[view.file_id]))[1])
    assert [cells[:4] for cells in lines] == [
        ["1", "ANSWERED", "received", "正常終了"],
        ["2", "ANSWERED", "received", "正常終了"],
        ["3", "PROBLEM", "", "国外（99999）には照会できません。本人に海外での受診を尋ねてください。"],
    ]
    assert lines[0][5] == AYANO.system_person_number
    assert "模擬町診療所" in lines[0]


def _lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_failed_lines_are_asked_again_from_the_page(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, good())
    [view] = queries.files()
    gateway.state = State.OWN_CODE_MISSING
    client.post(reverse("inquiry-file-ask", args=[view.file_id]))
    work_is_done()
    page = client.get(reverse("inquiry-file", args=[view.file_id])).content.decode()
    assert "失敗した1行だけをもう一度照会する" in page
    assert "この人の符号をまだ取得していません" in page

    gateway.state = State.NOT_SCREENED
    client.post(reverse("inquiry-file-ask", args=[view.file_id]), {"again": "yes"})
    work_is_done()

    [view] = queries.files()
    assert (view.counts[Bucket.ANSWERED], view.failed) == (1, 0)
    assert "照会し直し1回" in client.get(reverse("inquiry-file", args=[view.file_id])).content.decode()


def test_a_file_that_is_none_or_known_is_refused_beside_its_field(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert "ファイルに行がありません" in upload(client)
    upload(client, good())
    assert "前に取り込んでいます" in upload(client, good())
    assert len(queries.files()) == 1


def test_work_that_somebody_stops_says_how_far_it_came(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, good())
    [view] = queries.files()
    work = client.post(reverse("inquiry-file-ask", args=[view.file_id]))["Location"]
    work_is_done()
    assert client.post(reverse("inquiry-file-ask", args=[view.file_id]), {"again": "yes"}, follow=True)
    assert "1行のうち1行を照会しました" in client.get(work).content.decode()


def test_who_may_not_inquire_sees_no_file(logged_in: LogIn) -> None:
    client = logged_in(Role.APPROVER)
    assert client.get(reverse("inquiry-files")).status_code == 403
    assert "ファイルでまとめて照会する" in logged_in(Role.HEALTH_CLERK).get(reverse("answers")).content.decode()
