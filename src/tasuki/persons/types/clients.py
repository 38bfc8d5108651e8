"""Business systems that speak with the index by themselves (API利用者): what each may do, how it proves itself."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """What a client may be let do, in the form `${system}:${resource}:${operation}` of 共通機能標準仕様書 2.4.

    The form is the standard's; the words are ours, because the standard leaves them to whoever offers the interface.
    """

    REGISTER_PEOPLE = "index:people:register"
    READ_PEOPLE = "index:people:read"
    LOOK_UP_NUMBERS = "index:numbers:look-up"
    READ_CASES = "index:cases:read"
    READ_CHANGES = "index:changes:read"
    #: Opens no address of its own: the changes that are read then say of protection too.
    READ_PROTECTION = "index:protection:read"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret of a client as it is kept, with what its page may show of it."""

    secret_id: UUID
    sealed: bytes = field(repr=False)
    made_at: dt.datetime
    expires_at: dt.datetime | None
    """When it is no longer taken; None while it is the newest."""


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A client: one business system's access to the index."""

    client_id: str
    system: str
    name: str
    scopes: frozenset[Scope]
    made_at: dt.datetime
    disabled_at: dt.datetime | None
    last_used_at: dt.datetime | None
    secrets: tuple[Secret, ...] = ()

    def secrets_at(self, at: dt.datetime) -> tuple[Secret, ...]:
        """Return the secrets that are taken at a moment, the newest first."""
        return tuple(one for one in self.secrets if one.expires_at is None or one.expires_at > at)


class TokenRefusal(StrEnum):
    """Why a client got no token, as it is recorded; the client itself is told less until its signature is right."""

    MALFORMED = "MALFORMED"
    GRANT_TYPE = "GRANT_TYPE"
    UNKNOWN_CLIENT = "UNKNOWN_CLIENT"
    DISABLED = "DISABLED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    WRONG_ISSUER = "WRONG_ISSUER"
    WRONG_AUDIENCE = "WRONG_AUDIENCE"
    EXPIRED = "EXPIRED"
    LIVES_TOO_LONG = "LIVES_TOO_LONG"
    NOT_YET_VALID = "NOT_YET_VALID"
    REPLAYED = "REPLAYED"
    SCOPE_NOT_GRANTED = "SCOPE_NOT_GRANTED"
    LOCKED = "LOCKED"


class CallRefusal(StrEnum):
    """Why a call with a token, or without one, was refused."""

    NO_TOKEN = "NO_TOKEN"  # noqa: S105 — a reason, no secret
    BAD_TOKEN = "BAD_TOKEN"  # noqa: S105 — a reason, no secret
    EXPIRED_TOKEN = "EXPIRED_TOKEN"  # noqa: S105 — a reason, no secret
    CLIENT_DISABLED = "CLIENT_DISABLED"
    SCOPE_MISSING = "SCOPE_MISSING"
