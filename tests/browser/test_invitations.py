"""A year's invitations before the screen: the list is frozen, coupons are made, one is read at the counter."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tasuki.eligibility.operations.lists import recompute
from tasuki.invitations import queries
from tasuki.invitations.numbers import coupon_number, shown
from tasuki.jobs.works import do_waiting_work
from tasuki.runtime import now
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.types import ResidentRow
from tasuki.shared.actor import system_actor
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.browser.journey import Journey

AYANO, SHINOBU, HIKARU = "000104223", "000104224", "000104290"
YEAR = fiscal_year_of(civil_date(now()))


def given_the_year_is_computed() -> None:
    recompute(fiscal_year=YEAR, by=system_actor("test"), at=now())


def given_somebody_without_a_coupon() -> None:
    """Enter one more resident, for whatever was issued before."""
    register_residents(
        rows=[
            ResidentRow(
                HIKARU, HIKARU, "例示　光", "レイジ　ヒカル", date(1970, 1, 2), "2", "000-0504", "架空区例示町5番"
            )
        ],
        by=system_actor("test"),
        at=now(),
        reason="test",
    )


def given_everybody_has_a_coupon(clerk: Journey) -> None:
    """Do what the first journey does, without looking."""
    given_the_year_is_computed()
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("案内")
    clerk.page.get_by_role("button", name="名簿を作る").or_(
        clerk.page.get_by_role("button", name="新しく対象になった人を加える")
    ).click()
    do_waiting_work()
    clerk.page.goto("/invitations/")
    issue = clerk.page.get_by_role("button", name="人に受診券を発行する")
    if issue.count():
        issue.click()
        do_waiting_work()


def test_a_clerk_freezes_the_list_issues_coupons_and_reads_one_at_the_counter(page: Page) -> None:
    clerk = Journey(page)
    given_somebody_without_a_coupon()
    given_the_year_is_computed()
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("案内")
    clerk.then_the_page_is(f"{YEAR}年度 受診のご案内")
    page.get_by_role("button", name="名簿を作る").or_(
        page.get_by_role("button", name="新しく対象になった人を加える")
    ).click()
    clerk.then_the_page_is("対象者名簿の作成")
    clerk.then_they_read("順番待ち")
    do_waiting_work()
    clerk.then_they_read("名簿に加えました。")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_follow("結果を見る")
    clerk.then_the_page_is(f"{YEAR}年度 受診のご案内")
    clerk.then_they_read("一括では送れない人")
    page.get_by_role("button", name="人に受診券を発行する").click()
    clerk.then_the_page_is("受診券の一括発行")
    clerk.then_they_read("順番待ち")
    do_waiting_work()
    clerk.then_they_read("人に発行しました。")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="を受け取る").first.click()
    assert waiting.value.suggested_filename.endswith("_日本語_001.pdf")
    assert waiting.value.path().read_bytes().startswith(b"%PDF")
    clerk.when_they_follow("結果を見る")
    clerk.then_the_page_is(f"{YEAR}年度 受診券の一括発行")
    clerk.then_they_read("本人に送り先を確かめ、一人ずつ印刷してください。")
    clerk.when_they_open("案内")
    clerk.when_they_follow("受診券を読み取る")
    clerk.then_the_page_is("受診券を読み取る")
    (coupon,) = [one for one in queries.coupons_of(HIKARU) if one.voided_at is None]
    page.keyboard.type(shown(coupon.number))
    page.keyboard.press("Enter")
    clerk.then_the_page_is("例示 光")
    clerk.then_they_read("読み取った受診券は有効です。")
    clerk.then_the_address_says_nothing_about_a_person(coupon.number, HIKARU)


def test_a_mistyped_number_is_kept_and_explained(page: Page) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    page.goto("/invitations/coupon/")
    number = coupon_number(YEAR, 7)
    wrong = number[:5] + str((int(number[5]) + 1) % 10) + number[6:]
    clerk.when_they_fill("受診券の番号", wrong)
    clerk.when_they_press("本人の画面を開く")
    clerk.then_they_read("番号のどこかが違います(検査数字が合いません)。")
    expect(page.get_by_label("受診券の番号", exact=True)).to_have_value(wrong)
    clerk.then_nothing_hinders_anybody()


def test_a_refusal_is_recorded_and_taken_back_on_the_persons_page(page: Page) -> None:
    clerk = Journey(page)
    given_everybody_has_a_coupon(clerk)
    page.goto(f"/people/{seal_person(SystemPersonNumber(AYANO))}/invitations/")
    clerk.then_the_page_is("架空 綾乃")
    page.get_by_text("勧奨拒否を記録する").click()
    page.get_by_label("本人が望まない").check()
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_press("記録する")
    clerk.then_they_read("勧奨拒否を記録しました。")
    clerk.then_they_read("案内しません")
    page.get_by_text("拒否を取り消す").first.click()
    clerk.when_they_fill("また案内し始める日", f"{civil_date(now()):%Y/%m/%d}")
    page.get_by_label("理由", exact=True).last.fill("気が変わったとの申出")
    clerk.when_they_press("拒否を取り消す")
    clerk.then_they_read("勧奨拒否を取り消しました。")
    clerk.then_nothing_hinders_anybody()


@pytest.mark.parametrize(("language", "width"), [("日本語", 1280), ("English", 390)])
def test_every_page_of_the_invitations_is_for_everybody(page: Page, language: str, width: int) -> None:
    clerk = Journey(page)
    given_everybody_has_a_coupon(clerk)
    if language == "English":
        clerk.when_they_switch_the_language(language)
    page.set_viewport_size({"width": width, "height": 900})
    runs = [one.run_id for one in queries.runs(YEAR)]
    addresses = [
        "/invitations/",
        f"/invitations/?year={YEAR + 1}",
        f"/invitations/{YEAR}/",
        f"/invitations/{YEAR}/?standing=GONE",
        "/invitations/coupon/",
        *(f"/invitations/runs/{run_id}/" for run_id in runs[:2]),
        *(f"/people/{seal_person(SystemPersonNumber(number))}/invitations/" for number in (AYANO, SHINOBU)),
        f"/people/{seal_person(SystemPersonNumber(AYANO))}/",
    ]
    clerk.given_a_protected_persons_page_is_open(f"/people/{seal_person(SystemPersonNumber(SHINOBU))}/invitations/")
    for address in addresses:
        assert page.goto(address) is not None
        clerk.then_nothing_hinders_anybody()
