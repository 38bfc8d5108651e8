"""A check sheet from an edition of the layouts to both sides' word for it."""

from pathlib import Path

from django.db import connections
from playwright.sync_api import Page

from tasuki.accounts.models import Staff
from tests.browser.journey import entered
from tests.browser.looking import kept, looked_at
from tests.integration.logged_in import attended
from tests.integration.web.test_changes import edition

CHANGED = {
    "items/breast.toml": ("max_bytes = 1", "max_bytes = 2"),
    "data_sets.toml": (
        '[[data_set.layout_version]]\nnumber = "1"\n',
        '[[data_set.layout_version]]\nnumber = "1"\nin_force_until = 2027-07-01\n',
    ),
}


def test_a_sheet_is_drawn_and_both_sides_settle_it(town: str, page: Page, tmp_path: Path) -> None:
    file = tmp_path / "layouts.zip"
    administrator = entered(page, "システム管理者")
    administrator.when_they_open("台帳と設定")
    administrator.when_they_follow("様式改定と切替")
    looked_at(administrator, "change-sheets-empty")
    file.write_bytes(b"no archive")
    administrator.when_they_fill("チェックシートの名前", "2027年7月の様式改定")
    page.set_input_files("input[type=file]", file)
    administrator.when_they_press("チェックシートを作る")
    administrator.then_they_read("ZIPとして読み取れません")
    kept(page, "change-sheets-error")
    file.write_bytes(edition(CHANGED))
    page.set_input_files("input[type=file]", file)
    administrator.when_they_press("チェックシートを作る")
    administrator.then_they_read("2行のうち0行を双方が確かめました")
    settle(page, "対応した")
    page.context.clear_cookies()
    attended(Staff.objects.get(username="persona-itaku"))
    connections.close_all()

    contractor = entered(page, "委託先")
    contractor.when_they_open("台帳と設定")
    contractor.when_they_follow("様式改定と切替")
    contractor.when_they_follow("2027年7月の様式改定")
    looked_at(contractor, "change-sheet")
    settle(page, "影響がない")
    contractor.then_they_read("すべての行を双方が確かめました")
    looked_at(contractor, "change-sheet-settled")
    page.emulate_media(media="print")
    kept(page, "change-sheet-print")


def settle(page: Page, verdict: str) -> None:
    """Say the same of every line."""
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("radio", name=verdict).check()
    page.get_by_role("button", name="確認を記録する").click()
    page.get_by_text("2行の確認を記録しました。").wait_for()
