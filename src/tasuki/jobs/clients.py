"""Access for business systems as it is given on this node: where its secrets come from, and what seals them."""

import datetime as dt
import os
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from tasuki.linkage.operations import service
from tasuki.persons.client_secrets import SecretCipher
from tasuki.persons.types.clients import Scope
from tasuki.runtime import keys, now
from tasuki.shared.actor import Actor

#: A renewed client may use its former secret so long unless said otherwise: time to change it everywhere.
OVERLAP: Final = dt.timedelta(days=7)
LONGEST_OVERLAP: Final = dt.timedelta(days=30)
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class GivenSecret:
    """A client and its new secret, which is shown this once."""

    client_id: str
    secret: str = field(repr=False)


def secret_cipher() -> SecretCipher:
    """Return what seals the secrets of clients on this node."""
    return SecretCipher(keys().derive)


def give_client(*, system: str, name: str, scopes: Collection[Scope], by: Actor) -> GivenSecret:
    """Give a system access of its own under a new name and secret."""
    given = GivenSecret(f"{system}-{os.urandom(4).hex()}", secrets.token_urlsafe(_SECRET_BYTES))
    service.give_client(
        client_id=given.client_id,
        system=system,
        name=name,
        scopes=scopes,
        secret_id=uuid.uuid4(),
        secret=given.secret,
        cipher=secret_cipher(),
        by=by,
        at=now(),
    )
    return given


def renew_secret(*, client_id: str, overlap: dt.timedelta, by: Actor) -> GivenSecret:
    """Give a client another secret; the former one works for a while yet."""
    at, given = now(), GivenSecret(client_id, secrets.token_urlsafe(_SECRET_BYTES))
    service.renew_secret(
        client_id=client_id,
        secret_id=uuid.uuid4(),
        secret=given.secret,
        former_until=at + min(overlap, LONGEST_OVERLAP),
        cipher=secret_cipher(),
        by=by,
        at=at,
    )
    return given
