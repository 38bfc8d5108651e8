"""The index as a service before the screen: a system is given access, somebody outside the register is registered."""

import re
from dataclasses import replace

from playwright.sync_api import Page, expect

from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations import identity
from tasuki.persons.operations import number_people, state_people, take_into_matching
from tasuki.persons.queries import unified_numbers
from tasuki.persons.queries.clients import api_clients
from tasuki.persons.stating import lines_of
from tasuki.persons.types import NON_REGISTERED, REGISTER, PersonToNumber
from tasuki.persons.types.items import Registration
from tasuki.runtime import now
from tests.browser.test_identity import BY, HANAKO, JIRO, NUMBERS, TARO, given_an_index_clerk, look


def given_three_people_whom_matching_knows() -> None:
    people = [Registration("I1", TARO, NUMBERS[0]), Registration("I2", HANAKO, NUMBERS[1]), Registration("I3", JIRO)]
    numbered = [PersonToNumber(one.system_person_number, one.individual_number) for one in people]
    number_people(system=REGISTER, people=numbered, cipher=number_cipher(), by=BY, at=now())
    state_people(system=REGISTER, lines=lines_of(people), by=BY, at=now())
    while take_into_matching(most=100, by=BY, at=now()):
        pass


def test_a_system_is_admitted_given_access_renewed_and_stopped(page: Page) -> None:
    clerk = given_an_index_clerk(page)
    clerk.when_they_follow("業務システム")
    clerk.then_the_page_is("業務システム")
    look(page, "systems")
    clerk.when_they_fill("略号", "Care")
    clerk.when_they_press("登録する")
    clerk.then_they_read("小文字の英字・数字・ハイフンだけで入力してください。")
    look(page, "systems-error", is_answer=True)
    for label, text in (("略号", "care"), ("名称", "介護保険システム"), ("名称（英語）", "Long-term care insurance")):
        page.get_by_label(label, exact=True).fill(text)
    clerk.when_they_press("登録する")
    clerk.then_they_read("業務システムを登録しました。")
    look(page, "system-empty")
    clerk.when_they_fill("用途", "夜間の一括登録")
    page.get_by_label("宛名を登録する").check()
    page.get_by_label("差し戻された登録を見る").check()
    clerk.when_they_press("作ってシークレットを表示する")
    clerk.then_they_read("シークレットは、いまだけ表示しています")
    look(page, "system-secret", is_answer=True)
    secret = page.locator(".secret").inner_text()
    assert re.fullmatch(r"[\w-]{43}", secret)
    page.goto("/index/systems/care/")
    expect(page.locator("main")).not_to_contain_text(secret)
    look(page, "system")
    clerk.when_they_follow("夜間の一括登録")
    look(page, "client")
    page.get_by_label("すぐに使えなくする").check()
    clerk.when_they_press("作り直して表示する")
    assert page.locator(".secret").inner_text() != secret
    page.goto(page.url.removesuffix("renew/"))
    clerk.when_they_press("すぐに止める")
    clerk.then_they_read("止めました。")
    look(page, "client-stopped")
    [client] = api_clients()
    assert client.disabled_at is not None
    clerk.when_they_press("再開する")
    clerk.then_they_read("再開しました。")


def test_somebody_outside_the_register_is_compared_before_they_are_registered(page: Page) -> None:
    given_three_people_whom_matching_knows()
    clerk = given_an_index_clerk(page)
    page.goto("/index/people/")
    clerk.when_they_follow("住登外者を登録する")
    clerk.then_the_page_is("住登外者の登録")
    look(page, "register")
    clerk.when_they_press("同じ人がいないか探す")
    clerk.then_they_read("このフィールドは必須です。")
    look(page, "register-error", is_answer=True)
    clerk.when_they_fill("氏名", "見本　二郎")
    clerk.when_they_fill("フリガナ", "ミホン　ジロウ")
    clerk.when_they_fill("生年月日", "昭和25年3月30日")
    page.get_by_label("男").check()
    page.get_by_label("住所").fill("架空区例示町2番2号")
    page.get_by_label("住民票は別の市区町村にあり").check()
    clerk.when_they_press("同じ人がいないか探す")
    clerk.then_they_read("同じ人かもしれない人")
    clerk.then_they_read("見本　二郎 と比べたわけ")
    look(page, "register-candidates", is_answer=True)
    clerk.when_they_press("登録に進む")
    clerk.then_they_read("登録の前に、決めることがあります。")
    clerk.then_they_read("数字1つの違いか、隣どうしの入れ替わり")
    look(page, "case-why")
    page.get_by_label("見本　二郎 と同じ人として登録する").check()
    clerk.when_they_fill("理由", "前の住所と本人確認書類で確かめた")
    clerk.when_they_press("決める")
    clerk.then_they_read("決定しました。")
    own = unified_numbers(REGISTER, ["I3"])["I3"]
    assert unified_numbers(NON_REGISTERED, ["900000000000001"]) == {"900000000000001": own}

    page.goto("/index/people/register/")
    clerk.when_they_fill("氏名", "仮所　雪")
    page.get_by_label("住所").fill("例示県遠方町5-5")
    page.get_by_label("税や給付など").check()
    clerk.when_they_press("同じ人がいないか探す")
    clerk.then_they_read("似た人はいません")
    look(page, "register-nobody", is_answer=True)
    clerk.when_they_press("新しい番号を付けて登録する")
    clerk.then_they_read("新しい統合宛名番号を付けました。")
    clerk.then_the_page_is("仮所　雪")


def test_a_case_of_two_candidates_explains_both(page: Page) -> None:
    given_three_people_whom_matching_knows()
    namesake = Registration("I4", replace(JIRO, birth_date="1950-03-21", address="架空区例示町9-9"))
    state_people(system=REGISTER, lines=lines_of([namesake]), by=BY, at=now())
    number_people(system=REGISTER, people=[PersonToNumber("I4", None)], cipher=number_cipher(), by=BY, at=now())
    take_into_matching(most=100, by=BY, at=now())
    stated = [Registration("S1", replace(JIRO, birth_date="1950-03-11"))]
    identity.register(system="screening", people=stated, cipher=number_cipher(), by=BY, at=now())
    clerk = given_an_index_clerk(page)
    page.goto("/index/cases/?kind=CANDIDATES")
    clerk.when_they_follow("同じ人かもしれない人がいる")
    expect(page.locator("details.fall")).to_have_count(2)
    # Of two namesakes, only their numbers tell which is meant.
    for number in ("I3", "I4"):
        own = unified_numbers(REGISTER, [number])[number]
        expect(page.get_by_label(f"見本　二郎 ({own}) と同じ人として登録する")).to_be_visible()
    look(page, "case-two")
