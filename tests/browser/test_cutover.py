"""From a rehearsal to the change over and back: two say go, both sides tick steps off, and a report closes it."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page

from tasuki import runtime
from tasuki.accounts.models import Staff
from tasuki.cutover import queries
from tasuki.cutover.carrying_out import carry_out, take_back
from tasuki.cutover.exports import opened_export
from tasuki.cutover.loading import Tools
from tasuki.cutover.plan_types import Plan, PlanState
from tasuki.cutover.rehearsing import rehearse
from tasuki.jobs.imports import rules_of_today
from tasuki.jobs.rehearsals import reports_folder
from tasuki.jobs.town import number_cipher
from tasuki.shared.actor import system_actor
from tests.browser.journey import Journey, entered
from tests.browser.looking import kept, looked_at
from tests.database import server
from tests.integration.cutover.predecessor import export
from tests.integration.logged_in import attended
from tests.integration.web.test_cutovers import saturday

BY = system_actor("command-migrate-from")


@pytest.fixture
def place(town: str, tmp_path: Path) -> Iterator[Path]:
    """A predecessor's export; this process plays the command, and its connections are closed again."""
    yield export(tmp_path / "export", title="旧健診システム 三月の書き出し")
    connections.close_all()


def rehearsed(place: Path) -> None:
    with opened_export(place, reports_folder()) as opened:
        tools = Tools(number_cipher(), rules_of_today())
        rehearse(
            export=opened, admin_url=server().url(), tools=tools, reports=reports_folder(), by=BY, clock=runtime.now
        )  # fmt: skip


def carried_out(place: Path, number: int) -> None:
    plan = queries.plan(number)
    assert plan is not None
    within = plan.opens_at + dt.timedelta(minutes=45)
    with opened_export(place, reports_folder()) as opened:
        tools = Tools(number_cipher(), rules_of_today())
        done = carry_out(
            number=number, export=opened, tools=tools, by=BY, clock=lambda: within, told=lambda _step, _count: None
        )  # fmt: skip
    assert isinstance(done, Plan)


def planned(administrator: Journey, page: Page) -> int:
    """Make a plan, and name who does each step."""
    administrator.when_they_fill("計画の名前", "三月の切替")
    administrator.when_they_fill("作業の日", saturday().isoformat())
    administrator.when_they_fill("始まる時刻", "9:00")
    administrator.when_they_fill("終わる時刻", "8:00")
    administrator.when_they_press("計画を作る")
    administrator.then_the_page_is("手順の担当と時刻を決める")
    for box in page.get_by_role("textbox", name="担当する人").all():
        box.fill("健康づくり課 担当")
    looked_at_typed = page.get_by_role("textbox", name="1 予定の日時")
    typed = looked_at_typed.input_value()
    looked_at_typed.fill("夜")
    administrator.when_they_press("手順を保存する")
    administrator.then_they_read("赤い欄を直してください")
    kept(page, "cutover-steps-error-ja-1280")
    looked_at_typed.fill(typed)
    administrator.when_they_press("手順を保存する")
    administrator.then_they_read("手順を保存しました。")
    return queries.plans()[0].number


def said_go(journey: Journey, number: int) -> None:
    journey.page.goto(f"/changes/cutovers/{number}/")
    journey.page.get_by_role("radio", name="実施する", exact=True).check()
    journey.when_they_press("判定を記録する")
    journey.then_they_read("判定を記録しました。")


def test_an_export_is_rehearsed_planned_loaded_taken_back_and_reported(page: Page, place: Path) -> None:
    administrator = entered(page, "システム管理者")
    administrator.when_they_open("台帳と設定")
    administrator.when_they_follow("様式改定と切替")
    administrator.when_they_follow("旧システムからの切替")
    administrator.then_they_read("仮移行はありません")
    looked_at(administrator, "cutovers-empty")
    rehearsed(place)
    page.reload()
    administrator.when_they_press("計画を作る")
    kept(page, "cutovers-error-ja-1280")
    administrator.when_they_follow("旧健診システム 三月の書き出し")
    administrator.then_they_read("元に戻った")
    looked_at(administrator, "rehearsal")
    administrator.when_they_follow("旧システムからの切替")
    looked_at(administrator, "cutovers")
    number = planned(administrator, page)
    looked_at(administrator, "cutover")
    said_go(administrator, number)
    page.context.clear_cookies()
    said_go(entered(page, "承認者"), number)
    carried_out(place, number)

    attended(Staff.objects.get(username="persona-itaku"))
    connections.close_all()
    page.context.clear_cookies()
    contractor = entered(page, "委託先")
    page.goto(f"/changes/cutovers/{number}/")
    contractor.then_they_read("51-2024.csv")
    contractor.when_they_press("終わりを記録する")
    contractor.then_they_read("手順の終わりを記録しました。")
    looked_at(contractor, "cutover-loaded")

    take_back(number=number, reason="旧システムの締め忘れが見つかった", by=BY, clock=runtime.now)
    page.context.clear_cookies()
    administrator = entered(page, "システム管理者")
    page.goto(f"/changes/cutovers/{number}/")
    administrator.then_they_read("旧システムの締め忘れが見つかった")
    looked_at(administrator, "cutover-taken-back")
    administrator.when_they_press("切替報告書を作る")
    administrator.then_they_read("報告書を作りました。")
    with page.expect_download() as leaving:
        administrator.when_they_follow("切替報告書(PDF)を受け取る")
    assert Path(leaving.value.path()).read_bytes().startswith(b"%PDF")
    page.emulate_media(media="print")
    kept(page, "cutover-print")
    found = queries.plan(number)
    assert found is not None
    assert (found.state, found.left, found.differing) == (PlanState.CLOSED, 0, ())
