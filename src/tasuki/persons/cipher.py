"""Individual numbers at rest: AES-256-GCM bound to the person, and HMAC-SHA256 under another key to find them."""

import hmac
import os
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tasuki.persons.errors import CustodyDamaged

KEY_ID: Final = "1"
_NONCE_BYTES: Final = 12


class NumberCipher:
    """Seals, opens and finds individual numbers. `derive` gives the node's key for a purpose.

    Nonces are random: a municipality seals far fewer than 2^32 numbers under one key (NIST SP 800-38D).
    """

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        self.key_id = KEY_ID
        self._cipher = AESGCM(derive(f"individual-number/seal/{KEY_ID}"))
        self._hash_key = derive(f"individual-number/find/{KEY_ID}")

    def seal(self, unified_person_number: str, individual_number: str) -> bytes:
        """Encrypt a number so that only this person's row can be opened with it."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, individual_number.encode(), unified_person_number.encode())

    def open(self, unified_person_number: str, sealed: bytes) -> str:
        """Decrypt a number.

        :raises CustodyDamaged: when it was altered or moved here from another person.
        """
        try:
            nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, content, unified_person_number.encode()).decode()
        except InvalidTag as error:
            raise CustodyDamaged(CustodyDamaged.__doc__) from error

    def hash(self, individual_number: str) -> bytes:
        """Give the keyed hash by which a number is found."""
        return hmac.digest(self._hash_key, individual_number.encode(), "sha256")
