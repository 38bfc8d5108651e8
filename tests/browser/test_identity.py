"""Who is who before the screen: a family member's number is found out; two decide, merge, and undo it again."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations import identity
from tasuki.persons.operations import admit_system, number_people, state_people
from tasuki.persons.queries import unified_numbers
from tasuki.persons.queries.people import gateway_tasks, open_quarantines
from tasuki.persons.stating import lines_of
from tasuki.persons.types import REGISTER, PersonToNumber
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.persons.types.merging import GatewayTaskKind
from tasuki.runtime import now
from tasuki.shared.actor import system_actor
from tasuki.web.sealed import seal_unified
from tests.browser.conftest import guarded
from tests.browser.journey import Journey

BY = system_actor("test")
TARO = BasicItems("例示　太郎", "レイジ　タロウ", "1984-06-02", "1", "架空区模擬町一丁目1番", "000-0101", "H77")
HANAKO = replace(TARO, name="例示　花子", kana_name="レイジ　ハナコ", birth_date="1986-01-15", sex="2")
JIRO = BasicItems("見本　二郎", "ミホン　ジロウ", "1950-03-31", "1", "架空区例示町2-2", "000-0102", "H78")
NUMBERS = ("999951519640", "999918523810")
#: Where pictures of these pages go, when somebody wants to look at them.
PICTURES = os.environ.get("TASUKI_PICTURES")


def look(page: Page, name: str, *, is_answer: bool = False) -> None:
    """Hold the page against what every page promises, wide in Japanese and narrow in English; keep pictures if wanted.

    :param is_answer: whether it answers a form: it has no address then, and cannot be shown again in English.
    """
    clerk = Journey(page)
    for language, other, usual in (("ja", "English", 1280), ("en", "日本語", 390))[: 1 if is_answer else 2]:
        for width in (1280, 390) if PICTURES or is_answer else (usual,):
            page.set_viewport_size({"width": width, "height": 900})
            clerk.then_nothing_hinders_anybody()
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{language}-{width}.png", full_page=True)
        if not is_answer:
            clerk.when_they_switch_the_language(other)
    page.set_viewport_size({"width": 1280, "height": 900})


def person_number(number: str) -> str:
    return unified_numbers(REGISTER, [number])[number]


def given_a_couple_and_the_wrong_number_on_a_form() -> None:
    """Let the register know three people, and a care system register one of them with her husband's number."""
    people = [Registration("I1", TARO, NUMBERS[0]), Registration("I2", HANAKO, NUMBERS[1]), Registration("I3", JIRO)]
    number_people(
        system=REGISTER,
        people=[PersonToNumber(one.system_person_number, one.individual_number) for one in people],
        cipher=number_cipher(),
        by=BY,
        at=now(),
    )
    state_people(system=REGISTER, lines=lines_of(people), by=BY, at=now())
    admit_system(system="care", name="介護保険システム", name_en="Long-term care insurance", by=BY, at=now())
    registrations = [Registration("C2", HANAKO, NUMBERS[0]), Registration("C3", replace(JIRO, address="例示県1-1"))]
    identity.register(system="care", people=registrations, cipher=number_cipher(), by=BY, at=now())


@pytest.fixture
def colleague(browser: Browser, town: str) -> "Journey":
    """An approver at another desk."""
    with guarded(browser, town) as context:
        approver = Journey(context.new_page())
        approver.given_the_login_page()
        approver.when_they_enter_as("承認者")
        approver.then_the_page_is("今日の仕事")
        yield approver


def given_an_index_clerk(page: Page) -> Journey:
    clerk = Journey(page)
    clerk.given_the_login_page()
    clerk.when_they_enter_as("統合宛名 担当")
    clerk.then_the_page_is("今日の仕事")
    clerk.when_they_open("統合宛名")
    return clerk


def test_a_family_members_number_is_decided_by_two_and_people_are_merged_split_and_stopped(
    page: Page, colleague: Journey
) -> None:
    given_a_couple_and_the_wrong_number_on_a_form()
    clerk = given_an_index_clerk(page)
    look(page, "overview")
    page.get_by_role("link", name="要確認").first.click()
    clerk.then_the_page_is("統合宛名の要確認")
    look(page, "cases")

    # A wrong number on the form: to override the gate takes a second person, who returns it.
    clerk.when_they_follow("同じ世帯の別の人の個人番号")
    clerk.then_the_page_is("同じ世帯の別の人の個人番号")
    look(page, "case")
    case_address = page.url
    clerk.when_they_press("決める")
    clerk.then_they_read("このフィールドは必須です。")
    page.get_by_label("例示　太郎 と同じ人として登録する").check()
    clerk.when_they_fill("理由", "申請書に書かれていた")
    clerk.when_they_press("決める")
    clerk.then_they_read("起案しました。承認者が承認すると登録されます。")
    clerk.then_they_read("起案した人は承認できません。")
    look(page, "case-proposed")
    colleague.page.goto(case_address)
    colleague.page.get_by_label("承認者の確認").fill("カードの原本と違う")
    look(colleague.page, "case-approving")
    colleague.page.goto(case_address)
    colleague.page.get_by_label("承認者の確認").fill("カードの原本と違う")
    colleague.when_they_press("承認せずに戻す")
    colleague.then_they_read("承認せずに戻しました。")
    page.goto(case_address)
    page.get_by_label("例示　花子 と同じ人として登録する").check()
    clerk.when_they_fill("理由", "花子さんの個人番号カードを確認")
    clerk.when_they_press("決める")
    clerk.then_they_read("決定しました。")
    look(page, "case-decided")
    assert unified_numbers("care", ["C2"])["C2"] == person_number("I2")

    # A namesake becomes a person of their own, and is then found to be the same after all.
    page.goto("/index/cases/?kind=CANDIDATES")
    clerk.when_they_follow("同じ人かもしれない人がいる")
    page.get_by_label("別の人として新しい番号を付ける").check()
    clerk.when_they_fill("理由", "転入前の記録が見当たらない")
    clerk.when_they_press("決める")
    clerk.then_they_read("決定しました。")
    page.goto("/index/cases/")
    clerk.then_they_read("要確認はありません")
    look(page, "cases-empty")

    page.goto("/index/people/")
    clerk.when_they_press("探す")
    clerk.then_they_read("番号か生年月日を入力してください。")
    look(page, "search-error", is_answer=True)
    page.goto("/index/people/")
    clerk.when_they_fill("生年月日", "昭和25年3月31日")
    clerk.when_they_press("探す")
    clerk.then_they_read("2人 見つかりました")
    look(page, "found")
    page.goto(f"/index/people/{seal_unified(person_number('I3'))}/")
    clerk.then_the_page_is("見本 二郎")
    look(page, "person")
    clerk.when_they_follow("ほかの番号と統合する")
    other = unified_numbers("care", ["C3"])["C3"]
    clerk.when_they_fill("もう一つの統合宛名番号", other)
    clerk.when_they_fill("理由", "住所の移り変わりを戸籍の附票で確認")
    clerk.when_they_press("見比べる")
    look(page, "merge", is_answer=True)
    clerk.when_they_press("統合を起案する")
    clerk.then_they_read("起案し、情報提供を止めました。")
    merge_address = page.url
    assert [task.kind for task in gateway_tasks()][:2] == [GatewayTaskKind.STOP, GatewayTaskKind.STOP]
    colleague.page.goto(merge_address)
    colleague.page.get_by_label("承認者の確認").fill("附票を確認した")
    colleague.when_they_press("承認する")
    colleague.then_they_read("決定しました。")
    assert unified_numbers("care", ["C3"])["C3"] == person_number("I3")
    page.goto(f"/index/people/{seal_unified(other)}/")
    clerk.then_they_read("統合前の番号")
    look(page, "person-merged")

    # Split, on paper only: taken back by whoever proposed it.
    clerk.when_they_follow("二人に分割する")
    clerk.when_they_press("分割を起案する")
    clerk.then_they_read("分ける宛名番号を選んでください。")
    look(page, "split-error", is_answer=True)
    page.goto(f"/index/people/{seal_unified(other)}/split/")
    page.get_by_label("介護保険システム C3").check()
    clerk.when_they_fill("理由", "別の人だという申し出")
    clerk.when_they_press("分割を起案する")
    clerk.then_they_read("起案し、情報提供を止めました。")
    look(page, "split-proposed")
    clerk.when_they_press("起案を取り下げる")
    clerk.then_they_read("起案を取り下げました。")

    # Stopped by one, let go on by another.
    page.goto(f"/index/people/{seal_unified(other)}/")
    clerk.when_they_follow("情報提供を止める")
    look(page, "stop")
    page.get_by_label("別の人の記録が結び付いている疑い").check()
    clerk.when_they_fill("理由", "窓口で本人から申し出")
    clerk.when_they_press("情報提供を止める")
    clerk.then_they_read("情報提供を止めました。")
    look(page, "person-stopped")
    colleague.page.goto("/index/quarantines/")
    look(colleague.page, "stops")
    colleague.page.get_by_label("再開する理由").first.fill("申し出は誤りだった")
    colleague.when_they_press("情報提供を再開する")
    colleague.then_they_read("情報提供を再開しました。")
    assert open_quarantines() == []
    look(colleague.page, "stops-empty")

    # And the merge is undone.
    page.goto(f"/index/people/{seal_unified(other)}/")
    clerk.when_they_follow("取り消す")
    clerk.when_they_fill("理由", "別人と分かった")
    clerk.when_they_press("取消しを起案する")
    clerk.then_they_read("起案し、情報提供を止めました。")
    colleague.page.goto(page.url)
    colleague.page.get_by_label("承認者の確認").fill("確認した")
    colleague.when_they_press("承認する")
    colleague.then_they_read("決定しました。")
    assert unified_numbers("care", ["C3"])["C3"] == other
    expect(colleague.page.get_by_role("link", name="要確認", exact=True)).to_be_visible()
