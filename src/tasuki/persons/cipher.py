"""Individual numbers at rest: AES-256-GCM bound to the person, and HMAC-SHA256 under another key to find them.

Keys are exchanged now and then (`tasuki rotate-number-key`). While that goes on some rows stand under the former key
and some under the new one, so whoever looks for a number looks under every key that is alive.
"""

import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tasuki.persons.errors import CustodyDamaged

FIRST_KEY: Final = "1"
_NONCE_BYTES: Final = 12


def _only_the_first() -> Sequence[str]:
    return (FIRST_KEY,)


@dataclass(frozen=True)
class NumberCipher:
    """Seals, opens and finds individual numbers under the keys that were alive when it was made.

    `derive` gives the node's key for a purpose that ends in a key's id; `alive` the ids of the keys in use, the one
    under which is sealed first. Nonces are random: a municipality seals far fewer than 2^32 numbers under one key
    (NIST SP 800-38D).
    """

    derive: Callable[[str], bytes] = field(repr=False)
    alive: Callable[[], Sequence[str]] = field(default=_only_the_first, repr=False)
    _made: dict[str, tuple[AESGCM, bytes]] = field(default_factory=dict, repr=False)

    @cached_property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys that are alive; the first is the one under which is sealed."""
        return tuple(self.alive())

    @property
    def key_id(self) -> str:
        """The key under which is sealed."""
        return self.key_ids[0]

    def now(self) -> "NumberCipher":
        """Return this cipher with the keys that are alive now.

        Ask once the numbering lock is held: no row changes its key and no key comes or goes until it is let go.
        """
        return replace(self)

    def seal(self, unified_person_number: str, individual_number: str) -> bytes:
        """Encrypt a number so that only this person's row can be opened with it."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher, _ = self._key(self.key_id)
        return nonce + cipher.encrypt(nonce, individual_number.encode(), unified_person_number.encode())

    def open(self, unified_person_number: str, sealed: bytes, key_id: str) -> str:
        """Decrypt a number that stands under a key.

        :raises CustodyDamaged: when it was altered or moved here from another person, or its key is lost.
        """
        try:
            cipher, _ = self._key(key_id)
            nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return cipher.decrypt(nonce, content, unified_person_number.encode()).decode()
        except (InvalidTag, ValueError, FileNotFoundError) as error:
            raise CustodyDamaged(CustodyDamaged.__doc__) from error

    def hash(self, individual_number: str) -> bytes:
        """Give the keyed hash under which a number is stored now."""
        return self.hash_under(self.key_id, individual_number)

    def hashes(self, individual_number: str) -> list[bytes]:
        """Give every keyed hash under which a number may stand, the one under which it is stored now first."""
        return [self.hash_under(key_id, individual_number) for key_id in self.key_ids]

    def hash_under(self, key_id: str, individual_number: str) -> bytes:
        """Give the keyed hash of a number under one key."""
        return hmac.digest(self._key(key_id)[1], individual_number.encode(), "sha256")

    def _key(self, key_id: str) -> tuple[AESGCM, bytes]:
        made = self._made.get(key_id)
        if made is None:
            made = self._made[key_id] = (
                AESGCM(self.derive(f"individual-number/seal/{key_id}")),
                self.derive(f"individual-number/find/{key_id}"),
            )
        return made
