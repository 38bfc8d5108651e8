"""The yearly check up to two signatures, and an incident from its suspicion to the report."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connections
from playwright.sync_api import Page

from tasuki import runtime
from tasuki.audits.packs.verifier import verify_pack
from tasuki.jobs.works import do_waiting_work
from tasuki.nodes.keys import write_secret
from tests.browser.journey import entered
from tests.browser.looking import kept, looked_at


def test_a_year_is_checked_and_signed_by_two(page: Page) -> None:
    auditor = entered(page, "監査担当")
    auditor.when_they_open("台帳と設定")
    auditor.when_they_follow("確認記録票")
    auditor.then_they_read("確認記録票はまだありません")
    looked_at(auditor, "checks-empty")
    page.get_by_role("button", name="年度の確認記録票を作る").click()
    auditor.then_they_read("項ごとに評価してください")
    first = page.locator("main form:has(select[name$='-answer'])").first
    first.locator("select").first.select_option("PARTLY")
    first.get_by_role("button").click()
    auditor.then_they_read("わけを書いてください。")
    auditor.then_nothing_hinders_anybody()
    kept(page, "check-error")
    first.locator("input[name$='-remark']").first.fill("手順書を改めている")
    tables = page.locator("main form:has(select[name$='-answer'])")
    for place in range(tables.count()):
        for box in tables.nth(place).locator("select").all():
            if not box.input_value():
                box.select_option("KEPT")
        with page.expect_navigation():
            tables.nth(place).get_by_role("button").click()
        auditor.then_they_read("評価を保存しました。")
    # Where one was in the sheet stands in the address; the page itself is looked at.
    page.goto(page.url.partition("#")[0])
    looked_at(auditor, "check")
    auditor.when_they_press("署名する")
    auditor.then_they_read("一人目として署名しました")
    page.context.clear_cookies()

    adviser = entered(page, "セキュリティ担当")
    page.goto("/checks/")
    looked_at(adviser, "checks")
    page.locator("main tbody a").first.click()
    adviser.when_they_press("署名する")
    adviser.then_they_read("確定し、もう変わりません")
    looked_at(adviser, "check-signed")


def test_a_suspicion_becomes_an_incident_and_is_reported(page: Page) -> None:
    clerk = entered(page, "健康づくり課 担当")
    page.goto("/incidents/")
    looked_at(clerk, "incidents-clerk")
    clerk.when_they_press("届け出る")
    clerk.then_nothing_hinders_anybody()
    kept(page, "incidents-error")
    clerk.when_they_fill("件名", "封筒の入れ違い")
    clerk.when_they_fill("何があったか", "別の人の結果通知が届いたと電話があった")
    page.get_by_role("radio", name="本人・ほかの機関など外から").check()
    clerk.when_they_fill("知った日時", "2026-11-26T09:00")
    clerk.when_they_fill("いつから起きていたおそれがあるか", "2026-11-20")
    clerk.when_they_press("届け出る")
    clerk.then_they_read("届け出ました。")
    page.context.clear_cookies()

    adviser = entered(page, "セキュリティ担当")
    looked_at(adviser, "incidents-home")
    adviser.when_they_follow("終わっていない漏えい等の事案")
    looked_at(adviser, "incidents")
    adviser.when_they_follow("封筒の入れ違い")
    adviser.when_they_fill("したこと・受付番号など", "現物を見た")
    adviser.when_they_press("事案と確認した")
    page.get_by_role("checkbox", name="検診の結果など、要配慮個人情報が含まれる").check()
    adviser.when_they_fill("本人の数", "2")
    adviser.when_they_press("評価を保存する")
    adviser.then_they_read("2026年11月30日")
    adviser.when_they_fill("したこと・受付番号など", "委員会の受付番号 1")
    adviser.when_they_press("個人情報保護委員会に速報した")
    adviser.then_they_read("報告済み")
    looked_at(adviser, "incident")
    adviser.when_they_follow("影響を受けた人を数える")
    looked_at(adviser, "incident-affected")


@pytest.fixture
def signing_key() -> Iterator[None]:
    """A key of the log, for as long as the town signs something."""
    file = runtime.keys().folder / "signing.key"
    write_secret(file, Ed25519PrivateKey.generate().private_bytes_raw())
    yield
    file.unlink()


@pytest.mark.usefixtures("signing_key")
def test_an_auditor_makes_a_pack_and_an_administrator_records_a_rehearsal(page: Page) -> None:
    auditor = entered(page, "監査担当")
    page.goto("/checks/packs/")
    looked_at(auditor, "packs-empty")
    auditor.when_they_fill("期間の始まり", "いつか")
    auditor.when_they_press("証拠一式を作る")
    auditor.then_nothing_hinders_anybody()
    kept(page, "packs-error")
    page.goto("/checks/packs/")
    auditor.when_they_press("証拠一式を作る")
    do_waiting_work()
    connections.close_all()
    page.goto(page.url)
    auditor.then_they_read("署名した一つの書庫にしました")
    with page.expect_download() as taken:
        page.get_by_role("button", name="を受け取る").click()
    file = taken.value.path()
    assert verify_pack(file).ok
    auditor.when_they_follow("結果を見る")
    looked_at(auditor, "packs")
    page.context.clear_cookies()

    administrator = entered(page, "システム管理者")
    page.goto("/checks/rehearsals/")
    looked_at(administrator, "rehearsals-empty")
    administrator.when_they_press("記録する")
    administrator.then_nothing_hinders_anybody()
    kept(page, "rehearsals-error")
    administrator.when_they_fill("訓練の日", "2026/11/1")
    administrator.when_they_fill("どのバックアップから", "媒体12（10月31日）")
    page.get_by_role("radio", name="戻せなかった").check()
    administrator.when_they_fill("かかった時間、戻らなかったもの、次に直すこと", "媒体が読めない")
    administrator.when_they_press("記録する")
    administrator.then_they_read("訓練を記録しました。")
    looked_at(administrator, "rehearsals")
    page.goto("/contractors/certificates/")
    looked_at(administrator, "certificates-empty")
    administrator.when_they_press("記録する")
    administrator.then_nothing_hinders_anybody()
    kept(page, "certificates-error")
