"""Signed checkpoints: written, read back strictly, and checked against the key."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tasuki.evidence.checkpoints import is_signed_by, key_id, read_checkpoint, sign_checkpoint
from tasuki.evidence.errors import InvalidEntryError, MalformedCheckpointError
from tasuki.evidence.types import Checkpoint

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = datetime(2026, 4, 1, 0, 0, tzinfo=timezone(timedelta(hours=9)))


def sign(**change: object) -> Checkpoint:
    given = {
        "key": KEY,
        "origin": "tasuki/gateway-east",
        "tree_size": 300,
        "root": b"\x07" * 32,
        "signed_at": AT,
        "previous_size": 255,
    }
    return sign_checkpoint(**{**given, **change})  # type: ignore[arg-type]  # one dict keeps the variants short


def test_a_checkpoint_is_a_signed_note() -> None:
    lines = sign().note.split("\n")
    assert lines[:6] == [
        "tasuki/gateway-east",
        "300",
        b64encode(b"\x07" * 32).decode(),
        "signed_at 2026-03-31T15:00:00.000000Z",
        "previous 255",
        "",
    ]
    assert lines[6].startswith("— tasuki/gateway-east ")
    assert lines[7:] == [""]


def test_what_was_signed_reads_back_equal() -> None:
    checkpoint = sign(signed_at=AT.astimezone(UTC))
    assert read_checkpoint(checkpoint.note) == checkpoint
    assert is_signed_by(checkpoint, KEY.public_key())


def test_another_key_did_not_sign_it() -> None:
    assert not is_signed_by(sign(), Ed25519PrivateKey.generate().public_key())


def test_the_key_id_and_signature_follow_signed_note() -> None:
    # The example of Go's note package: verifier key, text and signature line.
    verifier_key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, stated_id, encoded = verifier_key.split("+", 2)
    key = Ed25519PublicKey.from_public_bytes(b64decode(encoded)[1:])
    assert key_id(name, key).hex() == stated_id
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    assert b64decode(line)[:4].hex() == stated_id
    key.verify(b64decode(line)[4:], text.encode())


def test_every_altered_byte_of_a_note_is_found() -> None:
    note = sign().note.encode()
    for position in range(len(note)):
        for altered in (note[position] ^ 1, note[position] ^ 0x20, 0x0A):
            mutated = note[:position] + bytes([altered]) + note[position + 1 :]
            if mutated != note:
                assert not reads_as_signed(mutated), (position, mutated)


def reads_as_signed(note: bytes) -> bool:
    try:
        return is_signed_by(read_checkpoint(note.decode()), KEY.public_key())
    except (MalformedCheckpointError, UnicodeDecodeError):
        return False


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n300\n", "\n0300\n"),
        ("\n300\n", "\n-300\n"),
        ("\n300\n", "\n3e2\n"),
        ("\n300\n", "\n" + "9" * 40 + "\n"),
        ("previous 255", "previous 300"),
        ("2026-03-31T15", "2026-02-31T15"),
        ("— tasuki/gateway-east", "— tasuki/gateway-west"),
        ("BwcHBwc=\n", "BwcHBwd=\n"),
        ("tasuki/gateway-east\n300", "Tasuki gateway\n300"),
        ("previous 255\n", "previous 255\nmore\n"),
    ],
)
def test_what_the_log_would_not_write_is_malformed(old: str, new: str) -> None:
    note = sign().note
    assert old in note
    with pytest.raises(MalformedCheckpointError):
        read_checkpoint(note.replace(old, new))


@pytest.mark.parametrize("note", ["", "\n", "x" * 5_000, sign().note * 2, sign().note[:-1], sign().note + "\n"])
def test_other_texts_are_malformed(note: str) -> None:
    with pytest.raises(MalformedCheckpointError):
        read_checkpoint(note)


@pytest.mark.parametrize("origin", ["", "with space", "with+plus", "Upper", "new\nline", "x" * 101])
def test_a_log_needs_a_name_that_fits_a_note(origin: str) -> None:
    with pytest.raises(MalformedCheckpointError):
        sign(origin=origin)


def test_a_naive_time_is_not_signed() -> None:
    with pytest.raises(InvalidEntryError):
        sign(signed_at=datetime(2026, 4, 1))  # noqa: DTZ001 -- the naive time is the case
