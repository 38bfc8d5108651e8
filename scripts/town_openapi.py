"""Describe a town's interface for business systems, from its route table (`tasuki.api.town.routes`)."""

from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openapi

if TYPE_CHECKING:
    from tasuki.api.town.routes import TownRoute

Schema = dict[str, Any]
FILE = openapi.ROOT / "docs" / "api" / "town.json"


def documents() -> dict[Path, str]:
    """Return the text of the file by its path; Django has been set up."""
    return {FILE: openapi.text_of(document())}


def document() -> Schema:
    """Return the description."""
    from pydantic.json_schema import models_json_schema

    from tasuki.api.town import messages
    from tasuki.api.town.routes import ROUTES, TOKEN_PATH

    sent = [route.body for route in ROUTES if route.body is not None]
    told = [route.reply for route in ROUTES]
    _, definitions = models_json_schema(
        [(model, "validation") for model in (*sent, *told, messages.TokenGiven, messages.Problem)],
        ref_template=f"{openapi.SCHEMAS}{{model}}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tasuki town",
            "summary": "The person index (団体内統合宛名) as a service for a town's business systems.",
            "description": (
                "A system sends its own 宛名番号 and never learns a 団体内統合宛名番号. The form follows "
                "共通機能標準仕様書 2.4 (REST, JSON, OAuth 2 client credentials with client_secret_jwt, scopes "
                "${system}:${resource}:${operation}); addresses and words are ours. Served behind TLS only. Generated "
                "from the route table; do not edit."
            ),
            "version": version("tasuki"),
            "license": {"name": "European Union Public Licence 1.2", "identifier": "EUPL-1.2"},
        },
        "paths": {TOKEN_PATH: {"post": _token()}}
        | {route.path: {route.method.lower(): _operation(route)} for route in ROUTES},
        "components": {
            "schemas": definitions["$defs"],
            "responses": _refusals(),
            "securitySchemes": {"token": _scheme(TOKEN_PATH)},
        },
    }


def _scheme(token_path: str) -> Schema:
    from tasuki.persons.types.clients import Scope

    scopes = {scope.value: scope.name.capitalize().replace("_", " ") for scope in Scope}
    return {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": token_path, "scopes": scopes}}}


def _operation(route: "TownRoute") -> Schema:
    described: Schema = {
        "operationId": route.path.removeprefix("/api/v1/").replace("/", "_").replace("-", "_"),
        "summary": route.summary,
        "security": [{"token": [route.scope.value]}],
        "responses": {"200": _content("What was done, or found.", route.reply.__name__)}
        | _refused(401, 403, 413, 422, 400, 503, *((410,) if route.may_be_gone else ())),
    }
    if route.body is not None:
        schema = {"schema": {"$ref": f"{openapi.SCHEMAS}{route.body.__name__}"}}
        described["requestBody"] = {"required": True, "content": {"application/json": schema}}
    if route.parameters:
        described["parameters"] = [
            {"name": name, "in": "query", "required": False, "description": words, "schema": {"type": "string"}}
            for name, words in route.parameters
        ]
    return described


def _token() -> Schema:
    from tasuki.api.town.tokens import ASSERTION_TYPE

    fields = {
        "grant_type": {"const": "client_credentials"},
        "client_assertion_type": {"const": ASSERTION_TYPE},
        "client_assertion": {
            "type": "string",
            "description": (
                "A JWT signed HS256 with the client's secret: iss and sub the client, aud this address or "
                "urn:tasuki:town:<node>, jti once only, exp within five minutes."
            ),
        },
        "scope": {"type": "string", "description": "Scopes parted by spaces; all that were granted when left out."},
        "client_id": {"type": "string"},
    }
    form = {
        "type": "object",
        "required": ["grant_type", "client_assertion_type", "client_assertion"],
        "properties": fields,
    }
    return {
        "operationId": "token",
        "summary": "Get a bearer token for ten minutes (RFC 6749 4.4, RFC 7523)",
        "security": [],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}},
        "responses": {"200": _content("A token.", "TokenGiven")} | _refused(400, 401, 413, 429, 503),
    }


def _content(words: str, model: str, kind: str = "application/json") -> Schema:
    return {"description": words, "content": {kind: {"schema": {"$ref": f"{openapi.SCHEMAS}{model}"}}}}


def _refused(*statuses: int) -> Schema:
    return {str(status): {"$ref": f"#/components/responses/Refused{status}"} for status in sorted(statuses)}


def _refusals() -> Schema:
    from tasuki.api.town.problems import CONTENT_TYPE, Kind

    by_status: dict[int, list[str]] = defaultdict(list)
    for kind in Kind:
        by_status[kind.value.status].append(f"{kind.value.title}: {kind.value.detail}")
    return {
        f"Refused{status}": _content(" / ".join(dict.fromkeys(words)), "Problem", CONTENT_TYPE)
        for status, words in sorted(by_status.items())
    }
