"""The journey of wrong links: an inspection finds them, two people put one right, and what it led to is drawn up."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from tasuki.jobs.town import number_cipher
from tasuki.jobs.works import do_waiting_work
from tasuki.linkage.operations import identity
from tasuki.nodes.sql import run
from tasuki.persons.inspecting import rules
from tasuki.persons.operations import admit_system, number_people, state_people
from tasuki.persons.queries import unified_numbers
from tasuki.persons.queries.people import quarantined
from tasuki.persons.stating import lines_of
from tasuki.persons.types import REGISTER, PersonToNumber
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.runtime import now
from tasuki.web.sealed import seal_unified
from tests.browser.journey import Journey
from tests.browser.test_identity import BY, colleague, given_an_index_clerk, look

__all__ = ["colleague"]
ICHIRO = BasicItems("見本　一郎", "ミホン　イチロウ", "1971-04-09", "1", "架空区見本町5-5", "000-0105", "H81")
UME = replace(ICHIRO, name="見本　梅", kana_name="ミホン　ウメ", birth_date="1973-10-21", sex="2")


def given_a_wife_who_was_registered_with_her_husbands_number() -> None:
    """Let a benefits system's number of hers stand for him, as it came about before there was a gate."""
    people = [Registration("J1", ICHIRO), Registration("J2", UME)]
    number_people(
        system=REGISTER,
        people=[PersonToNumber(one.system_person_number, None) for one in people],
        cipher=number_cipher(),
        by=BY,
        at=now(),
    )
    state_people(system=REGISTER, lines=lines_of(people), by=BY, at=now())
    admit_system(system="benefits", name="給付システム", name_en="Benefits", by=BY, at=now())
    stated = [Registration("B2", UME), Registration("B3", replace(ICHIRO, address="架空区旧住所町1-1"))]
    state_people(system="benefits", lines=lines_of(stated), by=BY, at=now())
    for one in stated:
        run(
            "INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)"
            " VALUES (%s, %s, %s, %s)",
            ["benefits", one.system_person_number, unified("J1"), now()],
            alias="index",
        )


def unified(number: str, system: str = REGISTER) -> str:
    return unified_numbers(system, [number])[number]


def test_a_wrong_link_is_found_stopped_and_put_right_by_two(page: Page, colleague: Journey) -> None:
    clerk = given_an_index_clerk(page)
    page.goto("/index/inspection/")
    clerk.then_the_page_is("宛名の総点検")
    clerk.then_they_read("まだ点検していません")
    look(page, "inspection-empty")

    given_a_wife_who_was_registered_with_her_husbands_number()
    page.goto("/index/inspection/")
    clerk.when_they_press("総点検を始める")
    clerk.then_they_read("宛名の総点検")
    page.goto("/index/inspection/")
    clerk.then_they_read("点検しています。")
    look(page, "inspection-running")
    do_waiting_work()
    assert quarantined({unified("J1"), unified("J2")}) == {unified("J1"), unified("J2")}
    page.goto("/index/inspection/")
    clerk.then_they_read("家族の番号")
    clerk.then_they_read("転居が反映されていない")
    look(page, "inspection")

    page.goto("/index/cases/?kind=LINKED_TO_OTHER")
    look(page, "inspection-cases")
    clerk.when_they_follow("別の人に結び付いている疑い")
    clerk.then_they_read("考えられる原因")
    look(page, "inspection-case")
    case_address = page.url
    page.get_by_label("この宛名番号を 見本　梅 に付け替える").check()
    clerk.when_they_fill("理由", "申請書の控えで、奥様の申請と確認")
    clerk.when_they_press("決める")
    clerk.then_they_read("起案しました。")
    colleague.page.goto(case_address)
    colleague.page.get_by_label("承認者の確認").fill("申請書の控えを見た")
    colleague.when_they_press("承認する")
    assert unified("B2", "benefits") == unified("J2")
    assert quarantined({unified("J1"), unified("J2")}) == set()

    # What it led to, since the link began.
    page.goto(f"/index/people/{seal_unified(unified('J1'))}/")
    clerk.when_they_follow("影響の範囲を調べる")
    clerk.then_the_page_is("影響の範囲 見本 一郎")
    page.goto(f"{page.url}?since=いつか")
    clerk.then_they_read("日付として読み取れません。")
    look(page, "impact-error")
    clerk.when_they_fill("いつから", "令和8年4月1日")
    clerk.when_they_press("調べる")
    clerk.then_they_read("職員が画面を開いた")
    look(page, "impact")
    with page.expect_download() as download:
        clerk.when_they_press("漏えい等の報告(個人情報保護委員会へ)（日本語）")
    assert download.value.suggested_filename == "incident-report.pdf"


def test_a_system_with_too_many_doubts_is_put_to_two_people(
    page: Page, colleague: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = replace(rules(), most_people=1)
    monkeypatch.setattr("tasuki.persons.mass_stopping.rules", lambda: nobody)
    given_a_wife_who_was_registered_with_her_husbands_number()
    identity.inspect_links(report=lambda _done, _total: None, now=now, by=BY, at=now())
    clerk = given_an_index_clerk(page)
    page.goto("/index/inspection/")
    clerk.then_they_read("2人に疑いがあり、まだ止めていません。")
    look(page, "inspection-held-back")
    clerk.when_they_follow("全員を止めるかを決める")
    clerk.then_the_page_is("一つの業務システムの多くの人の停止")
    look(page, "mass-stop")
    case_address = page.url
    page.get_by_label("全員の情報提供を止める").check()
    clerk.when_they_fill("理由", "給付の担当に確かめたが、番号のずれではない")
    clerk.when_they_press("決める")
    assert quarantined({unified("J1"), unified("J2")}) == set()
    colleague.page.goto(case_address)
    colleague.page.get_by_label("承認者の確認").fill("給付の担当の回答を見た")
    colleague.when_they_press("承認する")
    assert quarantined({unified("J1"), unified("J2")}) == {unified("J1"), unified("J2")}
