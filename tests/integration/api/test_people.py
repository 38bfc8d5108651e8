"""Business systems register people over the interface: every line answered, nothing of anybody else told."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasuki.api.town.messages import MOST_PEOPLE
from tasuki.api.town.routes import ROUTES, TOKEN_PATH
from tasuki.jobs.town import number_cipher
from tasuki.persons import queries
from tasuki.persons.operations import decide_case, number_people, state_people
from tasuki.persons.stating import lines_of
from tasuki.persons.types import REGISTER, PersonToNumber
from tasuki.persons.types.cases import CaseAct
from tasuki.persons.types.items import BasicItems, Registration
from tasuki.runtime import now
from tests.integration.api.client import access, call, recorded, token
from tests.integration.persons.index import AT, CLERK, HANAKO, JIRO, NUMBERS, TARO

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("care", "clock")]
ANY_TIME = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def register_says(*people: Registration) -> None:
    """Let the resident register say these people, under this node's own keys."""
    numbered = [PersonToNumber(one.system_person_number, one.individual_number) for one in people]
    number_people(system=REGISTER, people=numbered, cipher=number_cipher(), by=CLERK, at=AT)
    state_people(system=REGISTER, lines=lines_of(people), by=CLERK, at=AT)


def the_three() -> None:
    register_says(
        Registration("0001", TARO, NUMBERS[0]), Registration("0002", HANAKO, NUMBERS[1]), Registration("0003", JIRO)
    )


def stated(number: str, items: BasicItems, individual_number: str | None = None) -> dict[str, Any]:
    return {"system_person_number": number, **asdict(items), "individual_number": individual_number}


def test_every_line_of_a_list_is_answered() -> None:
    the_three()
    stranger = replace(JIRO, name="仮所　四郎", kana_name="カリショ　シロウ", birth_date="1971-05-05")
    people = [
        stated("101", TARO, NUMBERS[0]),
        stated("102", HANAKO, NUMBERS[0]),
        stated("104", stranger),
        stated("105", replace(TARO, birth_date="昭和", sex="9"), "123456789012"),
        stated("10 6", TARO),
    ]
    bearer = token(access(), now())
    status, reply = call("/api/v1/people", bearer, {"people": people})
    assert status == 200
    counts = {name: reply[name] for name in ("linked", "numbered", "unchanged", "cases", "problems")}
    assert counts == {"linked": 1, "numbered": 1, "unchanged": 0, "cases": 1, "problems": 2}
    assert [line["status"] for line in reply["lines"]] == ["LINKED", "CASE", "NUMBERED", "PROBLEM", "PROBLEM"]
    assert reply["lines"][1]["case"]["kind"] == "HOUSEHOLD_MEMBER"
    problems = reply["lines"][3]["problems"]
    assert {(one["field"], one["reason"]) for one in problems} == {
        ("individual_number", "PLACEHOLDER_NUMBER"), ("birth_date", "BAD_BIRTH_DATE"), ("sex", "BAD_SEX"),
    }  # fmt: skip
    assert all(one["reason_ja"] and one["reason_en"] and one["remedy_ja"] and one["remedy_en"] for one in problems)
    assert reply["lines"][4]["system_person_number"] == ""
    again = call("/api/v1/people", bearer, {"people": people})[1]
    assert [line["status"] for line in again["lines"]] == ["UNCHANGED", "CASE", "UNCHANGED", "PROBLEM", "PROBLEM"]
    assert recorded("people_registered")[0]["by"].startswith("SYSTEM:api-care-")
    assert recorded("people_registered")[0]["people"] == 5


def test_a_system_is_never_told_a_unified_number_nor_what_others_state() -> None:
    the_three()
    bearer = token(access(), now())
    answers = [
        call("/api/v1/people", bearer, {"people": [stated("101", TARO, NUMBERS[0]), stated("102", TARO, NUMBERS[1])]}),
        call("/api/v1/people/states", bearer, {"system_person_numbers": ["101", "102", "0001"]}),
        call("/api/v1/people/look-ups", bearer, {"individual_numbers": [NUMBERS[0], NUMBERS[1]]}),
        call("/api/v1/cases?state=OPEN", bearer),
    ]
    assert [status for status, _ in answers] == [200] * 4
    told = json.dumps([answer for _, answer in answers], ensure_ascii=False)
    unified = queries.unified_numbers(REGISTER, ["0001", "0002", "0003"]).values()
    for secret in (*unified, *NUMBERS, HANAKO.name, TARO.name, TARO.address):
        assert secret not in told


def test_states_follow_a_registration_through_its_case() -> None:
    the_three()
    bearer = token(access(), now())
    reply = call("/api/v1/people", bearer, {"people": [stated("102", HANAKO, NUMBERS[0]), stated("103", JIRO)]})[1]
    case_id = reply["lines"][0]["case"]["case_id"]
    asked = {"system_person_numbers": ["102", "103", "999"]}
    states = call("/api/v1/people/states", bearer, asked)[1]["people"]
    assert [one["standing"] for one in states] == ["CASE", "REGISTERED", "UNKNOWN"]
    assert states[0]["case"]["case_id"] == case_id
    decide_case(
        case_id=case_id, act=CaseAct.SEND_BACK, reason="番号の書き写し", cipher=number_cipher(), by=CLERK, at=now()
    )
    assert [one["standing"] for one in call("/api/v1/people/states", bearer, asked)[1]["people"]] == [
        "SENT_BACK", "REGISTERED", "UNKNOWN",
    ]  # fmt: skip
    [sent_back] = call("/api/v1/cases", bearer)[1]["cases"]
    assert (sent_back["case_id"], sent_back["system_person_number"]) == (case_id, "102")
    assert "番号の書き写し" not in json.dumps(sent_back, ensure_ascii=False)
    call("/api/v1/people", bearer, {"people": [stated("102", HANAKO, NUMBERS[1])]})
    assert call("/api/v1/people/states", bearer, asked)[1]["people"][0]["standing"] == "REGISTERED"


def test_another_systems_people_and_cases_are_nobodys() -> None:
    the_three()
    care, tax = token(access(), now()), token(access(system="tax"), now())
    call("/api/v1/people", care, {"people": [stated("101", TARO, NUMBERS[0]), stated("102", HANAKO, NUMBERS[0])]})
    assert call("/api/v1/people/states", tax, {"system_person_numbers": ["101"]})[1]["people"][0]["standing"] == (
        "UNKNOWN"
    )
    found = call("/api/v1/people/look-ups", tax, {"individual_numbers": [NUMBERS[0]]})[1]["found"]
    assert found == [{"system_person_numbers": []}]
    assert call("/api/v1/cases?state=OPEN", tax)[1]["cases"] == []
    own = call("/api/v1/people/look-ups", care, {"individual_numbers": [NUMBERS[3], NUMBERS[0]]})[1]["found"]
    assert own == [{"system_person_numbers": []}, {"system_person_numbers": ["101"]}]
    assert recorded("numbers_looked_up")[0] == {
        "by": recorded("numbers_looked_up")[0]["by"],
        "people": 1,
        "system": "tax",
    }


def test_cases_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    the_three()
    monkeypatch.setattr("tasuki.api.town.messages.MOST_CASES", 2)
    bearer = token(access(), now())
    call("/api/v1/people", bearer, {"people": [stated(str(n), HANAKO, NUMBERS[0]) for n in range(100, 105)]})
    seen: list[str] = []
    address = "/api/v1/cases?state=OPEN"
    while address:
        page = call(address, bearer)[1]
        seen += [one["system_person_number"] for one in page["cases"]]
        address = f"/api/v1/cases?state=OPEN&after={page['next']}" if page["next"] else ""
    assert sorted(seen) == [str(n) for n in range(100, 105)]


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({}, 422, "/people: missing"),
        ({"people": []}, 422, "/people: too_short"),
        ({"people": [{}]}, 422, "/people/0/system_person_number: missing"),
        ({"people": [{"system_person_number": 7, "name": "x"}]}, 422, "/people/0/system_person_number: string_type"),
        (
            {"people": [{"例示　太郎": "x", "system_person_number": "1", "name": "x"}]},
            422,
            "/people/0: extra_forbidden",
        ),
        ({"people": [{"system_person_number": "1", "name": "x"}] * (MOST_PEOPLE + 1)}, 422, "/people: too_long"),
    ],
)
def test_a_body_of_another_form_is_told_where(body: object, status: int, place: str) -> None:
    found, problem = call("/api/v1/people", token(access(), now()), body)
    assert (found, problem["places"][0]) == (status, place)
    assert "例示" not in json.dumps(problem, ensure_ascii=False)


def test_what_is_too_large_is_refused_before_it_is_read(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasuki.api.town.views.MOST_BYTES", 1_000)
    assert call("/api/v1/people", token(access(), now()), {"people": ["x" * 2_000]})[0] == 413


def test_nothing_is_answered_when_nothing_can_be_recorded() -> None:
    the_three()
    bearer = token(access(), now())
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    status, problem = call("/api/v1/people", bearer, {"people": [stated("101", TARO, NUMBERS[0])]})
    assert (status, problem["type"]) == (503, "urn:tasuki:problem:unavailable")
    assert queries.unified_numbers("care", ["101"]) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "1", "2026-02-30", "0000-00-00", "2026-13", NUMBERS[0], "\0", "\ud800"]
)
MAY_BE_LEFT_OUT = (
    "kana_name", "birth_date", "sex", "postal_code", "address", "household_number", "individual_number",
)  # fmt: skip
LINES = st.fixed_dictionaries(
    {"system_person_number": TEXTS, "name": TEXTS}, optional=dict.fromkeys(MAY_BE_LEFT_OUT, TEXTS)
)


@ANY_TIME
@given(path=st.sampled_from([route.path for route in ROUTES if route.body is not None]), body=JSON)
def test_any_json_is_answered_without_a_fault(path: str, body: Any) -> None:
    status, _answer = call(path, shared_token(), {} if body is None else body)
    assert status in (200, 400, 422)


@ANY_TIME
@given(lines=st.lists(LINES, min_size=1, max_size=6))
def test_any_line_is_linked_asked_about_or_explained(lines: list[dict[str, str]]) -> None:
    status, answer = call("/api/v1/people", shared_token(), {"people": lines})
    if status == 400:
        # Half a character is no JSON text.
        assert any("\ud800" <= char <= "\udfff" for line in lines for text in line.values() for char in text)
        return
    assert status == 200
    assert [line["line"] for line in answer["lines"]] == list(range(1, len(lines) + 1))
    for line in answer["lines"]:
        assert bool(line["problems"]) == (line["status"] == "PROBLEM")
        assert (line["case"] is not None) == (line["status"] == "CASE")


@ANY_TIME
@given(body=st.binary(max_size=200), kind=st.sampled_from(["application/x-www-form-urlencoded", "text/plain", ""]))
def test_any_request_for_a_token_is_refused_without_a_fault(client: Any, body: bytes, kind: str) -> None:
    response = client.post(TOKEN_PATH, body, content_type=kind)
    assert response.status_code in (400, 401, 429)
    assert response["Content-Type"] == "application/problem+json"


@ANY_TIME
@given(query=st.dictionaries(st.sampled_from(["state", "after", "x"]), st.text(max_size=40), max_size=3))
def test_any_parameter_is_answered_without_a_fault(client: Any, query: dict[str, str]) -> None:
    encoded = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    response = client.get("/api/v1/cases", encoded, headers={"Authorization": f"Bearer {shared_token()}"})
    assert response.status_code in (200, 400)


def shared_token() -> str:
    """Return a token of a client made within the test's own transaction."""
    return token(access(), now())
