"""API clients (API利用者): given, renewed, stopped; their assertions used once, their failures counted."""

import datetime as dt
from collections.abc import Collection
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.nodes.sql import run
from tasuki.persons.client_secrets import SecretCipher
from tasuki.persons.types.clients import Scope
from tasuki.shared.actor import Actor

ALIAS: Final = "index"
#: Longer than anybody is locked out for, so that forgetting a failure never opens a lock.
_FORGET_AFTER: Final = dt.timedelta(days=1)


@transaction.atomic(using=ALIAS)
def give_client(
    *,
    client_id: str,
    system: str,
    name: str,
    scopes: Collection[Scope],
    secret_id: UUID,
    secret: str,
    cipher: SecretCipher,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Give an admitted system access of its own, with its first secret."""
    run(
        "INSERT INTO persons_api_client (client_id, system, name, scopes, made_at, made_by)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [client_id, system, name, sorted(scopes), at, str(by)],
        alias=ALIAS,
    )
    _keep_secret(client_id, secret_id, secret, cipher, at)


@transaction.atomic(using=ALIAS)
def renew_secret(
    *,
    client_id: str,
    secret_id: UUID,
    secret: str,
    former_until: dt.datetime,
    cipher: SecretCipher,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Give a client another secret; those it had are taken until `former_until`, and never longer than before."""
    del by  # Who renewed it stands in the caller's record.
    run(
        "UPDATE persons_api_secret SET expires_at = least(coalesce(expires_at, %s), %s) WHERE client_id = %s",
        [former_until, former_until, client_id],
        alias=ALIAS,
    )
    _keep_secret(client_id, secret_id, secret, cipher, at)
    run(
        "DELETE FROM persons_api_secret WHERE client_id = %s AND expires_at < %s",
        [client_id, at - _FORGET_AFTER],
        alias=ALIAS,
    )


def _keep_secret(client_id: str, secret_id: UUID, secret: str, cipher: SecretCipher, at: dt.datetime) -> None:
    run(
        "INSERT INTO persons_api_secret (secret_id, client_id, sealed_secret, made_at) VALUES (%s, %s, %s, %s)",
        [secret_id, client_id, cipher.seal(client_id, secret_id, secret), at],
        alias=ALIAS,
    )


@transaction.atomic(using=ALIAS)
def set_scopes(*, client_id: str, scopes: Collection[Scope], by: Actor, at: dt.datetime) -> None:
    """Say what a client may do from now on; tokens that it holds already may do no more than that either."""
    del by, at  # Both stand in the caller's record.
    run(
        "UPDATE persons_api_client SET scopes = %s WHERE client_id = %s",
        [sorted(scopes), client_id],
        alias=ALIAS,
    )


@transaction.atomic(using=ALIAS)
def set_disabled(*, client_id: str, is_disabled: bool, by: Actor, at: dt.datetime) -> None:
    """Stop a client, whose tokens stop with it, or let it go on."""
    del by  # Who stopped it stands in the caller's record.
    run(
        "UPDATE persons_api_client SET disabled_at = CASE WHEN %s THEN coalesce(disabled_at, %s) END"
        " WHERE client_id = %s",
        [is_disabled, at, client_id],
        alias=ALIAS,
    )


@transaction.atomic(using=ALIAS)
def use_assertion(*, client_id: str, assertion: str, expires_at: dt.datetime, by: Actor, at: dt.datetime) -> bool:
    """Use an assertion up, and say whether it was fresh; until it expires it is never fresh again.

    :param assertion: its identifier (jti).
    """
    del by  # The client itself.
    run("DELETE FROM persons_used_assertion WHERE expires_at < %s", [at], alias=ALIAS)
    fresh = run(
        "INSERT INTO persons_used_assertion (client_id, assertion_hash, expires_at) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        [client_id, sha256(assertion.encode()).digest(), expires_at],
        alias=ALIAS,
    )
    if fresh:
        run("UPDATE persons_api_client SET last_used_at = %s WHERE client_id = %s", [at, client_id], alias=ALIAS)
    return fresh == 1


@transaction.atomic(using=ALIAS)
def count_failure(*, source: bytes, window: dt.timedelta, by: Actor, at: dt.datetime) -> None:
    """Count a failure to get a token; after a window without any, counting begins anew.

    :param source: a keyed hash of who failed and where from.
    """
    del by  # Nobody is known: that is the failure.
    run("DELETE FROM persons_token_failure WHERE latest_at < %s", [at - _FORGET_AFTER], alias=ALIAS)
    run(
        "INSERT INTO persons_token_failure AS f (source_hash, failures, latest_at) VALUES (%s, 1, %s)"
        " ON CONFLICT (source_hash) DO UPDATE SET"
        " failures = CASE WHEN f.latest_at < %s THEN 1 ELSE f.failures + 1 END, latest_at = EXCLUDED.latest_at",
        [source, at, at - window],
        alias=ALIAS,
    )


@transaction.atomic(using=ALIAS)
def forget_failures(*, source: bytes, by: Actor, at: dt.datetime) -> None:
    """Forget failures after a success."""
    del by, at  # Housekeeping of a count.
    run("DELETE FROM persons_token_failure WHERE source_hash = %s", [source], alias=ALIAS)
