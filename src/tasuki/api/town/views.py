"""From a request to an operation and back, for business systems: one function for every address, one for tokens.

The order is fixed: method, size, token, client, scope, form. Whoever is refused before it is known who they are learns
nothing else; every refusal of a token or a call is recorded before it is said.
"""

import datetime as dt
import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import Final
from urllib.parse import parse_qsl

import structlog
from axes.helpers import get_client_ip_address
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError

from tasuki.api.town import messages, tokens
from tasuki.api.town.problems import Kind, refuse
from tasuki.api.town.routes import TOKEN_PATH, TownRoute
from tasuki.api.town.service import BadParameter, Caller, Gone
from tasuki.jobs.clients import secret_cipher
from tasuki.linkage.operations import service
from tasuki.persons.errors import SecretDamaged
from tasuki.persons.operations import clients as counting
from tasuki.persons.queries.clients import api_client, failures_of
from tasuki.persons.types.clients import ApiClient, CallRefusal, Scope, TokenRefusal
from tasuki.runtime import keys, maintenance, node, now, this_system
from tasuki.shared.actor import system_actor

log = structlog.get_logger()

MOST_BYTES: Final = 8 * 1024 * 1024
_MOST_TOKEN_BYTES: Final = 16 * 1024
#: As at the log-in of staff: five failures shut the door for a quarter of an hour.
MOST_FAILURES: Final = 5
WINDOW: Final = dt.timedelta(minutes=15)
_CLIENT_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_FORM: Final = "application/x-www-form-urlencoded"
_View = Callable[[HttpRequest], HttpResponse]

#: What a client whose token was refused is told: nothing precise before its signature was right.
_TOLD: Final = {
    TokenRefusal.MALFORMED: Kind.TOKEN_REQUEST,
    TokenRefusal.GRANT_TYPE: Kind.GRANT_TYPE,
    TokenRefusal.UNKNOWN_CLIENT: Kind.CLIENT,
    TokenRefusal.DISABLED: Kind.CLIENT,
    TokenRefusal.BAD_SIGNATURE: Kind.CLIENT,
    TokenRefusal.WRONG_ISSUER: Kind.CLIENT,
    TokenRefusal.WRONG_AUDIENCE: Kind.ASSERTION,
    TokenRefusal.EXPIRED: Kind.ASSERTION,
    TokenRefusal.LIVES_TOO_LONG: Kind.ASSERTION,
    TokenRefusal.NOT_YET_VALID: Kind.ASSERTION,
    TokenRefusal.REPLAYED: Kind.ASSERTION,
    TokenRefusal.SCOPE_NOT_GRANTED: Kind.SCOPE,
    TokenRefusal.LOCKED: Kind.LOCKED,
}
_CALL_TOLD: Final = {
    CallRefusal.NO_TOKEN: Kind.NO_TOKEN,
    CallRefusal.BAD_TOKEN: Kind.BAD_TOKEN,
    CallRefusal.EXPIRED_TOKEN: Kind.BAD_TOKEN,
    CallRefusal.CLIENT_DISABLED: Kind.BAD_TOKEN,
    CallRefusal.SCOPE_MISSING: Kind.SCOPE_MISSING,
}


class _Refused(Exception):
    """The call was refused; the answer is ready."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def issuer() -> str:
    """Return what this town calls itself in tokens, and may be called in assertions."""
    return f"urn:tasuki:town:{node().name}"


def _answering(path: str, method: str) -> Callable[[Callable[[HttpRequest, dt.datetime], HttpResponse]], _View]:
    """Make a view of a function: its method, its time, what becomes of refusals and of a database that is away."""

    def decorate(answer: Callable[[HttpRequest, dt.datetime], HttpResponse]) -> _View:
        @csrf_exempt
        @wraps(answer)
        def view(request: HttpRequest) -> HttpResponse:
            if request.method != method:
                return refuse(Kind.METHOD, headers={"Allow": method})
            try:
                at = now()
                if current := maintenance():
                    return refuse(Kind.MAINTENANCE, headers={"Retry-After": str(current.retry_after(at))})
                response = answer(request, at)
            except _Refused as refused:
                return refused.response
            except DatabaseError:
                log.exception("API-001 database_failed", path=path)
                # Without a durable record there is no answer.
                return refuse(Kind.UNAVAILABLE)
            response["Cache-Control"] = "no-store"
            return response

        return view

    return decorate


def view_of(route: TownRoute) -> _View:
    """Return the view of an address."""

    @_answering(route.path, route.method)
    def answer(request: HttpRequest, at: dt.datetime) -> HttpResponse:
        body = b"" if route.body is None else _body(request, MOST_BYTES)
        caller = _caller(request, route, at)
        given = _parameters(request) if route.body is None else _read(body, route.body)
        try:
            reply: BaseModel = route.handle(caller, given, at)
        except BadParameter:
            return refuse(Kind.QUERY)
        except Gone as gone:
            return refuse(Kind.CHANGES_GONE, go_on=gone.newest)
        return HttpResponse(reply.model_dump_json(), content_type="application/json")

    answer.scope = route.scope  # type: ignore[attr-defined]  # read by the test that walks the addresses
    return answer


def _body(request: HttpRequest, most: int) -> bytes:
    try:
        if int(request.headers.get("Content-Length") or 0) > most:
            raise _Refused(refuse(Kind.TOO_LARGE))
        body = request.body
    except RequestDataTooBig as error:
        raise _Refused(refuse(Kind.TOO_LARGE)) from error
    except (ValueError, UnreadablePostError) as error:
        raise _Refused(refuse(Kind.NOT_JSON)) from error
    if len(body) > most:
        raise _Refused(refuse(Kind.TOO_LARGE))
    return body


def _parameters(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in request.GET}


def _read(body: bytes, expected: type[BaseModel]) -> BaseModel:
    try:
        return expected.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
    if any(one["type"] == "json_invalid" for one in found):
        raise _Refused(refuse(Kind.NOT_JSON))
    raise _Refused(refuse(Kind.SCHEMA, places=[_place(one["type"], one["loc"]) for one in found[:20]]))


def _place(kind: str, place: tuple[int | str, ...]) -> str:
    """Name a place and what is wrong there. An unknown member's name is what was sent, so it is not repeated."""
    steps = [str(step) for step in (place[:-1] if kind == "extra_forbidden" else place)]
    return f"/{'/'.join(steps)}: {kind}"


def _caller(request: HttpRequest, route: TownRoute, at: dt.datetime) -> Caller:
    """Return who calls, by their token and by what their client may do now."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise _refused_call("", route, CallRefusal.NO_TOKEN, at)
    token = tokens.read(text.strip(), issuer=issuer(), key=_token_key(), at=at)
    if isinstance(token, CallRefusal):
        raise _refused_call("", route, token, at)
    client = api_client(token.client_id)
    if client is None or client.disabled_at is not None:
        raise _refused_call(token.client_id, route, CallRefusal.CLIENT_DISABLED, at)
    scopes = token.scopes & client.scopes
    if route.scope not in scopes:
        raise _refused_call(token.client_id, route, CallRefusal.SCOPE_MISSING, at)
    return Caller(client.client_id, client.system, scopes)


def _refused_call(client_id: str, route: TownRoute, refusal: CallRefusal, at: dt.datetime) -> _Refused:
    log.warning("API-003 call_refused", path=route.path, refusal=refusal.value, client=client_id)
    by = system_actor(f"api-{client_id}") if client_id else this_system()
    service.refuse_call(client_id=client_id, resource=route.path, refusal=refusal, by=by, at=at)
    return _Refused(refuse(_CALL_TOLD[refusal]))


@_answering(TOKEN_PATH, "POST")
def token(request: HttpRequest, at: dt.datetime) -> HttpResponse:
    """Give a client a token for its assertion (RFC 6749 4.4, RFC 7523)."""
    form = _form(request)
    client_id = (tokens.claimed_client(form.get("client_assertion", "")) or "") if form is not None else ""
    client = api_client(client_id) if _CLIENT_ID.fullmatch(client_id) else None
    source = _source(request, client)
    locked = _locked_for(source, at)
    if locked is not None:
        return _refuse_token(client, TokenRefusal.LOCKED, source, at, wait=locked)
    checked = _checked(request, form, client, at)
    if isinstance(checked, TokenRefusal):
        return _refuse_token(client, checked, source, at)
    granted, scopes = checked
    by = system_actor(f"api-{granted.client_id}")
    service.record_token(client_id=granted.client_id, scopes=scopes, by=by, at=at)
    counting.forget_failures(source=source, by=by, at=at)
    given = tokens.issue(tokens.Token(granted.client_id, scopes), issuer=issuer(), key=_token_key(), at=at)
    reply = messages.TokenGiven(
        access_token=given,
        token_type="Bearer",  # noqa: S106 — the kind of token
        expires_in=int(tokens.TOKEN_LIVES.total_seconds()),
        scope=" ".join(sorted(scopes)),
    )
    return HttpResponse(reply.model_dump_json(), content_type="application/json")


def _checked(
    request: HttpRequest, form: dict[str, str] | None, client: ApiClient | None, at: dt.datetime
) -> tuple[ApiClient, frozenset[Scope]] | TokenRefusal:
    """Hold a request for a token against everything there is, and use its assertion up."""
    if form is None or form.get("client_assertion_type") != tokens.ASSERTION_TYPE:
        return TokenRefusal.MALFORMED
    if form.get("grant_type") != "client_credentials":
        return TokenRefusal.GRANT_TYPE
    if client is None or form.get("client_id", client.client_id) != client.client_id:
        return TokenRefusal.UNKNOWN_CLIENT
    if client.disabled_at is not None:
        return TokenRefusal.DISABLED
    assertion = tokens.check_assertion(
        form["client_assertion"],
        client_id=client.client_id,
        secrets=_opened(client, at),
        audiences={issuer(), request.build_absolute_uri(TOKEN_PATH)},
        at=at,
    )
    if isinstance(assertion, TokenRefusal):
        return assertion
    scopes = _scopes_for(form.get("scope", ""), client)
    if scopes is None:
        return TokenRefusal.SCOPE_NOT_GRANTED
    fresh = counting.use_assertion(
        client_id=client.client_id,
        assertion=assertion.identifier,
        expires_at=assertion.expires_at,
        by=system_actor(f"api-{client.client_id}"),
        at=at,
    )
    return (client, scopes) if fresh else TokenRefusal.REPLAYED


def _scopes_for(asked: str, client: ApiClient) -> frozenset[Scope] | None:
    """Return the scopes a token is for: those asked for, or all; None where one of them was not granted."""
    wanted = set(asked.split())
    if not wanted:
        return client.scopes
    return frozenset(Scope(one) for one in wanted) if wanted <= client.scopes else None


def _form(request: HttpRequest) -> dict[str, str] | None:
    """Return the fields of a form; None when it is none, or names one twice (RFC 6749 3.2)."""
    body = _body(request, _MOST_TOKEN_BYTES)
    if request.content_type != _FORM:
        return None
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return None
    return dict(fields) if len({name for name, _ in fields}) == len(fields) else None


def _opened(client: ApiClient, at: dt.datetime) -> list[str]:
    cipher = secret_cipher()
    opened = []
    for one in client.secrets_at(at):
        try:
            opened.append(cipher.open(client.client_id, one.secret_id, one.sealed))
        except SecretDamaged:
            # The client cannot get in; whoever looks after the node has to know why.
            log.exception("API-004 secret_damaged", client=client.client_id)
    return opened


def _token_key() -> bytes:
    return keys().derive("api-token/1")


def _source(request: HttpRequest, client: ApiClient | None) -> bytes:
    """Name who asks from where without keeping it: invented clients all count against their address."""
    text = f"{get_client_ip_address(request)}\0{'' if client is None else client.client_id}"
    return hmac.digest(keys().derive("token-failure"), text.encode(), "sha256")


def _locked_for(source: bytes, at: dt.datetime) -> dt.timedelta | None:
    failed = failures_of(source, at - WINDOW)
    if failed is None or failed[0] < MOST_FAILURES:
        return None
    return failed[1] + WINDOW - at


def _refuse_token(
    client: ApiClient | None,
    refusal: TokenRefusal,
    source: bytes,
    at: dt.datetime,
    *,
    wait: dt.timedelta = dt.timedelta(0),
) -> HttpResponse:
    client_id = "" if client is None else client.client_id
    log.warning("API-005 token_refused", refusal=refusal.value, client=client_id)
    service.refuse_token(client_id=client_id, refusal=refusal, source=source, window=WINDOW, by=this_system(), at=at)
    headers = {"Retry-After": str(max(1, int(wait.total_seconds())))} if wait else None
    return refuse(_TOLD[refusal], headers=headers)
