"""Payloads at rest: AES-256-GCM under a key of the institution's own, bound to the row they lie in."""

import os
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tasuki.gateway.errors import GatewayError

NONCE_BYTES = 12


class PayloadDamaged(GatewayError):
    """A stored payload does not belong to its row, or was altered."""


def place_of(institution: str, unified_person_number: str, data_set: str, record_key: str, layout_version: str) -> str:
    """Return the name of a replica's row, to which its encryption is bound."""
    return f"{institution}/{unified_person_number}/{data_set}/{record_key}/{layout_version}"


class PayloadCipher:
    """Encrypts and decrypts for all institutions of a gateway. `derive` gives the node's key for a purpose.

    Nonces are random; below 2^32 payloads an institution the chance of a repeat stays under 2^-32 (NIST SP 800-38D).
    """

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        self._cipher = lru_cache(maxsize=10_000)(lambda institution: AESGCM(derive(f"payload/{institution}")))

    def encrypt(self, institution: str, place: str, content: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher(institution).encrypt(nonce, content, place.encode())

    def decrypt(self, institution: str, place: str, stored: bytes) -> bytes:
        """Return the content.

        :raises PayloadDamaged: when the bytes were altered or moved here from another row.
        """
        try:
            return self._cipher(institution).decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError) as error:
            # A ValueError says that too little is left to be opened at all.
            raise PayloadDamaged("payload altered or in another row than its own") from error
