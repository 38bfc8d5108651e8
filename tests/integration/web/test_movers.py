"""Those who moved in on screen: listed by how asking stands, asked about as long work, counted without names."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.evidence.types import EntryKind
from tasuki.jobs import movers as jobs
from tasuki.jobs.works import KINDS
from tasuki.linkage.operations.held import note_held
from tasuki.linkage.queries import inquiries_of
from tasuki.nodes.sql import rows
from tasuki.protocol.messages import HeldInquiry, State
from tasuki.web.presenters.movers import duration, share
from tasuki.web.staff import inquiries
from tasuki.work.running import run_next
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AYANO, PROVIDER, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
PERIOD = {"first": "2026-10-01", "last": "2026-10-31"}


@pytest.fixture(autouse=True)
def asking(monkeypatch: pytest.MonkeyPatch, residents: None, gateway: FakeGateway) -> None:
    monkeypatch.setattr(jobs, "asker", inquiries.asker)


def page_of(client: Client, name: str, **query: str) -> str:
    return client.get(reverse(name), PERIOD | query).content.decode()


def kinds_recorded() -> list[str]:
    return [row["kind"] for row in rows("SELECT kind FROM evidence_entry ORDER BY entry_id")]


def test_somebody_who_moved_in_is_asked_about_from_the_list(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    page = page_of(client, "movers")
    assert "架空　綾乃" in page
    assert "1人について照会する" in page
    gateway.state = State.NOT_SCREENED

    work = client.post(reverse("movers-ask"), PERIOD)["Location"]
    run_next(KINDS, by=SYSTEM, now=lambda: datetime.now(UTC))

    assert "1人について照会しました" in client.get(work).content.decode()
    page = page_of(client, "movers")
    assert "人について照会する" not in page
    assert "前の自治体に記録がない" in page
    assert reverse("inquiry", args=[inquiries_of(AYANO.system_person_number)[0].transaction_number]) in page


def test_the_list_is_narrowed_and_says_when_nobody_is_there(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert "架空　綾乃" in page_of(client, "movers", standing="NOT_ASKED", provider=PROVIDER)
    assert "あてはまる人はいません" in page_of(client, "movers", standing="ADOPTED")
    assert "あてはまる人はいません" in page_of(client, "movers", first="2025-01-01", last="2025-01-31")


@pytest.mark.parametrize("name", ["movers", "coverage"])
def test_a_period_that_cannot_be_is_explained_beside_its_field(logged_in: LogIn, name: str) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.get(reverse(name), {"first": "2026-10-31", "last": "2026-10-01"})
    assert answer.status_code == 422
    assert "「から」の日より後の日を入力してください" in answer.content.decode()
    assert client.get(reverse(name), {"first": "きのう"}).status_code == 422


def test_asking_when_nobody_waits_starts_no_work(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.post(reverse("movers-ask"), {"first": "2025-01-01", "last": "2025-01-31"}, follow=True)
    assert "照会する人はいません" in answer.content.decode()


def test_the_daily_hour_is_kept_and_recorded_and_the_worker_asks_in_it(
    logged_in: LogIn, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.post(reverse("movers-daily"), {"hour": "3", "days": "60", "version": "0"}, follow=True)
    assert "毎日の照会を変えました" in answer.content.decode()
    assert kinds_recorded()[-2:] == [EntryKind.DAILY_MOVERS_SET, EntryKind.PEOPLE_LISTED]
    again = client.post(reverse("movers-daily"), {"hour": "4", "days": "60", "version": "0"})
    assert again.status_code == 422
    assert "ほかの人が先に変えました" in again.content.decode()

    monkeypatch.setattr(jobs, "now", lambda: datetime(2026, 11, 23, 19, 30, tzinfo=UTC))  # 4:30 in Japan
    jobs.ask_daily()
    assert inquiries_of(AYANO.system_person_number) == []
    monkeypatch.setattr(jobs, "now", lambda: datetime(2026, 11, 23, 18, 30, tzinfo=UTC))  # 3:30
    jobs.ask_daily()
    jobs.ask_daily()
    assert len(inquiries_of(AYANO.system_person_number)) == 1


def test_days_out_of_range_are_refused_beside_their_field(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    answer = client.post(reverse("movers-daily"), {"hour": "3", "days": "0", "version": "0"})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()


def test_the_coverage_counts_and_names_nobody(logged_in: LogIn) -> None:
    client = logged_in(Role.AUDITOR)
    page = page_of(client, "coverage")
    assert "模擬市" in page
    assert AYANO.name not in page
    assert AYANO.system_person_number not in page
    file = client.post(reverse("coverage-file"), PERIOD)
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[2].startswith("模擬市,,1,1,0,0,0,0,0.0%")
    assert kinds_recorded()[-1] == EntryKind.EXPORT_TAKEN


def test_the_home_page_counts_movers_and_held_inquiries(logged_in: LogIn, gateway: FakeGateway) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert "まだ確かめていません" in client.get(reverse("home")).content.decode()
    deadline = datetime.now(UTC) + timedelta(hours=5, minutes=1)
    gateway.waiting = [held_until(deadline), held_until(deadline + timedelta(days=3))]
    note_held(institution="1000000000000001", link=gateway, by=SYSTEM, at=datetime.now(UTC))
    page = client.get(reverse("home")).content.decode()
    assert "期限まで5時間の照会があります" in page
    gateway.waiting = []
    note_held(institution="1000000000000001", link=gateway, by=SYSTEM, at=datetime.now(UTC))
    assert "待っている照会はありません" in client.get(reverse("home")).content.decode()


def held_until(deadline: datetime) -> HeldInquiry:
    return HeldInquiry(
        transaction_number="019ab3c4-0000-7000-8000-000000000001",
        unified_person_number="000000000000001",
        inquirer=PROVIDER,
        data_sets=["TM00000000000090"],
        department="健康づくり課",
        procedure="JT99990000000141",
        basis="提供命令2条の表139項",
        requested_at=deadline - timedelta(days=4),
        valid_until=deadline,
    )


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "—"), (4.26, "4.3秒"), (60, "1分"), (7200, "2時間"), (200_000, "2日")]
)
def test_times_to_answer_are_worded_in_the_unit_a_person_would_use(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("part", "whole", "words"), [(0, 0, "—"), (1, 3, "33.3%"), (9_999, 10_000, "99.9%"), (2, 2, "100.0%")]
)
def test_a_share_is_never_rounded_up_to_all(part: int, whole: int, words: str) -> None:
    assert share(part, whole) == words
