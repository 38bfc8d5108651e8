"""Whoever looks after the link: how it stands, a comparison, its differences, the daily hour."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from tasuki import runtime
from tasuki.linkage.reconciling import DifferenceKind
from tasuki.linkage.sending import note_failure
from tasuki.nodes.sql import run
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.shared.actor import system_actor
from tests.browser.journey import Journey
from tests.browser.looking import looked_at


@pytest.fixture
def clerk(page: Page, town: str) -> Iterator[Journey]:
    """Whoever looks after the index, logged in."""
    journey = Journey(page)
    journey.given_the_login_page()
    journey.when_they_enter_as("統合宛名 担当")
    yield journey
    for table in ("linkage_difference", "linkage_reconciliation", "linkage_delivery", "linkage_daily_reconciliation"):
        run(f"DELETE FROM {table}")  # noqa: S608 — one of four
    connections.close_all()


def differing() -> None:
    """Let a comparison have found something of every kind, much of one."""
    found, at = str(uuid4()), runtime.now()
    kinds = ",".join(f'"{kind}": {70 if kind == DifferenceKind.MISSING else 1}' for kind in DifferenceKind)
    run(
        "INSERT INTO linkage_reconciliation VALUES (%s, %s, %s, 'SYSTEM:test', false, 350000, 100000, 3,"
        " %s::jsonb, NULL)",
        [found, at, at, f"{{{kinds}}}"],
    )
    run(
        "INSERT INTO linkage_difference (reconciliation_id, kind, system_person_number, data_set, record_key)"
        " SELECT %s, kind, '000104223', 'TM00000000000090', '2025-01' FROM unnest(%s::text[]) AS t(kind)",
        [found, [kind.value for kind in DifferenceKind] + ["MISSING"] * 69],
    )
    note_failure(
        failure=ExchangeFailed("gateway-east", Phase.CONNECT, "[Errno 111] Connection refused"),
        by=system_actor("test"),
        at=at,
    )
    connections.close_all()


def test_the_link_is_read_compared_and_set(clerk: Journey) -> None:
    page = clerk.page
    clerk.when_they_open("統合宛名")
    page.get_by_role("link", name="副本との違い").click()
    clerk.then_the_page_is("中間サーバーとの連携")
    looked_at(clerk, "link-empty")

    differing()
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("送れていません。")
    looked_at(clerk, "link-full")
    page.get_by_role("link", name="違いを一件ずつ見る").click()
    clerk.then_the_page_is("突合の結果")
    expect(page.get_by_role("cell", name="000104223").first).to_be_visible()
    looked_at(clerk, "reconciliation")
    compared = page.url
    page.get_by_role("button", name="CSVで受け取る").click()
    # A list of residents' numbers leaves only after an approval.
    clerk.then_the_page_is("持出しの申請")

    page.goto(compared)
    page.get_by_role("link", name="中間サーバーとの連携").first.click()
    page.get_by_label("突き合わせる時刻").select_option(label="4時")
    page.get_by_role("button", name="保存する").click()
    clerk.then_they_read("毎日の突合を変えました。")
    page.get_by_role("button", name="突き合わせて、違いを直す").click()
    clerk.then_the_page_is("正本・統合宛名・副本の突合")
    looked_at(clerk, "link-work")
