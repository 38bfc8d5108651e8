"""The table of law on its page: editions with their dates, differences with their articles, to whom it is open."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]
TWO = {"former": "screening-2022-06-01", "later": "screening-2024-05-27"}


def test_editions_are_listed_with_their_dates(logged_in: LogIn) -> None:
    page = logged_in(Role.AUDITOR).get(reverse("law")).content.decode()
    # What towns ask each other, and what people ask about themselves.
    assert page.count("効力あり") == 2
    assert "2024年5月26日" in page
    assert "原典で未確認" in page


def test_two_editions_are_compared_in_both_languages(logged_in: LogIn) -> None:
    client = logged_in(Role.AUDITOR)
    page = client.get(reverse("law"), TWO).content.decode()
    assert "根拠か期間の変更" in page
    assert "旧別表第二" in page
    assert "提供命令2条の表139項" in page
    assert "肺がん検診（精密検査）" in page
    same = client.get(reverse("law"), TWO | {"later": TWO["former"]}).content.decode()
    assert "違いはありません。" in same
    client.cookies["django_language"] = "en"
    assert "Other basis or period" in client.get(reverse("law"), TWO).content.decode()


def test_an_edition_that_is_none_is_refused_beside_its_field(logged_in: LogIn) -> None:
    response = logged_in(Role.AUDITOR).get(reverse("law"), TWO | {"later": "nothing"})
    assert response.status_code == 422
