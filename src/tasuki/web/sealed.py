"""Numbers and search words that must not be readable where addresses and sessions are kept.

Addresses end up in browser histories, proxies' logs and screenshots, and sessions lie in a table, so neither may hold
a 宛名番号 or a name. A person's address carries their number encrypted under a key of this node (AES-SIV, RFC 5297):
the same person always has the same address here, an altered address is refused, and it means nothing elsewhere.
Search words are encrypted with a fresh nonce, so that two searches for one name do not look alike.
"""

import base64
import binascii
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tasuki.shared.identifiers import SystemPersonNumber

log = structlog.get_logger()

_PERSON: Final = [b"person"]
_UNIFIED: Final = [b"unified"]
_NUMBER_LENGTH: Final = 15
_NONCE_BYTES: Final = 16
#: Whom the page under way gave the address of, by 宛名番号 and by 団体内統合宛名番号.
_addressed: ContextVar[tuple[set[str], set[str]] | None] = ContextVar("addressed", default=None)


class SealBrokenError(Exception):
    """The text was not sealed by this node, or was altered."""


@contextmanager
def addressed(people: set[str], unified: set[str]) -> Iterator[None]:
    """Gather whose address is given within the block: a page shows whoever it links to."""
    former = _addressed.set((people, unified))
    try:
        yield
    finally:
        _addressed.reset(former)


def _give_address(number: str, place: int) -> None:
    gathered = _addressed.get()
    if gathered is not None:
        gathered[place].add(number)


def seal_person(number: SystemPersonNumber) -> str:
    """Give the text that stands for a person in an address; its length says nothing about the number."""
    _give_address(number, 0)
    return _encode(_cipher().encrypt(number.rjust(_NUMBER_LENGTH).encode("ascii"), _PERSON))


def open_person(token: str) -> SystemPersonNumber:
    """Give the number a text of an address stands for.

    :raises SealBrokenError: when this node did not make it.
    """
    return SystemPersonNumber(_open(token, _PERSON).decode("ascii").strip())


def seal_unified(number: str) -> str:
    """Give the text that stands for a person of the index in an address."""
    _give_address(number, 1)
    return _encode(_cipher().encrypt(number.rjust(_NUMBER_LENGTH).encode("ascii"), _UNIFIED))


def open_unified(token: str) -> str:
    """Give the 団体内統合宛名番号 a text of an address stands for.

    :raises SealBrokenError: when this node did not make it.
    """
    return _open(token, _UNIFIED).decode("ascii").strip()


def seal_words(words: dict[str, str]) -> str:
    """Give search words in a form that a session may keep."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher().encrypt(json.dumps(words).encode(), [b"words", nonce])
    return f"{_encode(nonce)}.{_encode(sealed)}"


def open_words(text: str) -> dict[str, str]:
    """Give sealed search words back.

    :raises SealBrokenError: when this node did not seal them.
    """
    nonce, _, sealed = text.partition(".")
    words: dict[str, str] = json.loads(_open(sealed, [b"words", _decode(nonce)]))
    return words


@lru_cache(maxsize=1)
def _cipher() -> AESSIV:
    key = HKDF(hashes.SHA256(), 64, salt=None, info=b"tasuki/web/sealed").derive(settings.SECRET_KEY.encode())
    return AESSIV(key)


def _open(text: str, context: list[bytes]) -> bytes:
    try:
        return _cipher().decrypt(_decode(text), context)
    except (InvalidTag, ValueError, SealBrokenError) as error:
        log.warning("WEB-003 address_altered")
        raise SealBrokenError(SealBrokenError.__doc__) from error


def _encode(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _decode(text: str) -> bytes:
    try:
        sealed = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise SealBrokenError(SealBrokenError.__doc__) from error
    if _encode(sealed) != text:
        # The last letter has bits that base64 ignores: one person must not have two addresses.
        raise SealBrokenError(SealBrokenError.__doc__)
    return sealed
