"""The screens of invitations: the year and its steps, its list, a coupon at the counter, one person."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.eligibility.operations.lists import recompute
from tasuki.invitations import queries
from tasuki.jobs.works import do_waiting_work
from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows, run
from tasuki.runtime import now
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tasuki.work import queries as works
from tests.integration.web.conftest import AYANO, SHINOBU, SYSTEM, past_the_warning

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
YEAR = fiscal_year_of(civil_date(now()))
EVERY = [one.value for one in Programme]


@pytest.fixture
def clerk(logged_in: LogIn, residents: None) -> Client:
    return past_the_warning(logged_in(Role.HEALTH_CLERK))


@pytest.fixture
def ayano() -> str:
    return seal_person(SystemPersonNumber(AYANO.system_person_number))


@pytest.fixture
def shinobu() -> str:
    """The protected one, put into an age at which something is due."""
    run(
        "UPDATE screening_resident SET birth_date = '1970-01-31' WHERE system_person_number = %s",
        [SHINOBU.system_person_number],
    )
    return seal_person(SystemPersonNumber(SHINOBU.system_person_number))


@pytest.fixture
def listed(clerk: Client, shinobu: str) -> Client:
    """The year's list is frozen."""
    recompute(fiscal_year=YEAR, by=SYSTEM, at=now())
    clerk.post(reverse("invitations-freeze", args=[YEAR]), {"freeze-programmes": EVERY})
    do_waiting_work()
    return clerk


def page(client: Client, name: str, *arguments: object, **query: object) -> str:
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == 200
    return response.content.decode()


def newest_coupon(number: str = AYANO.system_person_number) -> str:
    return queries.coupons_of(number)[0].number


def issue_for(client: Client, token: str) -> str:
    assert client.post(reverse("coupon-issue", args=[token])).status_code == 302
    return newest_coupon()


def test_a_year_without_a_list_says_what_comes_first(clerk: Client) -> None:
    html = page(clerk, "invitations")
    assert "この年度の対象者が、まだ計算されていません。" in html
    assert "名簿ができてから" in html


def test_freezing_before_computing_does_nothing_and_says_so(clerk: Client) -> None:
    response = clerk.post(reverse("invitations-freeze", args=[YEAR]), {"freeze-programmes": EVERY})
    do_waiting_work()
    assert "まだ計算されていないため、何もしませんでした" in clerk.get(response["Location"]).content.decode()
    assert queries.runs(YEAR) == []


def test_the_steps_are_done_by_the_worker_one_after_the_other(listed: Client) -> None:
    html = page(listed, "invitations")
    assert "1人に受診券を発行する" in html
    assert "支援措置" in html
    response = listed.post(reverse("invitations-coupons", args=[YEAR]), {"coupons-valid_until": f"{YEAR + 1}/3/31"})
    do_waiting_work()
    work = listed.get(response["Location"]).content.decode()
    assert "受診券を1人に発行しました。個別対応は1人です。" in work
    assert "受診券_" in work
    (output,) = works.outputs_of(works.works_of_kind(["invitations_coupons"])[0].work_id)
    assert output.file_name.endswith("_日本語_001.pdf")
    (done,) = [one for one in queries.runs(YEAR) if one.kind == "COUPONS"]
    left = page(listed, "invitations-run", done.run_id)
    assert "髙﨑　忍" in left
    assert "秘密町" not in left
    assert "髙﨑　忍" not in page(listed, "invitations-run", done.run_id, reason="NO_ADDRESS")
    listed.post(
        reverse("invitations-reminders", args=[YEAR]), {"reminders-programmes": EVERY, "reminders-days_apart": "30"}
    )
    do_waiting_work()
    assert "受診勧奨を1人に作りました。" in page(listed, "invitations")


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("invitations-freeze", {}, "検診を一つ以上選んでください。"),
        ("invitations-coupons", {"coupons-valid_until": "2001/1/1"}, "今日から年度末(3月31日)までの日"),
        ("invitations-coupons", {"coupons-valid_until": "いつか"}, "日付として読み取れません"),
        ("invitations-reminders", {"reminders-programmes": EVERY, "reminders-days_apart": "0"}, "data-focus-first"),
    ],
)
def test_a_step_that_makes_no_sense_is_explained_and_not_begun(
    listed: Client, name: str, form: dict[str, object], said: str
) -> None:
    before = len(works.works_of_kind([name.replace("-", "_")]))
    response = listed.post(reverse(name, args=[YEAR]), form)
    assert response.status_code == 422
    assert said in response.content.decode()
    assert len(works.works_of_kind([name.replace("-", "_")])) == before


def test_the_list_filters_and_is_printed_without_the_address_of_a_protected_person(listed: Client) -> None:
    html = page(listed, "invitations-targets", YEAR)
    assert "架空　綾乃" in html
    assert "髙﨑　忍" in html
    assert "秘密町" not in html
    assert AYANO.system_person_number not in html
    assert "髙﨑　忍" not in page(listed, "invitations-targets", YEAR, programme="52")
    assert "あてはまる人はいません" in page(listed, "invitations-targets", YEAR, reminded="1")
    seen = rows(
        "SELECT FROM evidence_entry WHERE kind = 'people_listed' AND convert_from(body, 'UTF8') LIKE %s",
        [f"%{AYANO.system_person_number}%"],
    )
    assert len(seen) == 1
    response = listed.post(reverse("invitations-print", args=[YEAR]), {"programme": "51"})
    do_waiting_work()
    assert "印刷用のファイルにしました。" in listed.get(response["Location"]).content.decode()


@pytest.mark.parametrize("query", [{"standing": "X"}, {"programme": "99"}, {"order": "no"}])
def test_a_filter_that_makes_no_sense_is_explained(listed: Client, query: dict[str, str]) -> None:
    assert listed.get(reverse("invitations-targets", args=[YEAR]), query).status_code == 422


@pytest.mark.parametrize("address", ["/invitations/1999/", "/invitations/?year=1900"])
def test_what_is_no_year_is_not_found(clerk: Client, address: str) -> None:
    assert clerk.get(address).status_code == 404


def test_a_scanned_number_opens_the_persons_page_and_no_address_tells_it(listed: Client, ayano: str) -> None:
    number = issue_for(listed, ayano)
    response = listed.post(reverse("coupon"), {"number": f"{number[:4]} {number[4:8]} {number[8:]}"}, follow=True)
    html = response.content.decode()
    assert "読み取った受診券は有効です。" in html
    assert response.redirect_chain == [(reverse("person", args=[ayano]), 302)]
    listed.post(reverse("coupon-void", args=[ayano]), {"number": number, "coupon-reason": "紛失"})
    html = listed.post(reverse("coupon"), {"number": number}, follow=True).content.decode()
    assert "読み取った受診券は無効です。" in html


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("123", "12桁の数字です"),
        ("260000000010", "検査数字が合いません"),
        ("990000000010", "検査数字が合いません"),
        ("", "field__errors"),
    ],
)
def test_a_number_that_cannot_be_is_explained(clerk: Client, typed: str, said: str) -> None:
    response = clerk.post(reverse("coupon"), {"number": typed})
    assert response.status_code == 422
    assert said in response.content.decode()


def test_a_number_that_was_never_issued_is_told_from_a_wrong_one(clerk: Client) -> None:
    from tasuki.invitations.numbers import coupon_number

    response = clerk.post(reverse("coupon"), {"number": coupon_number(YEAR, 999_999_999)})
    assert "この番号の受診券は発行していません。" in response.content.decode()


def test_a_persons_coupon_is_issued_printed_and_replaced(listed: Client, ayano: str) -> None:
    number = issue_for(listed, ayano)
    assert number[:4] in page(listed, "invitations-of", ayano)
    printed = listed.post(reverse("coupon-print", args=[ayano]), {"number": number})
    assert (printed["Content-Type"], printed.content[:4]) == ("application/pdf", b"%PDF")
    refused = listed.post(reverse("coupon-replace", args=[ayano]), {"number": number, "coupon-reason": ""})
    assert refused.status_code == 422
    listed.post(reverse("coupon-replace", args=[ayano]), {"number": number, "coupon-reason": "紛失の申出"})
    assert newest_coupon() != number
    assert "紛失の申出" in page(listed, "invitations-of", ayano)
    assert listed.post(reverse("coupon-print", args=[ayano]), {"number": number}).status_code == 404


def test_a_coupon_of_somebody_else_cannot_be_pressed(listed: Client, ayano: str, shinobu: str) -> None:
    number = issue_for(listed, ayano)
    for name in ("coupon-print", "coupon-void", "coupon-replace"):
        response = listed.post(reverse(name, args=[shinobu]), {"number": number, "coupon-reason": "x"})
        assert response.status_code == 404


def test_a_protected_persons_letter_needs_their_word(listed: Client, shinobu: str) -> None:
    listed.post(reverse("coupon-issue", args=[shinobu]))
    number = newest_coupon(SHINOBU.system_person_number)
    address = reverse("coupon-print", args=[shinobu])
    assert "本人に送り先を確かめ" in listed.post(address, {"number": number}, follow=True).content.decode()
    given = listed.post(address, {"number": number, "is_asked": "on"})
    assert given["Content-Type"] == "application/pdf"


def test_a_refusal_is_recorded_shown_on_the_persons_page_and_taken_back(listed: Client, ayano: str) -> None:
    form = {"refusal-programme": "", "refusal-reason": "PERSONS_WISH", "refusal-valid_from": "2020/4/1"}
    assert listed.post(reverse("refuse", args=[ayano]), form).status_code == 302
    assert "すべての検診: 本人が望まない" in page(listed, "person", ayano)
    again = listed.post(reverse("refuse", args=[ayano]), form)
    assert (again.status_code, "終わりを決めずに記録されています" in again.content.decode()) == (422, True)
    (refusal,) = queries.refusals_of(AYANO.system_person_number)
    end = reverse("refusal-end", args=[ayano, refusal.refusal_id])
    prefix = f"end-{refusal.refusal_id}"
    assert listed.post(end, {f"{prefix}-ended_date": "x", f"{prefix}-reason": "y"}).status_code == 422
    assert listed.post(end, {f"{prefix}-ended_date": "2020/4/1", f"{prefix}-reason": "誤記"}).status_code == 302
    assert listed.post(end, {f"{prefix}-ended_date": "2020/4/1", f"{prefix}-reason": "誤記"}).status_code == 404
    assert "すべての検診: 本人が望まない" not in page(listed, "person", ayano)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"refusal-reason": "OTHER", "refusal-valid_from": "2026/4/1"}, "わけをメモに書いてください"),
        (
            {"refusal-reason": "WORKPLACE", "refusal-valid_from": "2026/4/1", "refusal-valid_to": "2026/4/1"},
            "より後の日を入力してください",
        ),
    ],
)
def test_a_refusal_that_makes_no_sense_is_explained(
    listed: Client, ayano: str, form: dict[str, str], said: str
) -> None:
    response = listed.post(reverse("refuse", args=[ayano]), form)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_a_person_is_put_on_the_list_and_taken_off_it_with_a_reason(listed: Client, ayano: str) -> None:
    form = {"add-programme": Programme.OSTEOPOROSIS.value, "add-note": "本人の希望"}
    assert listed.post(reverse("target-add", args=[ayano]), form).status_code == 302
    assert listed.post(reverse("target-add", args=[ayano]), form).status_code == 422
    html = page(listed, "invitations-of", ayano)
    (target_id,) = re.findall(r"invitations/(\d+)/remove/", html)[-1:]
    remove = reverse("target-remove", args=[ayano, target_id])
    assert listed.post(remove, {f"remove-{target_id}-reason": ""}).status_code == 422
    assert listed.post(remove, {f"remove-{target_id}-reason": "取りやめ"}).status_code == 302
    assert listed.post(remove, {f"remove-{target_id}-reason": "取りやめ"}).status_code == 404
    assert "取りやめ" in page(listed, "invitations-of", ayano)


def test_a_reminder_by_hand_is_a_file_once_a_day(listed: Client, ayano: str) -> None:
    first = listed.post(reverse("remind", args=[ayano]))
    assert first["Content-Type"] == "application/pdf"
    assert "今日すでに勧奨しています" in listed.post(reverse("remind", args=[ayano]), follow=True).content.decode()
    assert "1回目" in page(listed, "invitations-of", ayano)


def test_a_centre_clerk_sees_and_changes_nothing(logged_in: LogIn, listed: Client, ayano: str) -> None:
    other = logged_in(Role.CENTRE_CLERK)
    for name, arguments in (("invitations", []), ("invitations-targets", [YEAR]), ("invitations-of", [ayano])):
        html = page(other, name, *arguments)
        main = html[html.index("<main") :]
        assert 'method="post"' not in main, name
    for name in ("coupon-issue", "remind", "refuse", "target-add", "coupon-void"):
        assert other.post(reverse(name, args=[ayano])).status_code == 403
    for name in ("invitations-freeze", "invitations-coupons", "invitations-reminders", "invitations-print"):
        assert other.post(reverse(name, args=[YEAR])).status_code == 403


def test_an_approver_sees_a_person_without_their_invitations(logged_in: LogIn, listed: Client, ayano: str) -> None:
    assert "ご案内の履歴" in page(listed, "person", ayano)
    assert "ご案内の履歴" not in page(logged_in(Role.APPROVER), "person", ayano)
