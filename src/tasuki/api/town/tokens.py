"""Assertions in, bearer tokens out: `client_secret_jwt` (OpenID Connect Core 9, RFC 7523) and our own short tokens.

Pure but for the keys it is handed: what was used before, and who is locked out, is known elsewhere.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import jwt
from jwt.types import Options

from tasuki.persons.types.clients import CallRefusal, Scope, TokenRefusal

ALGORITHM: Final = "HS256"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: An assertion lives no longer; a clock may be so far off.
LONGEST: Final = dt.timedelta(minutes=5)
SKEW: Final = dt.timedelta(seconds=30)
TOKEN_LIVES: Final = dt.timedelta(minutes=10)
_LONGEST_ASSERTION: Final = 4_096
_LONGEST_ID: Final = 200
#: We hold every claim against the clock we are given, not against that of a library.
_UNTIMED: Final[Options] = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
#: A body of brackets within brackets ends in the second.
_UNREADABLE: Final = (jwt.PyJWTError, RecursionError)


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion that was signed with the client's secret and is in time: it may be used once."""

    client_id: str
    identifier: str
    expires_at: dt.datetime


def claimed_client(assertion: str) -> str | None:
    """Return whom an assertion says it is of, before anything of it is trusted; None when it says nothing."""
    if len(assertion) > _LONGEST_ASSERTION or not assertion.isascii():
        return None
    try:
        claims = jwt.decode(assertion, options={**_UNTIMED, "verify_signature": False})
    except _UNREADABLE:
        return None
    subject = claims.get("sub")
    return subject if isinstance(subject, str) and 0 < len(subject) <= _LONGEST_ID else None


def check_assertion(
    assertion: str, *, client_id: str, secrets: Sequence[str], audiences: Collection[str], at: dt.datetime
) -> Assertion | TokenRefusal:
    """Hold an assertion against the client's secrets and the clock."""
    claims = _signed_claims(assertion, secrets)
    if claims is None:
        return TokenRefusal.BAD_SIGNATURE
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        return TokenRefusal.WRONG_ISSUER
    if not _is_for(claims.get("aud"), audiences):
        return TokenRefusal.WRONG_AUDIENCE
    identifier, expires_at = claims.get("jti"), _moment(claims.get("exp"))
    if not isinstance(identifier, str) or not 0 < len(identifier) <= _LONGEST_ID or expires_at is None:
        return TokenRefusal.MALFORMED
    if not identifier.isprintable():
        return TokenRefusal.MALFORMED
    if expires_at <= at - SKEW:
        return TokenRefusal.EXPIRED
    if expires_at > at + LONGEST + SKEW:
        return TokenRefusal.LIVES_TOO_LONG
    for name in ("nbf", "iat"):
        if name in claims and ((begins := _moment(claims[name])) is None or begins > at + SKEW):
            return TokenRefusal.NOT_YET_VALID
    return Assertion(client_id, identifier, expires_at + SKEW)


def _signed_claims(assertion: str, secrets: Sequence[str]) -> dict[str, Any] | None:
    for secret in secrets:
        try:
            claims: dict[str, Any] = jwt.decode(assertion, secret, algorithms=[ALGORITHM], options=_UNTIMED)
        except _UNREADABLE:
            continue
        return claims
    return None


def _is_for(audience: object, audiences: Collection[str]) -> bool:
    """Say whether we are the one and only audience: an assertion for several could be used by one at another."""
    named = audience if isinstance(audience, list) else [audience]
    return len(named) == 1 and isinstance(named[0], str) and named[0] in audiences


def _moment(value: object) -> dt.datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return dt.datetime.fromtimestamp(value, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


@dataclass(frozen=True, slots=True)
class Token:
    """What a bearer token says: whose it is and what it is for. What its client may do now is looked up as well."""

    client_id: str
    scopes: frozenset[Scope]


def issue(token: Token, *, issuer: str, key: bytes, at: dt.datetime) -> str:
    """Write a token that lives for ten minutes."""
    claims = {
        "iss": issuer,
        "aud": issuer,
        "sub": token.client_id,
        "scope": " ".join(sorted(token.scopes)),
        "iat": int(at.timestamp()),
        "exp": int((at + TOKEN_LIVES).timestamp()),
    }
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"typ": "at+jwt"})


def read(text: str, *, issuer: str, key: bytes, at: dt.datetime) -> Token | CallRefusal:
    """Read a token of ours back."""
    if len(text) > _LONGEST_ASSERTION or not text.isascii():
        return CallRefusal.BAD_TOKEN
    try:
        whole = jwt.decode_complete(text, key, algorithms=[ALGORITHM], options=_UNTIMED)
    except _UNREADABLE:
        return CallRefusal.BAD_TOKEN
    claims: dict[str, Any] = whole["payload"]
    if whole["header"].get("typ") != "at+jwt" or claims["iss"] != issuer or claims["aud"] != issuer:
        return CallRefusal.BAD_TOKEN
    if claims["exp"] <= at.timestamp():
        return CallRefusal.EXPIRED_TOKEN
    known = set(Scope)
    return Token(claims["sub"], frozenset(Scope(one) for one in claims["scope"].split() if one in known))
