"""A business system that speaks with the town's interface, as its vendor would write it."""

import itertools
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from django.http import HttpResponse
from django.test import Client

from tasuki.api.town.routes import TOKEN_PATH
from tasuki.api.town.tokens import ASSERTION_TYPE
from tasuki.api.town.views import issuer
from tasuki.jobs.clients import GivenSecret, give_client
from tasuki.nodes.sql import rows
from tasuki.persons.types.clients import Scope
from tests.integration.persons.index import CLERK

_COUNTED = itertools.count()


def access(*scopes: Scope, system: str = "care") -> GivenSecret:
    """Give a system access with these scopes, or with all."""
    return give_client(system=system, name="介護保険システム", scopes=scopes or tuple(Scope), by=CLERK)


def assertion(given: GivenSecret, at: datetime, **claims: object) -> str:
    """Sign an assertion; claims given take the place of the right ones."""
    right = {
        "iss": given.client_id,
        "sub": given.client_id,
        "aud": issuer(),
        "jti": f"assertion-{next(_COUNTED)}",
        "exp": int((at + timedelta(minutes=2)).timestamp()),
    }
    content = {name: value for name, value in (right | claims).items() if value is not None}
    return jwt.encode(content, given.secret, algorithm="HS256")


def ask_token(signed: str, **fields: str) -> HttpResponse:
    """Ask for a token."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed,
    } | fields
    body = urlencode({name: value for name, value in form.items() if value})
    return Client().post(TOKEN_PATH, body, content_type="application/x-www-form-urlencoded")


def token(given: GivenSecret, at: datetime, **fields: str) -> str:
    """Get a token."""
    response = ask_token(assertion(given, at), **fields)
    assert response.status_code == 200, response.content
    return str(json.loads(response.content)["access_token"])


def call(path: str, bearer: str, body: object | None = None) -> tuple[int, Any]:
    """Call an address, with POST when there is a body, and return its status and what it answers."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    if body is None:
        response = Client().get(path, headers=headers)
    else:
        response = Client().post(path, json.dumps(body), content_type="application/json", headers=headers)
    assert response["Content-Type"] in ("application/json", "application/problem+json"), response.content[:200]
    return response.status_code, json.loads(response.content)


def recorded(kind: str) -> list[Mapping[str, Any]]:
    """Return the bodies of records of a kind, in order."""
    found = rows(
        "SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry WHERE kind = %s ORDER BY entry_id", [kind]
    )
    return [json.loads(row["body"]) for row in found]
