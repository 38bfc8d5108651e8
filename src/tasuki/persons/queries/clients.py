"""Reads of API clients and of who failed to get a token lately."""

import datetime as dt
from typing import Final

from tasuki.nodes.sql import Row, rows
from tasuki.persons.types.clients import ApiClient, Scope, Secret

ALIAS: Final = "index"
_CLIENTS: Final = """
SELECT client_id, system, name, scopes, made_at, disabled_at, last_used_at
FROM persons_api_client WHERE %(one)s = '' OR client_id = %(one)s ORDER BY system, made_at, client_id
"""
_SECRETS: Final = """
SELECT client_id, secret_id, sealed_secret, made_at, expires_at
FROM persons_api_secret WHERE %(one)s = '' OR client_id = %(one)s
ORDER BY expires_at DESC NULLS FIRST, made_at DESC
"""


def api_clients() -> list[ApiClient]:
    """Return every client, by system."""
    return _clients("")


def api_client(client_id: str) -> ApiClient | None:
    """Return one client; None when there is none of that name."""
    found = _clients(client_id) if client_id else []
    return found[0] if found else None


def _clients(one: str) -> list[ApiClient]:
    secrets: dict[str, list[Secret]] = {}
    for row in rows(_SECRETS, {"one": one}, alias=ALIAS):
        kept = Secret(row["secret_id"], bytes(row["sealed_secret"]), row["made_at"], row["expires_at"])
        secrets.setdefault(row["client_id"], []).append(kept)
    return [_client(row, secrets.get(row["client_id"], [])) for row in rows(_CLIENTS, {"one": one}, alias=ALIAS)]


def _client(row: Row, secrets: list[Secret]) -> ApiClient:
    # A word that this release does not know any more lets nobody do anything.
    scopes = frozenset(Scope(one) for one in row["scopes"] if one in set(Scope))
    return ApiClient(**{**row, "scopes": scopes, "secrets": tuple(secrets)})


def failures_of(source: bytes, since: dt.datetime) -> tuple[int, dt.datetime] | None:
    """Return how often a source failed to get a token and when last; None where the last time was before `since`."""
    found = rows(
        "SELECT failures, latest_at FROM persons_token_failure WHERE source_hash = %s AND latest_at >= %s",
        [source, since],
        alias=ALIAS,
    )
    return (found[0]["failures"], found[0]["latest_at"]) if found else None
