"""Staff who ask: an inquiry called off and asked again, and many people asked about by a file."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from tasuki.jobs import inquiry_files as jobs
from tasuki.jobs import movers as movers_jobs
from tasuki.jobs.works import KINDS
from tasuki.nodes.sql import run
from tasuki.protocol.messages import HeldInquiry, State
from tasuki.shared.actor import system_actor
from tasuki.web.staff import inquiries
from tasuki.work.running import run_next
from tests.browser.journey import Journey
from tests.browser.looking import kept, looked_at
from tests.fakes.gateway import FakeGateway
from tests.integration.linkage.test_inquiry_files import BREAST, line

PROVIDER = "1000000000000002"


@pytest.fixture
def clerk(page: Page, town: str) -> Iterator[Journey]:
    """A clerk, logged in."""
    journey = Journey(page)
    journey.given_a_clerk_is_logged_in()
    yield journey
    for table in ("linkage_inquiry_file_line", "linkage_inquiry_file", "linkage_inquiry", "work_work"):
        run(f"DELETE FROM {table}")  # noqa: S608 — one of four
    connections.close_all()


@pytest.fixture
def waiting(town: str) -> Iterator[None]:
    """Let the gateway wait for an answer that does not come."""
    gateway = cast(FakeGateway, inquiries.asker().link)
    before = gateway.state
    gateway.state = State.HELD
    yield
    gateway.state = before


def test_an_inquiry_is_called_off_and_offered_anew(clerk: Journey, waiting: None) -> None:
    page = clerk.page
    clerk.when_they_open("住民")
    page.get_by_role("searchbox").fill("架空")
    page.keyboard.press("Enter")
    clerk.when_they_follow("架空　綾乃")
    clerk.when_they_press("検診歴を照会する")
    clerk.then_they_read("相手方の職員が、回答するかどうかを確かめています。")
    looked_at(clerk, "inquiry-held")

    clerk.when_they_press("照会を取り消す")

    clerk.then_they_read("照会は取り消されました。")
    expect(page.get_by_role("button", name="もう一度照会する")).to_be_visible()
    expect(page.get_by_role("region", name="照会の経過").get_by_role("row")).to_have_count(4)
    looked_at(clerk, "inquiry-cancelled")


def test_a_file_is_checked_asked_and_read(clerk: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "asker", inquiries.asker)
    page = clerk.page
    page.goto("/inquiries/files/")
    clerk.then_they_read("取り込んだファイルはありません")
    looked_at(clerk, "files-empty")
    file = tmp_path / "inquiries.csv"
    lines = [line(provider=PROVIDER), line(provider=PROVIDER, data_set=BREAST), line(provider="99999"), "01,x"]
    file.write_text("".join(f"{one}\r\n" for one in lines), encoding="ascii")

    page.get_by_label("照会ファイル").set_input_files(file)
    clerk.when_they_press("取り込んで確かめる")

    clerk.then_they_read("国外（99999）には照会できません")
    clerk.then_they_read("項目が18ありません")
    looked_at(clerk, "file-taken")
    clerk.when_they_press("2行を照会する")
    run_next(KINDS, by=system_actor("test"), now=lambda: datetime.now(UTC))
    connections.close_all()
    page.reload()
    clerk.then_they_read("4行のうち2行を照会しました。")
    page.goto("/inquiries/files/")
    looked_at(clerk, "files")
    clerk.when_they_follow("inquiries.csv")
    clerk.then_they_read("回答が届きました。")
    looked_at(clerk, "file-asked")


@pytest.fixture
def asked_about(town: str) -> Iterator[None]:
    """Let another town's inquiry wait for an answer by hand, not for long."""
    gateway = cast(FakeGateway, inquiries.asker().link)
    at = datetime.now(UTC)
    gateway.waiting = [
        HeldInquiry(
            transaction_number="0193578d-0000-7000-8000-000000000001", unified_person_number="000000000000007",
            inquirer=PROVIDER, data_sets=["TM00000000000090"], procedure="JT99990000000141", department="健康課",
            basis="番号法19条8号", non_disclosure=True, requested_at=at, valid_until=at + timedelta(hours=5),
        )
    ]  # fmt: skip
    yield
    gateway.waiting = []
    run("DELETE FROM linkage_held_proposal")
    connections.close_all()


def test_one_proposes_and_another_decides(clerk: Journey, asked_about: None) -> None:
    page = clerk.page
    clerk.when_they_open("手動回答")
    clerk.then_they_read("期限まで24時間を切った照会が1件あります。")
    looked_at(clerk, "held-open")
    page.get_by_label("回答する", exact=True).check()
    clerk.when_they_fill("理由", "本人に確認した")
    clerk.when_they_press("案を出す")
    clerk.then_they_read("案を残しました。")
    page.get_by_role("button", name="ログアウト").or_(page.get_by_role("link", name="ログアウト")).click()

    clerk.given_the_login_page()
    clerk.when_they_enter_as("承認者")
    page.goto("/held/")
    clerk.then_they_read("本人に確認した")
    looked_at(clerk, "held-proposed")
    clerk.when_they_fill("理由", "照会元に電話した")
    clerk.when_they_press("案のとおりに決める")
    clerk.then_they_read("案のとおりに決めました。")


def test_everyone_who_moved_in_is_asked_about_and_counted(clerk: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(movers_jobs, "asker", inquiries.asker)
    page = clerk.page
    clerk.when_they_open("届いた回答")
    clerk.when_they_follow("転入者をまとめて照会する")
    expect(page.get_by_role("rowheader", name="まだ照会していない")).to_be_visible()
    looked_at(clerk, "movers")

    page.get_by_role("button", name="人について照会する").click()
    run_next(KINDS, by=system_actor("test"), now=lambda: datetime.now(UTC))
    connections.close_all()
    page.reload()
    clerk.then_they_read("人について照会しました。")
    looked_at(clerk, "movers-work")
    page.goto("/inquiries/movers/")
    looked_at(clerk, "movers-asked")
    page.get_by_label("転入日（まで）").fill("2001年1月1日")
    clerk.when_they_press("表示する")
    clerk.then_they_read("「から」の日より後の日を入力してください。")
    looked_at(clerk, "movers-wrong")

    page.goto("/inquiries/coverage/")
    clerk.then_they_read("回答率")
    looked_at(clerk, "coverage")
    page.goto("/inquiries/coverage/?first=2001-01-01&last=2001-01-02")
    clerk.then_they_read("この期間に転入した人はいません")
    looked_at(clerk, "coverage-empty")


def test_whom_to_ask_is_sought_and_asked(clerk: Journey, town: str) -> None:
    gateway = cast(FakeGateway, inquiries.asker().link)
    gateway.holders = [PROVIDER, "1000000000000099"]
    page = clerk.page
    clerk.when_they_open("住民")
    page.get_by_role("searchbox").fill("架空")
    page.keyboard.press("Enter")
    clerk.when_they_follow("架空　綾乃")
    clerk.when_they_press("どこに照会すればよいか分からないとき: 照会先を探す")
    clerk.then_they_read("ほかに1機関が符号を持っています")
    clerk.then_nothing_hinders_anybody()
    kept(page, "sought")
    page.set_viewport_size({"width": 360, "height": 900})
    clerk.then_nothing_hinders_anybody()
    page.get_by_role("button", name="模擬市に照会する").click()
    clerk.then_they_read("回答が届きました。")
    gateway.holders = []
