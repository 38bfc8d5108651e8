"""Secrets of API clients at rest: AES-256-GCM under a key of the node, bound to the client and the secret.

They are sealed and not hashed because `client_secret_jwt` needs the secret itself to check a signature.
"""

import os
from collections.abc import Callable
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tasuki.persons.errors import SecretDamaged

_NONCE_BYTES: Final = 12


class SecretCipher:
    """Seals and opens secrets. `derive` gives the node's key for a purpose."""

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        """Take the node's keys."""
        self._cipher = AESGCM(derive("api-client/seal/1"))

    def seal(self, client_id: str, secret_id: UUID, secret: str) -> bytes:
        """Encrypt a secret so that it opens for this client only."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), _bound_to(client_id, secret_id))

    def open(self, client_id: str, secret_id: UUID, sealed: bytes) -> str:
        """Decrypt a secret.

        :raises SecretDamaged: when it was altered or moved here from another client.
        """
        try:
            nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, content, _bound_to(client_id, secret_id)).decode()
        except InvalidTag as error:
            raise SecretDamaged(SecretDamaged.__doc__) from error


def _bound_to(client_id: str, secret_id: UUID) -> bytes:
    return f"{client_id}/{secret_id}".encode()
