"""A health centre limited to its area of work: every page is tried for somebody who lives outside it."""

import re
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from tasuki import runtime
from tasuki.accounts.emergency_models import Emergency
from tasuki.accounts.models import Staff
from tasuki.accounts.permissions import GRANTS
from tasuki.accounts.types import Role
from tasuki.cli.importing import import_district_file
from tasuki.eligibility.operations.lists import recompute
from tasuki.jobs.works import do_waiting_work
from tasuki.layouts.types import Programme
from tasuki.linkage import queries as linkage
from tasuki.nodes.sql import rows, run
from tasuki.protocol.messages import State
from tasuki.screening.operations.districts import end_district, save_district
from tasuki.screening.operations.residents import register_residents
from tasuki.screening.queries import districts as queries
from tasuki.screening.types.districts import DistrictProblem, DistrictStated, DistrictWrong
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.sealed import seal_person
from tests.fakes.gateway import FakeGateway
from tests.integration.web.conftest import AT, AYANO, PROVIDER, SYSTEM
from tests.integration.web.test_access import ARGUMENTS, every_address
from tests.integration.web.test_exchange import answer, lung
from tests.integration.web.test_followup import store

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("residents")]
LogIn = Callable[[Role], Client]
NORTH, SOUTH = UUID(int=11), UUID(int=12)
YEAR = fiscal_year_of(civil_date(runtime.now()))
#: Lives in no district of the tests' north, and has the same family name, so that a search would find both.
FAR = replace(
    AYANO,
    system_person_number="000104299",
    household_number="99",
    name="架空　遠子",
    kana_name="カクウ　トオコ",
    address="架空区遠方町三丁目3-3",
)
PEOPLE = (AYANO, FAR)


def keep(number: UUID, name: str, *places: str) -> DistrictProblem | None:
    return save_district(stated=DistrictStated(number, name, name, places), reason="test", by=SYSTEM, at=AT)


def token(person: Any) -> str:
    return seal_person(SystemPersonNumber(person.system_person_number))


@pytest.fixture
def centre(logged_in: LogIn) -> Client:
    """Return a browser of a health centre that works for 模擬町 alone."""
    register_residents(rows=[FAR], by=SYSTEM, at=AT, reason="test")
    client = logged_in(Role.CENTRE_CLERK)
    assert keep(NORTH, "北保健センター", "架空区模擬町") is None
    Staff.objects.filter(pk=client.session["_auth_user_id"]).update(areas=[NORTH])
    return client


@pytest.fixture
def busy(centre: Client, logged_in: LogIn, gateway: FakeGateway) -> dict[str, Any]:
    """Give both people one of everything a page of a health centre could show, and return what names the far one."""
    run(
        "UPDATE screening_resident SET birth_date = '1960-06-02' WHERE system_person_number = ANY(%s)",
        [[one.system_person_number for one in PEOPLE]],
    )
    ids: dict[str, Any] = {"token": token(FAR), "result_id": store(FAR)}
    store(AYANO)
    clerk = logged_in(Role.HEALTH_CLERK)
    recompute(fiscal_year=YEAR, by=SYSTEM, at=runtime.now())
    every = [one.value for one in Programme]
    clerk.post(reverse("invitations-freeze", args=[YEAR]), {"freeze-programmes": every})
    do_waiting_work()
    clerk.post(reverse("invitations-coupons", args=[YEAR]), {"coupons-programmes": every})
    do_waiting_work()
    gateway.state, gateway.answers = State.RECEIVED, [answer(lung(2024))]
    for one in PEOPLE:
        clerk.post(reverse("inquire", args=[token(one)]), {"provider": PROVIDER})
    run("INSERT INTO linkage_inquiry SELECT (jsonb_populate_record(i, jsonb_build_object("
        "'transaction_number', gen_random_uuid(), 'system_person_number', %s::text))).* FROM linkage_inquiry i"
        " WHERE i.system_person_number = %s AND NOT EXISTS"
        " (SELECT FROM linkage_inquiry WHERE system_person_number = %s)",
        [FAR.system_person_number, AYANO.system_person_number, FAR.system_person_number])  # fmt: skip
    [far] = linkage.inquiries_of(FAR.system_person_number)
    return ids | {"number": UUID(far.transaction_number)}


def text_of(response: Any) -> str:
    if response.headers.get("Content-Type") == "application/pdf":
        return "".join(page.extract_text() for page in PdfReader(BytesIO(response.content)).pages)
    return str(response.content.decode())


def shows_far(response: Any, address: str = "") -> bool:
    # Every page can be asked for again, so it holds its own address.
    content = text_of(response).replace(address, "") if address else text_of(response)
    return any(secret in content for secret in ("遠子", "トオコ", FAR.system_person_number, token(FAR), "遠方町"))


def test_no_page_of_a_health_centre_opens_for_or_shows_somebody_outside_its_area(
    centre: Client, busy: dict[str, Any]
) -> None:
    refused, shown, listed = 0, [], []
    for entry in every_address():
        permission = getattr(entry.callback, "permission", None)
        if permission not in GRANTS[Role.CENTRE_CLERK] or entry.name in ("sessions-end", "account-withdraw"):
            continue
        names = set(entry.pattern.converters)
        given = {name: busy.get(name, YEAR if name == "fiscal_year" else ARGUMENTS[name]) for name in names}
        address = reverse(entry.name, kwargs=given)
        for send in (centre.get, centre.post):
            response = send(address)
            if shows_far(response, address):
                shown.append((entry.name, send.__name__))
            if names & {"token", "number"}:
                assert response.status_code == 403, (entry.name, response.status_code)
                refused += 1
            elif "綾乃" in text_of(response):
                listed.append(entry.name)
    assert shown == []
    # The same pages show who lives inside: the crawl would find nobody if the lists were empty.
    assert {"followup-list", "due-list", "invitations-targets", "answers", "movers"} <= set(listed), listed
    found = rows("SELECT people FROM watching_access WHERE act = 'REFUSED' AND reason = 'AREA'")
    assert len(found) == refused >= 50
    assert {number for row in found for number in row["people"]} == {FAR.system_person_number}
    assert len(rows("SELECT 1 FROM evidence_entry WHERE kind = 'area_refused'")) == refused


def test_a_person_inside_with_a_result_of_somebody_outside_shows_nothing_of_them(
    centre: Client, busy: dict[str, Any]
) -> None:
    for entry in every_address():
        names = set(entry.pattern.converters)
        if getattr(entry.callback, "permission", None) in GRANTS[Role.CENTRE_CLERK] and {"token", "result_id"} <= names:
            given = {name: busy.get(name, ARGUMENTS[name]) for name in names} | {"token": token(AYANO)}
            assert not shows_far(centre.get(reverse(entry.name, kwargs=given))), entry.name


def test_a_search_finds_whoever_lives_inside_and_says_that_it_looks_no_further(centre: Client) -> None:
    page = centre.post(reverse("people"), {"text": "架空"}, follow=True).content.decode()
    assert "綾乃" in page
    assert "遠子" not in page
    assert "1人 見つかりました" in page
    assert "担当区域(北保健センター)に住む人だけを探します。" in page
    by_number = centre.post(reverse("people"), {"text": FAR.system_person_number}, follow=True).content.decode()
    assert "遠子" not in by_number


def test_a_refusal_says_why_and_the_ways_on(centre: Client) -> None:
    response = centre.get(reverse("person", args=[token(FAR)]))
    page = response.content.decode()
    assert response.status_code == 403
    assert "担当区域の外です" in page
    assert "健康づくり課" in page
    assert reverse("emergency-ask") in page


def test_letters_made_later_by_the_worker_hold_nobody_from_outside(centre: Client, busy: dict[str, Any]) -> None:
    response = centre.post(reverse("followup-notices"), {"year": "2025"})
    assert response.status_code == 302, response.content.decode()
    do_waiting_work()
    told = rows("SELECT system_person_number AS number FROM letters_letter WHERE kind = 'RESULT_NOTICE'")
    assert {row["number"] for row in told} == {AYANO.system_person_number}


def test_an_emergency_lifts_the_area_for_its_time(centre: Client, logged_in: LogIn) -> None:
    address = reverse("person", args=[token(FAR)])
    centre.post(reverse("emergency-ask"), {"duty": "BEYOND_AREA", "reason": "避難所"})
    one = Emergency.objects.get()
    opener = logged_in(Role.HEALTH_CLERK)
    opener.post(reverse("emergency-decide", args=[one.emergency]), {"act": "open", "note": "電話で確かめた"})
    assert centre.get(address).status_code == 200
    [marked] = rows("SELECT emergency FROM watching_access WHERE people = %s", [[FAR.system_person_number]])
    assert marked["emergency"] == one.emergency
    centre.post(reverse("emergency-end", args=[one.emergency]))
    assert centre.get(address).status_code == 403


def test_without_an_area_nobody_is_shown_and_every_page_says_why(centre: Client) -> None:
    Staff.objects.filter(pk=centre.session["_auth_user_id"]).update(areas=[])
    home = centre.get(reverse("home")).content.decode()
    assert "あなたの担当区域が決まっていないため、住民は誰も表示されません。" in home
    assert centre.get(reverse("person", args=[token(AYANO)])).status_code == 403
    page = centre.post(reverse("people"), {"text": "架空"}, follow=True).content.decode()
    assert "綾乃" not in page


def test_the_screening_department_sees_the_whole_town_whoever_lives_in_no_district_too(
    centre: Client, logged_in: LogIn
) -> None:
    end_district(district=UUID(int=1), reason="x", by=SYSTEM, at=AT)
    clerk = logged_in(Role.HEALTH_CLERK)
    assert clerk.get(reverse("person", args=[token(FAR)])).status_code == 200
    page = clerk.get(reverse("districts")).content.decode()
    assert "どの区域にも入らない住民 2人" in page
    assert "架空区遠方町" in page
    # Where a protected person lives is told to nobody.
    assert "秘密町" not in page


def test_a_list_that_forgot_the_limit_is_not_sent(centre: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasuki.screening.queries.in_sight", lambda _column: "TRUE")
    response = centre.post(reverse("people"), {"text": "架空"}, follow=True)
    assert response.status_code == 403
    assert "遠子" not in response.content.decode()


def test_the_longest_place_decides_a_number_is_taken_whole_and_moving_moves() -> None:
    assert keep(NORTH, "北", "架空区模擬町") is None
    assert keep(SOUTH, "南", "架空区模擬町二丁目") is None
    lives = {
        "000200001": ("架空区模擬町二丁目1-2", SOUTH),
        "000200002": ("架空区模擬町2-3", SOUTH),
        "000200003": ("架空区模擬町二十丁目1", NORTH),
        "000200004": ("架空区模擬町3-1", NORTH),
        "000200005": ("架空区別町1", None),
    }
    people = [replace(FAR, system_person_number=number, address=place) for number, (place, _) in lives.items()]
    register_residents(rows=people, by=SYSTEM, at=AT, reason="test")
    assert placed(list(lives)) == {number: where for number, (_, where) in lives.items() if where}
    register_residents(rows=[replace(people[0], address="架空区模擬町1-1")], by=SYSTEM, at=AT, reason="test")
    assert placed(["000200001"]) == {"000200001": NORTH}
    problem = keep(NORTH, "北", "架空区模擬町", "架空区模擬町２丁目")
    assert problem is not None
    assert (problem.wrong, problem.line, problem.other) == (DistrictWrong.TAKEN, 2, "南")
    end_district(district=SOUTH, reason="x", by=SYSTEM, at=AT)
    assert placed(["000200002"]) == {"000200002": NORTH}
    run("DELETE FROM screening_resident WHERE system_person_number = '000200002'")
    assert placed(["000200002"]) == {}


def placed(numbers: list[str]) -> dict[str, UUID]:
    found = rows(
        "SELECT system_person_number AS number, district_id FROM screening_resident_district"
        " WHERE system_person_number = ANY(%s)",
        [numbers],
    )
    return {row["number"]: row["district_id"] for row in found}


def test_districts_are_kept_on_the_screen_with_reason_history_and_evidence(logged_in: LogIn) -> None:
    clerk = logged_in(Role.HEALTH_CLERK)
    assert "担当区域はまだありません" in clerk.get(reverse("districts")).content.decode()
    typed = {"name": "北", "name_en": "North", "places": "架空区模擬町\n\n架空区架空台", "reason": "規則の別表"}
    told = clerk.post(reverse("district-add"), typed, follow=True).content.decode()
    assert "担当区域を残しました。" in told
    assert "ここに住む人 1人" in told
    [one] = queries.districts()
    again = clerk.post(reverse("district-add"), typed | {"name": "南", "places": "架空区模擬町"})
    assert again.status_code == 422
    assert "1行目「架空区模擬町」は、北に同じものがあります。" in again.content.decode()
    changed = typed | {"places": "架空区模擬町"}
    page = clerk.post(reverse("district-change", args=[one.district]), changed, follow=True).content.decode()
    assert re.search(r"<td>—</td><td>架空区架空台</td><td>規則の別表</td>", page)
    assert len(rows("SELECT FROM evidence_entry WHERE kind = 'district_changed'")) == 2
    administrator = logged_in(Role.SYSTEM_ADMINISTRATOR)
    assert administrator.get(reverse("districts")).status_code == 200
    assert administrator.post(reverse("district-end", args=[one.district]), {"reason": "x"}).status_code == 403
    clerk.post(reverse("district-end", args=[one.district]), {"reason": "統合"})
    assert queries.open_districts() == []


def test_an_account_of_a_health_centre_is_applied_for_with_its_area(logged_in: LogIn) -> None:
    assert keep(NORTH, "北保健センター", "架空区模擬町") is None
    asker, decider = logged_in(Role.HEALTH_CLERK), logged_in(Role.SYSTEM_ADMINISTRATOR)
    typed: dict[str, Any] = {
        "kind": "NEW", "username": "tanto", "employee_number": "77", "display_name": "担当 一",
        "department": "北保健センター", "role": "CENTRE_CLERK", "valid_from": f"{civil_date(runtime.now()):%Y/%m/%d}",
        "valid_to": f"{runtime.now().replace(year=runtime.now().year + 1):%Y/%m/%d}", "reason": "窓口",
    }  # fmt: skip
    without = asker.post(reverse("account-apply"), typed)
    assert without.status_code == 422
    assert "担当区域を一つ以上選んでください。" in without.content.decode()
    shown = asker.post(reverse("account-apply"), typed | {"areas": [str(NORTH)]}, follow=True).content.decode()
    assert "北保健センター" in shown
    number = rows("SELECT application FROM accounts_application")[0]["application"]
    decider.post(reverse("account-decide", args=[number]), {"act": "approve", "reason": ""})
    assert Staff.objects.get(username="tanto").member.sight == (NORTH,)


def test_a_file_of_districts_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "districts.csv"
    head = "名称,英語の名称,住所の始まり\n"
    file.write_text(f"{head}北,North,架空区模擬町\n北,North,架空区架空台\n南,South,架空区南町\n", "utf-8")
    assert import_district_file(file) == 2
    assert {one.name: (len(one.places), one.residents) for one in queries.districts()} == {"北": (2, 1), "南": (1, 0)}
    assert import_district_file(file) == 2
    assert len(queries.districts()) == 2
    file.write_text(f"{head}東,East,架空区東町\n東,East,架空区南町\n", "utf-8")
    with pytest.raises(typer.Exit):
        import_district_file(file)
    assert {one.name for one in queries.districts()} == {"北", "南"}
