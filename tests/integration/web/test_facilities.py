"""The register of institutions on the screens."""

from collections.abc import Callable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.screening.facility_files import HEADER
from tasuki.screening.facility_register import changes_of, entries_of
from tasuki.screening.types import FacilityRow

pytestmark = pytest.mark.django_db(databases=["default", "index"])

NEW = {"facility_number": "１３１９９１００３０", "name": "模擬町診療所", "valid_from": "H27.4.1", "valid_to": ""}


@pytest.fixture
def clerk(logged_in: Callable[[Role], Client]) -> Client:
    return logged_in(Role.HEALTH_CLERK)


def test_an_institution_is_added_renamed_and_ended_with_its_history(clerk: Client) -> None:
    added = clerk.post(reverse("facility-add"), NEW)
    assert added["Location"] == reverse("facility", args=["1319910030"])
    assert entries_of("1319910030") == [FacilityRow("1319910030", "模擬町診療所", date(2015, 4, 1))]
    address = added["Location"]
    clerk.post(address, {"act": "rename", "rename-name": "模擬町クリニック", "rename-valid_from": "R8.4.1"})
    clerk.post(address, {"act": "end", "end-valid_to": "2026/10/1"})
    assert [(row.name, row.valid_to) for row in entries_of("1319910030")] == [
        ("模擬町診療所", date(2026, 4, 1)), ("模擬町クリニック", date(2026, 10, 1)),
    ]  # fmt: skip
    page = clerk.get(address).content.decode()
    for said in ("名称の変更", "無効になる日の登録", "健康づくり課 架空 花子", "2026年4月1日(令和8年)"):
        assert said in page
    assert "名称を変える" not in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"facility_number": "131991003"}, "10桁の数字"),
        ({"facility_number": "9919910030"}, "都道府県の番号"),
        ({"facility_number": "1329910030"}, "点数表の番号"),
        ({"name": "架" * 51}, "名称が長すぎます"),
        ({"valid_from": "4/1"}, "日付として読み取れません"),
        ({"valid_to": "H26.4.1"}, "有効になる日より後の日"),
    ],
)
def test_an_entry_that_cannot_be_is_explained_and_kept(clerk: Client, changed: dict[str, str], said: str) -> None:
    typed = NEW | changed
    response = clerk.post(reverse("facility-add"), typed)
    page = response.content.decode()
    assert response.status_code == 422
    assert said in page
    assert f'value="{typed["name"]}"' in page
    assert entries_of("1319910030") == []


def test_a_wrong_rename_or_end_changes_nothing(clerk: Client) -> None:
    address = clerk.post(reverse("facility-add"), NEW)["Location"]
    for typed, said in (
        ({"act": "rename", "rename-name": "模擬町診療所", "rename-valid_from": "R8.4.1"}, "いまの名称と同じ"),
        ({"act": "rename", "rename-name": "別名", "rename-valid_from": "H27.4.1"}, "より後の日"),
        ({"act": "end", "end-valid_to": "H27.4.1"}, "より後の日"),
        ({"act": "end", "end-valid_to": ""}, "必須"),
    ):
        response = clerk.post(address, typed)
        assert response.status_code == 422
        assert said in response.content.decode()
    assert len(changes_of("1319910030")) == 1


def uploaded(*lines: str, encoding: str = "utf-8") -> dict[str, SimpleUploadedFile]:
    content = "\n".join((",".join(HEADER), *lines)).encode(encoding)
    return {"file": SimpleUploadedFile("facilities.csv", content)}


def test_a_list_is_taken_in_whole_or_not_at_all(clerk: Client) -> None:
    address = reverse("facility-upload")
    good, bad = "1319910030,模擬町診療所,139980,1,2015-04-01,", "1399,短い,139980,1,2015-04-01,"
    refused = clerk.post(address, uploaded(good, bad))
    assert refused.status_code == 422
    assert "3行目: 番号は10桁の数字です" in refused.content.decode()
    assert entries_of("1319910030") == []
    assert "UTF-8のCSVファイルとして" in clerk.post(address, uploaded(good, encoding="utf-16")).content.decode()
    done = clerk.post(address, uploaded(good, encoding="utf-8-sig"), follow=True)
    assert "1件を読み取り、1件を登録・変更しました" in done.content.decode()
    assert len(entries_of("1319910030")) == 1


def test_the_list_is_searched_and_filtered(clerk: Client) -> None:
    clerk.post(reverse("facility-add"), NEW)
    clerk.post(
        reverse("facility-add"), NEW | {"facility_number": "1319910031", "name": "旧検診所", "valid_to": "R1.5.1"}
    )
    address = reverse("facilities")
    current = clerk.get(address).content.decode()
    assert "模擬町診療所" in current
    assert "旧検診所" not in current
    assert "旧検診所" in clerk.get(address, {"validity": "EXPIRED"}).content.decode()
    assert "該当する実施機関はありません" in clerk.get(address, {"text": "見つからない"}).content.decode()
    assert clerk.get(address, {"validity": "x", "page": "x"}).status_code == 200
    assert clerk.get(reverse("facility", args=["1319919999"])).status_code == 404
    assert clerk.get(reverse("facility", args=["x"])).status_code == 404
