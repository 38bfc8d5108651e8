"""The form of a signature, put together by hand from the standards: a party of another make must come to the same."""

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasuki.protocol.signing import SignatureInvalid, claimed_signer, sign, verify

CONTENT = '{"items":["検診"]}'.encode()
HEADER = {"alg": "EdDSA", "b64": False, "crit": ["b64"], "kid": "town-a"}


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _input(protected: str, content: bytes) -> bytes:
    """Put together what RFC 7797 signs: the protected header, a full stop, and the payload as it is."""
    digest = b64encode(sha256(content).digest()).decode()
    return f"{protected}.sha-256=:{digest}:".encode()


def test_a_signature_is_one_of_the_digest_as_content_digest_writes_it() -> None:
    key = Ed25519PrivateKey.generate()
    protected, detached, signature = sign(CONTENT, key, "town-a").split(".")
    assert detached == ""
    assert json.loads(_decoded(protected)) == HEADER
    key.public_key().verify(_decoded(signature), _input(protected, CONTENT))


def test_a_signature_made_by_the_standards_alone_is_good() -> None:
    key = Ed25519PrivateKey.generate()
    protected = _encoded(json.dumps(HEADER).encode())
    signature = f"{protected}..{_encoded(key.sign(_input(protected, CONTENT)))}"
    assert claimed_signer(signature) == "town-a"
    verify(CONTENT, signature, key.public_key())


def test_a_signature_over_the_bytes_themselves_or_over_others_is_none() -> None:
    key = Ed25519PrivateKey.generate()
    protected = _encoded(json.dumps(HEADER).encode())
    over_bytes = f"{protected}..{_encoded(key.sign(protected.encode() + b'.' + CONTENT))}"
    with pytest.raises(SignatureInvalid):
        verify(CONTENT, over_bytes, key.public_key())
    with pytest.raises(SignatureInvalid):
        verify(CONTENT + b" ", sign(CONTENT, key, "town-a"), key.public_key())
    with pytest.raises(SignatureInvalid):
        verify(CONTENT, sign(CONTENT, key, "town-a"), Ed25519PrivateKey.generate().public_key())
