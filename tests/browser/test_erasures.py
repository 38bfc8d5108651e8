"""What is past its time goes: a clerk asks, two others approve, and there is a certificate of it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page

from tasuki import runtime
from tasuki.jobs.erasing import carry_on_erasures
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.actor import system_actor
from tests.browser.journey import Journey, entered
from tests.browser.looking import kept, looked_at

GONE = ResidentRow(
    system_person_number="000104299",
    household_number="99",
    name="架空　転子",
    kana_name="カクウ　テンコ",
    birth_date=date(1950, 2, 3),
    sex="2",
    address="架空区模擬町九丁目9",
    moved_out_date=date(2018, 5, 1),
    moved_out_to="132918",
)


@pytest.fixture
def somebody_left(town: str) -> Iterator[None]:
    """Somebody who left years ago; this process plays the worker, and its connections are closed again."""
    register_residents(rows=[GONE], by=system_actor("test"), at=runtime.now(), reason="test")
    yield
    connections.close_all()


def approved_by(page: Page, role: str) -> Journey:
    """Approve the newest request in a role."""
    page.context.clear_cookies()
    staff = entered(page, role)
    page.goto("/erasures/")
    page.get_by_role("table").get_by_role("link").first.click()
    staff.then_they_read("消えたものは戻せません")
    looked_at(staff, f"erasure-deciding-{role[:2]}")
    staff.when_they_press("消去を承認する")
    staff.then_they_read("承認しました。")
    return staff


def test_what_is_due_is_requested_approved_erased_and_certified(page: Page, somebody_left: None) -> None:
    clerk = entered(page, "健康づくり課 担当")
    page.goto("/erasures/")
    clerk.then_they_read("消去はまだありません")
    looked_at(clerk, "erasures-empty")
    clerk.when_they_follow("宛名番号で申請する")
    clerk.when_they_fill("宛名番号", "000104223")
    clerk.when_they_fill("消去の理由", "本人の申出")
    clerk.when_they_press("消去を申請する")
    clerk.then_they_read("いまも住民です")
    clerk.then_the_page_is("宛名番号で消去を申請する")
    kept(page, "erasure-people-wrong-ja-1280")

    page.goto("/erasures/retention/")
    looked_at(clerk, "retention")
    clerk.when_they_follow("転出・死亡した人の記録")
    looked_at(clerk, "retention-due")
    clerk.when_they_fill("消去の理由", "保存期間の満了")
    clerk.when_they_press("消去を申請する")
    clerk.then_they_read("別の二人が承認するまで、何も消えません。")
    looked_at(clerk, "erasure-waiting")

    approved_by(page, "統合宛名 担当")
    staff = approved_by(page, "承認者")
    carry_on_erasures()
    page.reload()
    staff.then_they_read("消去済み")
    looked_at(staff, "erasure-proven")
    with page.expect_download() as leaving:
        staff.when_they_press("消去証明書(PDF)を受け取る")
    content = Path(leaving.value.path()).read_bytes()
    assert content.startswith(b"%PDF")
    page.goto("/erasures/")
    staff.when_they_fill("宛名番号", GONE.system_person_number)
    staff.when_they_press("探す")
    staff.then_they_read("消去済み")
    kept(page, "erasures-found-ja-1280")
