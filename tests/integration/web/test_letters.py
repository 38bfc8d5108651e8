"""The pages of wordings and sender."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.letters import queries
from tasuki.letters.types import LetterKind, WordingLanguage

pytestmark = pytest.mark.django_db
LogIn = Callable[[Role], Client]
PAGE = ("COUPON", "ja")
TYPED = {"title": "受診券", "opening": "", "body": "**{期限}まで**", "notes": "", "reason": "短く", "version": "0"}
SENDER = {
    "department": "健康づくり課", "postal_code": "000-0001", "address": "架空区1-1", "phone": "03-0000-0000",
    "hours": "", "window_left": "22", "window_top": "18", "window_width": "85", "window_height": "40",
    "reason": "初め", "version": "0",
}  # fmt: skip


def standing() -> str:
    return queries.wording(LetterKind.COUPON, WordingLanguage.JAPANESE).body


def test_a_wording_is_changed_and_put_back(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    page = reverse("wording", args=PAGE)
    assert client.post(page, TYPED).status_code == 302
    assert standing() == "**{期限}まで**"
    shown = client.get(page).content.decode()
    assert "短く" in shown
    assert "はじめの文面" in shown
    former = client.get(f"{page}?version=0").context["form"].initial["body"]
    assert "切り取り" in former


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"body": "{住所}"}, "という差し込みはありません"),
        ({"body": ""}, "文を入力してください"),
        ({"reason": ""}, "変える理由を入力してください"),
        ({"version": "7"}, "ほかの人が先に変えました"),
    ],
)
def test_a_wording_that_cannot_be_stays_in_the_boxes(logged_in: LogIn, typed: dict[str, str], said: str) -> None:
    answer = logged_in(Role.HEALTH_CLERK).post(reverse("wording", args=PAGE), TYPED | typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "切り取り" in standing()


def test_a_sample_is_a_pdf_of_what_was_typed_and_stores_nothing(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    page = reverse("wording-sample", args=PAGE)
    for answer in (client.get(page), client.post(page, TYPED)):
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF-")
    assert client.post(page, TYPED | {"body": "{住所}"}).status_code == 422
    assert "切り取り" in standing()


def test_the_sender_is_asked_for_until_there_is_one(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    assert "差出人がまだ決まっていません" in client.get(reverse("letters")).content.decode()
    wrong = client.post(reverse("letters-sender"), SENDER | {"postal_code": "0000001", "window_left": "500"})
    assert wrong.status_code == 422
    assert client.post(reverse("letters-sender"), SENDER).status_code == 302
    assert "健康づくり課" in client.get(reverse("letters")).content.decode()


def test_no_other_letter_is_there(logged_in: LogIn) -> None:
    assert logged_in(Role.HEALTH_CLERK).get(reverse("wording", args=("BILL", "ja"))).status_code == 404
