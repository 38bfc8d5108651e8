"""Finding residents and looking at one."""

from collections.abc import Callable

import orjson
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.evidence.types import EntryKind
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.integration.web.conftest import AYANO, SHINOBU, past_the_warning

pytestmark = pytest.mark.django_db(databases=["default", "index"])

LogIn = Callable[[Role], Client]
SENTINELS = ("架空", "綾乃", "カクウ", "髙﨑", "000104223", "1984", "模擬町")


def person_address(number: str) -> str:
    return reverse("person", args=[seal_person(SystemPersonNumber(number))])


@pytest.mark.parametrize("text", ["かくう あやの", "架空　綾乃", "ｶｸｳ", "模擬町2-1", "000104223", "０００１０４２２３"])
def test_a_resident_is_found_however_it_is_typed(logged_in: LogIn, residents: None, text: str) -> None:
    page = logged_in(Role.CENTRE_CLERK).post(reverse("people"), {"text": text}, follow=True).content.decode()
    assert "架空　綾乃" in page
    assert "1人 見つかりました" in page


@pytest.mark.parametrize("birth_date", ["昭和59年6月2日", "S59.6.2", "1984/6/2", "１９８４年６月２日"])
def test_a_resident_is_found_by_birth_date_alone(logged_in: LogIn, residents: None, birth_date: str) -> None:
    page = logged_in(Role.CENTRE_CLERK).post(reverse("people"), {"birth_date": birth_date}, follow=True)
    assert "架空　綾乃" in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "message"),
    [({}, "どれかを入力してください"), ({"birth_date": "59/6/2"}, "日付として読み取れません")],
)
def test_a_search_that_cannot_be_made_is_explained_and_keeps_what_was_typed(
    logged_in: LogIn, residents: None, typed: dict[str, str], message: str
) -> None:
    response = logged_in(Role.CENTRE_CLERK).post(reverse("people"), typed)
    page = response.content.decode()
    assert response.status_code == 422
    assert message in page
    assert all(f'value="{value}"' in page for value in typed.values())


def test_nobody_found_is_said_plainly(logged_in: LogIn, residents: None) -> None:
    page = logged_in(Role.CENTRE_CLERK).post(reverse("people"), {"text": "不在"}, follow=True).content.decode()
    assert "該当する住民はいません" in page


def test_no_address_and_no_session_holds_personal_data(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    found = client.post(reverse("people"), {"text": "架空　綾乃", "birth_date": "S59.6.2"})
    address = found["Location"]
    page = client.get(address).content.decode()
    person = person_address(AYANO.system_person_number)
    assert person in page
    kept = str(dict(client.session.items()))
    for sentinel in SENTINELS:
        assert sentinel not in address
        assert sentinel not in person
        assert sentinel not in kept


def test_a_list_is_an_ordinary_page_for_whoever_made_it_only(logged_in: LogIn, residents: None) -> None:
    clerk = logged_in(Role.CENTRE_CLERK)
    address = clerk.post(reverse("people"), {"text": "架空"})["Location"]
    assert clerk.get(address).status_code == clerk.get(address).status_code == 200
    assert logged_in(Role.HEALTH_CLERK).get(address).status_code == 404


def test_whoever_looks_at_a_person_is_recorded_without_a_name(logged_in: LogIn, residents: None) -> None:
    page = logged_in(Role.CENTRE_CLERK).get(person_address(AYANO.system_person_number)).content.decode()
    assert "架空　綾乃" in page
    assert "1984年6月2日(昭和59年)" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM evidence_entry WHERE kind = %s", [EntryKind.PERSON_VIEWED.value])
        [(body,)] = cursor.fetchall()
    told = orjson.loads(bytes(body))
    assert told.keys() == {"staff", "role", "page", "part", "from", "person", "people"}
    assert (told["person"], told["page"], told["from"]) == (AYANO.system_person_number, "person", "127.0.0.1")
    assert "綾乃" not in bytes(body).decode()


def test_who_may_not_look_at_a_person_learns_nothing(logged_in: LogIn, residents: None) -> None:
    response = logged_in(Role.CONTRACTOR).get(person_address(AYANO.system_person_number))
    assert response.status_code == 403
    assert "綾乃" not in response.content.decode()


def test_a_protected_person_is_announced_and_their_address_is_not_in_lists(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    listed = client.post(reverse("people"), {"text": "高崎"}, follow=True).content.decode()
    assert "髙﨑" in listed
    assert "秘密町" not in listed
    assert "支援措置" in listed
    page = past_the_warning(client).get(person_address(SHINOBU.system_person_number)).content.decode()
    assert "支援措置の対象者です" in page


def test_pages_are_not_kept_in_a_cache_and_allow_no_inline_script(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.CENTRE_CLERK)
    for address in (reverse("home"), reverse("people"), person_address(AYANO.system_person_number), "/nowhere/"):
        response = client.get(address)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy + ";"
        assert "unsafe" not in policy
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        if response.status_code == 200:
            assert "no-store" in response["Cache-Control"]
