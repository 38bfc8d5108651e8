"""Who gets a token: each reason to refuse one, recorded; used once, locked after five, gone when its client is."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import pytest
import time_machine
from django.http import HttpResponse

from tasuki.api.town.routes import ROUTES
from tasuki.api.town.views import MOST_FAILURES, WINDOW
from tasuki.jobs.clients import GivenSecret, renew_secret
from tasuki.linkage.operations import service
from tasuki.persons.queries.clients import api_client, api_clients
from tasuki.persons.types.clients import Scope, TokenRefusal
from tasuki.runtime import now
from tests.integration.api.client import access, ask_token, assertion, call, recorded, token
from tests.integration.persons.index import CLERK

pytestmark = [pytest.mark.django_db(databases=["default", "index"]), pytest.mark.usefixtures("care", "clock")]


def refused_with(response: HttpResponse) -> str:
    """Return the reason that was recorded last, after checking that the answer is a refusal of the right form."""
    assert response["Content-Type"] == "application/problem+json"
    content = json.loads(response.content)
    assert content["status"] == response.status_code
    assert content["detail_ja"]
    assert content["detail"]
    return str(recorded("token_refused")[-1]["reason"])


def seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def test_a_right_assertion_gets_a_token_that_is_recorded_first() -> None:
    given = access()
    response = ask_token(assertion(given, now()))
    content = json.loads(response.content)
    assert (response.status_code, content["token_type"], content["expires_in"]) == (200, "Bearer", 600)
    assert set(content["scope"].split()) == set(Scope)
    assert response["Cache-Control"] == "no-store"
    assert recorded("token_issued") == [
        {"by": f"SYSTEM:api-{given.client_id}", "client": given.client_id, "scopes": sorted(Scope)}
    ]
    client = api_client(given.client_id)
    assert client is not None
    assert client.last_used_at == now()


def test_the_secret_lies_sealed_and_is_never_shown_again() -> None:
    given = access()
    [client] = api_clients()
    assert all(given.secret.encode() not in one.sealed for one in client.secrets)
    assert given.secret not in repr(client)
    assert given.secret not in repr(given)
    assert given.secret not in json.dumps(recorded("api_client_changed"))


Claims = Callable[[GivenSecret, dt.datetime], Mapping[str, Any]]
WRONG: list[tuple[str, Claims, TokenRefusal]] = [
    ("another issuer", lambda _g, _at: {"iss": "somebody"}, TokenRefusal.WRONG_ISSUER),
    ("another audience", lambda _g, _at: {"aud": "https://example.invalid/token"}, TokenRefusal.WRONG_AUDIENCE),
    ("two audiences", lambda _g, _at: {"aud": ["urn:tasuki:town:town-test", "x"]}, TokenRefusal.WRONG_AUDIENCE),
    ("no audience", lambda _g, _at: {"aud": None}, TokenRefusal.WRONG_AUDIENCE),
    ("no identifier", lambda _g, _at: {"jti": None}, TokenRefusal.MALFORMED),
    ("identifier that is a number", lambda _g, _at: {"jti": 7}, TokenRefusal.MALFORMED),
    ("no end", lambda _g, _at: {"exp": None}, TokenRefusal.MALFORMED),
    ("end that is a word", lambda _g, _at: {"exp": "soon"}, TokenRefusal.MALFORMED),
    ("end beyond all time", lambda _g, _at: {"exp": 1e300}, TokenRefusal.MALFORMED),
    ("over", lambda _g, at: {"exp": seconds(at - dt.timedelta(seconds=31))}, TokenRefusal.EXPIRED),
    ("lives six minutes", lambda _g, at: {"exp": seconds(at + dt.timedelta(minutes=6))}, TokenRefusal.LIVES_TOO_LONG),
    ("not yet", lambda _g, at: {"nbf": seconds(at + dt.timedelta(minutes=2))}, TokenRefusal.NOT_YET_VALID),
]


@pytest.mark.parametrize(("name", "claims", "reason"), WRONG, ids=[row[0] for row in WRONG])
def test_a_wrong_assertion_gets_none(name: str, claims: Claims, reason: TokenRefusal) -> None:
    given = access()
    response = ask_token(assertion(given, now(), **claims(given, now())))
    assert response.status_code in (400, 401), name
    assert refused_with(response) == reason.value
    assert recorded("token_issued") == []
    assert ask_token(assertion(given, now())).status_code == 200


def test_a_signature_with_another_secret_or_none_is_no_signature() -> None:
    given, other = access(), access()
    forged = assertion(GivenSecret(given.client_id, other.secret), now())
    assert refused_with(ask_token(forged)) == TokenRefusal.BAD_SIGNATURE.value
    unsigned = jwt.encode({"sub": given.client_id}, None, algorithm="none")
    assert refused_with(ask_token(unsigned)) == TokenRefusal.BAD_SIGNATURE.value
    told = [ask_token(forged), ask_token(assertion(GivenSecret("nobody-1", given.secret), now()))]
    assert told[0].content == told[1].content


def test_an_assertion_is_used_once() -> None:
    given = access()
    signed = assertion(given, now())
    assert ask_token(signed).status_code == 200
    assert refused_with(ask_token(signed)) == TokenRefusal.REPLAYED.value
    assert len(recorded("token_issued")) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"grant_type": "password"}, TokenRefusal.GRANT_TYPE),
        ({"grant_type": ""}, TokenRefusal.GRANT_TYPE),
        ({"client_assertion_type": "x"}, TokenRefusal.MALFORMED),
        ({"client_assertion": ""}, TokenRefusal.UNKNOWN_CLIENT),
        ({"client_id": "somebody-else"}, TokenRefusal.UNKNOWN_CLIENT),
        ({"scope": "index:people:register index:everything:do"}, TokenRefusal.SCOPE_NOT_GRANTED),
    ],
)
def test_a_request_of_another_form_gets_none(fields: dict[str, str], reason: TokenRefusal) -> None:
    given = access(Scope.REGISTER_PEOPLE)
    response = ask_token(assertion(given, now()), **fields)
    assert refused_with(response) == reason.value


def test_five_failures_shut_the_door_for_a_quarter_of_an_hour(clock: time_machine.Traveller) -> None:
    given, other = access(), access()
    for _ in range(MOST_FAILURES):
        ask_token(assertion(GivenSecret(given.client_id, other.secret), now()))
    locked = ask_token(assertion(given, now()))
    assert (locked.status_code, int(locked["Retry-After"])) == (429, WINDOW.total_seconds())
    assert refused_with(locked) == TokenRefusal.LOCKED.value
    assert ask_token(assertion(other, now())).status_code == 200
    clock.shift(dt.timedelta(minutes=14))
    again = ask_token(assertion(given, now()))
    assert (again.status_code, int(again["Retry-After"])) == (429, 60)
    clock.shift(dt.timedelta(seconds=61))
    assert ask_token(assertion(given, now())).status_code == 200


def test_a_renewed_secret_works_beside_the_former_until_the_former_ends(clock: time_machine.Traveller) -> None:
    given = access()
    renewed = renew_secret(client_id=given.client_id, overlap=dt.timedelta(days=1), by=CLERK)
    assert ask_token(assertion(given, now())).status_code == 200
    assert ask_token(assertion(renewed, now())).status_code == 200
    clock.shift(dt.timedelta(days=1, seconds=1))
    assert refused_with(ask_token(assertion(given, now()))) == TokenRefusal.BAD_SIGNATURE.value
    assert ask_token(assertion(renewed, now())).status_code == 200


def test_a_stopped_client_and_its_tokens_stop_at_once_and_may_go_on() -> None:
    given = access()
    bearer = token(given, now())
    assert call("/api/v1/cases", bearer)[0] == 200
    service.set_disabled(client_id=given.client_id, is_disabled=True, by=CLERK, at=now())
    assert call("/api/v1/cases", bearer)[0] == 401
    assert recorded("api_call_refused")[-1]["reason"] == "CLIENT_DISABLED"
    assert refused_with(ask_token(assertion(given, now()))) == TokenRefusal.DISABLED.value
    service.set_disabled(client_id=given.client_id, is_disabled=False, by=CLERK, at=now())
    assert call("/api/v1/cases", bearer)[0] == 200


def test_a_token_ends_after_ten_minutes(clock: time_machine.Traveller) -> None:
    bearer = token(access(), now())
    clock.shift(dt.timedelta(minutes=9, seconds=59))
    assert call("/api/v1/cases", bearer)[0] == 200
    clock.shift(dt.timedelta(seconds=1))
    status, problem = call("/api/v1/cases", bearer)
    assert (status, problem["error"]) == (401, "invalid_token")
    assert recorded("api_call_refused")[-1]["reason"] == "EXPIRED_TOKEN"


def test_a_token_with_one_altered_letter_is_refused() -> None:
    bearer = token(access(), now())
    place = len(bearer) // 2
    altered = bearer[:place] + ("A" if bearer[place] != "A" else "B") + bearer[place + 1 :]
    assert call("/api/v1/cases", altered)[0] == 401
    assert call("/api/v1/cases", "")[0] == 401
    assert [one["reason"] for one in recorded("api_call_refused")] == ["BAD_TOKEN", "NO_TOKEN"]


def test_an_assertion_is_no_token() -> None:
    given = access()
    assert call("/api/v1/cases", assertion(given, now()))[0] == 401


BODIES: dict[str, object | None] = {
    "/api/v1/people": {"people": [{"system_person_number": "1", "name": "例示　太郎"}]},
    "/api/v1/people/states": {"system_person_numbers": ["1"]},
    "/api/v1/people/look-ups": {"individual_numbers": ["999951519640"]},
    "/api/v1/cases": None,
    "/api/v1/people/changes": None,
}


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_each_scope_opens_its_own_address_and_no_other(route: Any, scope: Scope, is_withdrawn: bool) -> None:
    given = access(scope)
    bearer = token(given, now())
    if is_withdrawn:
        others = set(Scope) - {scope}
        service.set_scopes(client_id=given.client_id, scopes=others, by=CLERK, at=now())
    status, answer = call(route.path, bearer, BODIES[route.path])
    if route.scope is scope and not is_withdrawn:
        assert status == 200, answer
        assert recorded("api_call_refused") == []
    else:
        assert (status, answer["error"]) == (403, "insufficient_scope")
        [refusal] = recorded("api_call_refused")
        assert (refusal["reason"], refusal["client"]) == ("SCOPE_MISSING", given.client_id)
