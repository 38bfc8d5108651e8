"""Secrets of API clients at rest: sealed under a key of the node, bound to the client and the secret.

They are sealed and not hashed because `client_secret_jwt` needs the secret itself to check a signature.
"""

from collections.abc import Callable
from uuid import UUID

from tasuki.persons.errors import SealBroken, SecretDamaged
from tasuki.persons.sealing import Sealer


class SecretCipher:
    """Seals and opens secrets. `derive` gives the node's key for a purpose."""

    def __init__(self, derive: Callable[[str], bytes]) -> None:
        """Take the node's keys."""
        self._sealer = Sealer(derive("api-client/seal/1"))

    def seal(self, client_id: str, secret_id: UUID, secret: str) -> bytes:
        """Encrypt a secret so that it opens for this client only."""
        return self._sealer.seal(secret.encode(), bound_to=f"{client_id}/{secret_id}")

    def open(self, client_id: str, secret_id: UUID, sealed: bytes) -> str:
        """Decrypt a secret.

        :raises SecretDamaged: when it was altered or moved here from another client.
        """
        try:
            return self._sealer.open(sealed, bound_to=f"{client_id}/{secret_id}").decode()
        except SealBroken as error:
            raise SecretDamaged(SecretDamaged.__doc__) from error
