"""One-time codes from a shared secret and the clock (RFC 6238), recovery codes, and the secret at rest."""

import base64
import datetime as dt
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tasuki.accounts.errors import FactorDamagedError

#: What every authenticator assumes: six digits of HMAC-SHA-1, a new code each half minute.
_SECONDS: Final = 30
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
#: Clocks of people's devices may be one step off, either way.
_STEPS_OFF: Final = (-1, 0, 1)
_NONCE_BYTES: Final = 12
_RECOVERY_BYTES: Final = 10


def new_secret() -> bytes:
    """Return a fresh secret for one account."""
    return secrets.token_bytes(_SECRET_BYTES)


def code_at(secret: bytes, at: dt.datetime) -> str:
    """Return the code an authenticator shows at a time."""
    return _code(secret, _step(at))


def step_of_code(secret: bytes, code: str, *, after: int, at: dt.datetime) -> int | None:
    """Return the time step a code belongs to, none when it is wrong, too old, or not later than `after`."""
    now = _step(at)
    matching = [
        now + off
        for off in _STEPS_OFF
        if hmac.compare_digest(_code(secret, now + off).encode(), code.encode("utf-8", "replace"))
    ]
    return next((step for step in matching if step > after), None)


def _step(at: dt.datetime) -> int:
    return int(at.timestamp()) // _SECONDS


def _code(secret: bytes, step: int) -> str:
    made = TOTP(secret, _DIGITS, SHA1(), _SECONDS, enforce_key_length=False)  # noqa: S303 — what authenticators speak
    return made.generate(step * _SECONDS).decode()


def spelled(secret: bytes) -> str:
    """Return a secret as people type it into an authenticator."""
    return base64.b32encode(secret).decode()


def address_of(secret: bytes, *, username: str, issuer: str) -> str:
    """Return what the picture says to an authenticator."""
    name = quote(f"{issuer}:{username}")
    return f"otpauth://totp/{name}?secret={spelled(secret)}&issuer={quote(issuer)}&digits={_DIGITS}&period={_SECONDS}"


def new_recovery_code() -> str:
    """Return a fresh recovery code: sixteen letters in groups of four."""
    text = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode().lower()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def digest_of(code: str) -> bytes:
    """Return what is kept of a recovery code. It has 80 random bits, so nothing slower is needed."""
    return hashlib.sha256(code.strip().lower().replace("-", "").replace(" ", "").encode()).digest()


@dataclass(frozen=True)
class FactorCipher:
    """Encrypts the secrets of second factors: AES-256-GCM under a key of the node, bound to the account.

    `derive` gives the node's key for a purpose. Nonces are random; accounts are far fewer than 2^32 (NIST SP 800-38D).
    """

    derive: Callable[[str], bytes] = field(repr=False)

    def seal(self, staff: str, secret: bytes) -> bytes:
        """Encrypt a secret so that only this account can be checked with it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher().encrypt(nonce, secret, staff.encode())

    def open(self, staff: str, sealed: bytes) -> bytes:
        """Return a secret.

        :raises FactorDamagedError: when it was altered, or is another account's.
        """
        try:
            return self._cipher().decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], staff.encode())
        except (InvalidTag, ValueError) as error:
            raise FactorDamagedError(FactorDamagedError.__doc__) from error

    def _cipher(self) -> AESGCM:
        return AESGCM(self.derive("second-factor"))
