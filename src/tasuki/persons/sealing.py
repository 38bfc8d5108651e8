"""Contents at rest that the index must be able to read again: AES-256-GCM under a key of the node."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tasuki.persons.errors import SealBroken

_NONCE_BYTES: Final = 12


class Sealer:
    """Seals and opens contents under one key, each bound to what it belongs to."""

    def __init__(self, key: bytes) -> None:
        """Take the key, which no other purpose has."""
        self._cipher = AESGCM(key)

    def seal(self, content: bytes, *, bound_to: str) -> bytes:
        """Encrypt a content so that it opens in its own place only."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, bound_to.encode())

    def open(self, sealed: bytes, *, bound_to: str) -> bytes:
        """Decrypt a content.

        :raises SealBroken: when it was altered or moved here from another place.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())
        except InvalidTag as error:
            raise SealBroken(SealBroken.__doc__) from error
