"""A health centre in its area of work, and beyond it for an hour: asked, opened by another, reviewed by a third."""

import re

from django.db import connections
from playwright.sync_api import Browser, Page

from tasuki.accounts.models import Staff
from tasuki.screening.queries.districts import open_districts
from tests.browser.conftest import guarded
from tests.browser.journey import Journey, entered
from tests.browser.looking import kept, looked_at

CENTRE, CLERK = "保健センター 担当", "健康づくり課 担当"


def district_added(clerk: Journey) -> None:
    """Put the centre's places on the register, by the screen."""
    clerk.when_they_open("台帳と設定")
    clerk.page.get_by_role("link", name="担当区域").click()
    clerk.when_they_follow("担当区域を加える")
    clerk.when_they_press("加える")
    kept(clerk.page, "district-add-wrong-ja-1280")
    clerk.then_nothing_hinders_anybody()
    for label, text in (
        ("保健センターの名前", "模擬町保健センター"),
        ("英語の名前", "Mogicho Health Centre"),
        ("町・丁目", "架空区模擬町"),
        ("変える理由", "設置規則の別表"),
    ):
        clerk.when_they_fill(label, text)
    clerk.when_they_press("加える")
    clerk.then_they_read("担当区域を残しました。")
    clerk.page.goto("/districts/")
    looked_at(clerk, "districts")


def in_its_area(centre: Journey, far: str) -> None:
    """Find whoever lives inside, and nobody else."""
    centre.when_they_open("住民")
    centre.page.locator("#id_text").fill("見本")
    centre.when_they_press("探す")
    centre.then_they_read("0人 見つかりました")
    centre.page.locator("#id_text").fill("架空")
    centre.when_they_press("探す")
    centre.page.locator("a.person-name").first.click()
    centre.then_nothing_hinders_anybody()
    centre.page.goto(far)
    centre.then_the_page_is("担当区域の外です")
    looked_at(centre, "area-refused")


def test_a_health_centre_works_in_its_area_and_beyond_it_in_an_emergency_only(
    page: Page, browser: Browser, town: str
) -> None:
    clerk = entered(page, CLERK)
    district_added(clerk)
    clerk.when_they_open("住民")
    page.locator("#id_text").fill("見本")
    clerk.when_they_press("探す")
    far = page.locator("a.person-name").first.get_attribute("href") or ""
    with guarded(browser, town) as context:
        centre = entered(context.new_page(), CENTRE)
        centre.then_they_read("あなたの担当区域が決まっていないため、住民は誰も表示されません。")
        Staff.objects.filter(username="persona-center").update(areas=open_districts())
        connections.close_all()
        in_its_area(centre, far)
        centre.when_they_follow("権限を借りる申請をする")
        looked_at(centre, "emergency-ask")
        centre.when_they_press("申請を出す")
        kept(centre.page, "emergency-ask-wrong-ja-1280")
        centre.page.get_by_label("担当区域の外の住民を扱う").check()
        centre.when_they_fill("いま必要なわけ", "避難所に来た人が結果を知りたい")
        centre.when_they_press("申請を出す")
        centre.then_they_read("ほかの人が開くまで、何も変わりません。")
        page.goto("/")
        page.get_by_role("link", name=re.compile("開くのを待つ緊急時の権限")).click()
        looked_at(clerk, "emergencies")
        page.get_by_role("link", name=re.compile("^20")).first.click()
        clerk.when_they_fill("確かめたこと、断るわけ", "折り返し電話して本人と確かめた")
        clerk.when_they_press("開く")
        clerk.then_they_read("開きました。")
        centre.page.goto(far)
        centre.then_they_read("緊急時の権限を借りています")
        looked_at(centre, "emergency-banner")
        centre.when_they_press("権限を終える")
        centre.then_they_read("緊急時の権限を終えました。")
        centre.page.goto(far)
        centre.then_the_page_is("担当区域の外です")
    with guarded(browser, town) as context:
        reviewed(entered(context.new_page(), "監査担当"))


def reviewed(auditor: Journey) -> None:
    """Look through what was done, and say what came of it."""
    auditor.page.get_by_role("link", name=re.compile("点検を待つアクセス警告")).click()
    auditor.page.get_by_role("row", name=re.compile("緊急時の権限が開かれた")).get_by_role("link").first.click()
    looked_at(auditor, "emergency-alert")
    auditor.page.get_by_label("業務に必要だった").check()
    auditor.when_they_fill("確かめたこと", "避難所の記録と合う")
    auditor.when_they_press("点検を終える")
    auditor.then_they_read("点検の結果を記録しました。")
    auditor.page.goto("/accesses/")
    auditor.then_they_read("緊急時")
    kept(auditor.page, "emergency-log-ja-1280")
