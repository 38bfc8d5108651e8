"""Result files through the screens: seen first, taken in, taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.screening import queries
from tasuki.screening.types import BatchState
from tests.integration.web.conftest import AYANO

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
HEADERS = (
    "宛名番号,カナ氏名,生年月日,性別,年度,検診区分,受診日,実施機関番号,受診方法,料金区分,連番,"
    "過去受診歴,自覚症状,便潜血判定,便潜血所見,精検要否,その他所見,偶発症,精検結果,精検所見,精検偶発症"
)
UNKNOWN = "999999999,ダレデモナイ,1984/06/02,女,2026,一次,2026/06/01,,個別,1,1,なし,無,陰性,,精検不要,,,,,"


def upload(client: Client, *lines: str) -> Any:
    content = "\r\n".join([HEADERS, *lines, ""]).encode("cp932")
    return client.post(
        reverse("upload"), {"mapping": "55", "file": SimpleUploadedFile("大腸がん.csv", content)}, follow=True
    )


def test_the_senders_are_offered_and_an_empty_list_says_so(logged_in: LogIn) -> None:
    page = logged_in(Role.HEALTH_CLERK).get(reverse("imports")).content.decode()
    assert "架空区医師会 大腸がん検診" in page
    assert "取り込んだファイルはまだありません" in page


def test_a_file_is_seen_first_with_line_field_reason_and_remedy(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    response = upload(client, UNKNOWN)
    page = response.content.decode()
    [batch] = queries.batches()
    assert batch.state is BatchState.PREVIEWED
    problems = queries.problems_of(batch.batch_id)
    assert problems
    for problem in problems[:3]:
        assert problem.message_ja in page
        assert problem.remedy_ja in page
    assert "999999999" not in response.redirect_chain[-1][0]
    errors_only = client.get(reverse("import", args=[batch.batch_id]) + "?severity=error").content.decode()
    assert "直す行" in errors_only


def test_a_preview_is_thrown_away_with_a_reason(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    upload(client, UNKNOWN)
    [batch] = queries.batches()
    address = reverse("import-take-back", args=[batch.batch_id])
    assert client.post(address, {"reason": ""}).status_code == 422
    page = client.post(address, {"reason": "古いファイルだった"}, follow=True).content.decode()
    assert "捨てました" in page
    assert "古いファイルだった" in page


def test_a_file_that_is_no_result_file_is_explained_beside_the_field(logged_in: LogIn) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    response = client.post(
        reverse("upload"), {"mapping": "55", "file": SimpleUploadedFile("x.csv", b"\x00\x01\x02")}, follow=True
    )
    assert response.status_code == 422
    assert "field__errors" in response.content.decode()
    assert queries.batches() == []


def test_without_a_file_or_a_sender_the_form_says_what_is_missing(logged_in: LogIn) -> None:
    response = logged_in(Role.HEALTH_CLERK).post(reverse("upload"), {"mapping": ""})
    assert response.status_code == 422
    assert response.content.decode().count("field__errors") == 2


def test_good_rows_are_committed_once_and_undone(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    good = (
        f"{AYANO.system_person_number},カクウ　アヤノ,1984/06/02,女,2026,一次,2026/06/01,,個別,1,1,"
        "なし,無,陰性,,精検不要,,,,,"
    )
    upload(client, good)
    [batch] = queries.batches()
    assert batch.good_rows == 1, queries.problems_of(batch.batch_id)
    commit = reverse("import-commit", args=[batch.batch_id])
    assert "1件を取り込みました" in client.post(commit, follow=True).content.decode()
    assert "取込み済みです" in client.post(commit, follow=True).content.decode()
    assert "取込み済みです" in upload(client, good).content.decode()
    undo = reverse("import-take-back", args=[batch.batch_id])
    assert "取り消しました" in client.post(undo, {"reason": "送り主の誤り"}, follow=True).content.decode()
    assert queries.results_of(AYANO.system_person_number) == []
