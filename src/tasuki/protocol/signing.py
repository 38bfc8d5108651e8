"""Signatures over whole messages: JWS with EdDSA and a detached, unencoded payload (RFC 7515, RFC 7797, RFC 8037).

The payload is the SHA-256 of the message, written as in a `Content-Digest` field (RFC 9530). Ed25519 itself would go
through a message twice to sign it, with a hash that takes most processors several times as long.
"""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

HEADER = "Tasuki-Signature"
_JWS = jwt.PyJWS(algorithms=["EdDSA"])
_MAX_SIGNATURE = 1024


class SignatureInvalid(Exception):
    """The signature does not belong to this content and key."""


def sign(content: bytes, key: Ed25519PrivateKey, key_name: str) -> str:
    """Return the detached signature `header..signature` of the content."""
    return _JWS.encode(
        _digest(content), key, algorithm="EdDSA", headers={"kid": key_name, "typ": None}, is_payload_detached=True
    )


def claimed_signer(signature: str) -> str:
    """Return the key name a signature claims; nothing is proven by it yet.

    :raises SignatureInvalid: when the signature is not of our form.
    """
    if len(signature) > _MAX_SIGNATURE:
        raise SignatureInvalid("signature too long")
    header, detached, _ = signature.partition("..")
    if not detached:
        raise SignatureInvalid("not a JWS with a detached payload")
    return _signer_in(header)


@lru_cache(maxsize=1024)
def _signer_in(protected: str) -> str:
    """Read the first part of a signature. It is remembered, being the same in all of one signer's."""
    try:
        header = jwt.get_unverified_header(f"{protected}..")
    except (jwt.InvalidTokenError, ValueError) as error:
        raise SignatureInvalid("not a JWS") from error
    name = header.get("kid")
    if not isinstance(name, str) or header.get("alg") != "EdDSA" or header.get("b64") is not False:
        raise SignatureInvalid("not an EdDSA JWS with a detached payload")
    return name


def verify(content: bytes, signature: str, key: Ed25519PublicKey) -> None:
    """Check a detached signature.

    :raises SignatureInvalid: when content, signature or key do not belong together.
    """
    try:
        _JWS.decode(signature, key, algorithms=["EdDSA"], detached_payload=_digest(content))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise SignatureInvalid("signature does not match") from error


def _digest(content: bytes) -> bytes:
    return b"sha-256=:%b:" % b64encode(sha256(content).digest())
