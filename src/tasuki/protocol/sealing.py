"""Content only one node can read, carried by another (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM)."""

import base64
from collections.abc import Sequence

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

#: What provider codes in a permit are sealed for; content sealed for one purpose cannot be opened for another.
PERMIT_CODES = "tasuki permit provider codes"
_SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class NotForUs(Exception):
    """The sealed content was made for another node, for another purpose, or was altered."""


def seal_list(values: Sequence[str], key: X25519PublicKey, purpose: str) -> str:
    """Return the values sealed for the holder of the key, in base64."""
    return base64.b64encode(_SUITE.encrypt(orjson.dumps(list(values)), key, purpose.encode())).decode()


def open_list(sealed: str, key: X25519PrivateKey, purpose: str) -> list[str]:
    """Return the values.

    :raises NotForUs: when the key or the purpose is another, or a byte was altered.
    """
    try:
        opened: list[str] = orjson.loads(_SUITE.decrypt(base64.b64decode(sealed), key, purpose.encode()))
    except (InvalidTag, ValueError) as error:
        raise NotForUs("sealed for another node, or altered") from error
    return opened
