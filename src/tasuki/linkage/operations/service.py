"""The index as a service: who may speak with it, as the town acts on it. Each act is on record first."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.persons import operations as index
from tasuki.persons.cipher import NumberCipher
from tasuki.persons.client_secrets import SecretCipher
from tasuki.persons.operations import clients
from tasuki.persons.queries.registrations import own_numbers
from tasuki.persons.types.clients import CallRefusal, Scope, TokenRefusal
from tasuki.shared.actor import Actor


def admit_system(*, system: str, name: str, name_en: str, by: Actor, at: dt.datetime) -> None:
    """Admit a business system to the index, or call one by another name; recorded before."""
    with transaction.atomic():
        append(kind=EntryKind.SYSTEM_ADMITTED, body={"system": system, "by": str(by)}, at=at)
    index.admit_system(system=system, name=name, name_en=name_en, by=by, at=at)


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
    """Give a business system access of its own; recorded before, with what it may do."""
    _record_client("give", client_id, by, at, system=system, scopes=sorted(scopes))
    clients.give_client(
        client_id=client_id,
        system=system,
        name=name,
        scopes=scopes,
        secret_id=secret_id,
        secret=secret,
        cipher=cipher,
        by=by,
        at=at,
    )


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
    """Give a client another secret, the former one being taken for a while yet; recorded before."""
    _record_client("renew", client_id, by, at, former_until=former_until.isoformat())
    clients.renew_secret(
        client_id=client_id,
        secret_id=secret_id,
        secret=secret,
        former_until=former_until,
        cipher=cipher,
        by=by,
        at=at,
    )


def set_scopes(*, client_id: str, scopes: Collection[Scope], by: Actor, at: dt.datetime) -> None:
    """Say what a client may do from now on; recorded before."""
    _record_client("scopes", client_id, by, at, scopes=sorted(scopes))
    clients.set_scopes(client_id=client_id, scopes=scopes, by=by, at=at)


def set_disabled(*, client_id: str, is_disabled: bool, by: Actor, at: dt.datetime) -> None:
    """Stop a client or let it go on; recorded before."""
    _record_client("stop" if is_disabled else "resume", client_id, by, at)
    clients.set_disabled(client_id=client_id, is_disabled=is_disabled, by=by, at=at)


def _record_client(step: str, client_id: str, by: Actor, at: dt.datetime, **more: object) -> None:
    body: Mapping[str, object] = {"step": step, "client": client_id, "by": str(by), **more}
    with transaction.atomic():
        append(kind=EntryKind.API_CLIENT_CHANGED, body=body, at=at)


@transaction.atomic
def record_token(*, client_id: str, scopes: Collection[Scope], by: Actor, at: dt.datetime) -> None:
    """Record that a client is given a token, before it is."""
    append(kind=EntryKind.TOKEN_ISSUED, body={"client": client_id, "scopes": sorted(scopes), "by": str(by)}, at=at)


def refuse_token(
    *,
    client_id: str,
    refusal: TokenRefusal,
    source: bytes,
    window: dt.timedelta,
    by: Actor,
    at: dt.datetime,
) -> None:
    """Record that a token was refused, and count it against whoever asked.

    :param client_id: empty when no client of ours was named; what was sent instead could be anything.
    """
    with transaction.atomic():
        append(
            kind=EntryKind.TOKEN_REFUSED,
            body={"client": client_id, "reason": refusal.value, "by": str(by)},
            at=at,
        )
    # While locked nothing is counted: whoever waits as long as they were told is let in again.
    if refusal is not TokenRefusal.LOCKED:
        clients.count_failure(source=source, window=window, by=by, at=at)


@transaction.atomic
def refuse_call(*, client_id: str, resource: str, refusal: CallRefusal, by: Actor, at: dt.datetime) -> None:
    """Record that a call was refused, before it is."""
    body = {"client": client_id, "resource": resource, "reason": refusal.value, "by": str(by)}
    append(kind=EntryKind.API_CALL_REFUSED, body=body, at=at)


def look_up_numbers(
    *, system: str, individual_numbers: Sequence[str], cipher: NumberCipher, by: Actor, at: dt.datetime
) -> dict[str, tuple[str, ...]]:
    """Return a system's own numbers of whoever holds these individual numbers; recorded before, without the numbers."""
    body = {"system": system, "people": len(individual_numbers), "by": str(by)}
    with transaction.atomic():
        append(kind=EntryKind.NUMBERS_LOOKED_UP, body=body, at=at)
    return own_numbers(system, individual_numbers, cipher)
