"""Checkpoints as signed notes: the text, its Ed25519 signature, and reading both back strictly. Pure.

The form is that of C2SP tlog-checkpoint and signed-note, so that other tools can read it: origin, size, root and our
two extension lines; an empty line; one signature line.
"""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from re import compile as compile_pattern

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tasuki.evidence.errors import MalformedCheckpointError
from tasuki.evidence.leaves import check_aware, format_instant
from tasuki.evidence.merkle import HASH_BYTES
from tasuki.evidence.types import Checkpoint

ORIGIN_PATTERN = r"[a-z0-9][a-z0-9./-]{0,99}"
# Longer than any checkpoint can be: what is longer is not read at all.
MAX_NOTE_CHARACTERS = 1_024
_KEY_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_SIZE = r"(?:0|[1-9][0-9]{0,17})"
_NOTE = compile_pattern(
    rf"(?P<text>(?P<origin>{ORIGIN_PATTERN})\n(?P<size>{_SIZE})\n(?P<root>[0-9A-Za-z+/]{{43}}=)\n"
    rf"signed_at (?P<signed_at>{_INSTANT})\nprevious (?P<previous>{_SIZE})\n)\n"
    r"— (?P<name>[^ \n]+) (?P<signature>[0-9A-Za-z+/]{91}=)\n"
)
_ORIGIN = compile_pattern(ORIGIN_PATTERN)


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """Give the 32 bytes of a public key."""
    return key.public_bytes_raw()


def key_id(origin: str, key: Ed25519PublicKey) -> bytes:
    """Give the four bytes that name a key in a signature line (signed-note, type 1 = Ed25519)."""
    return sha256(origin.encode() + b"\n\x01" + public_bytes(key)).digest()[:_KEY_ID_BYTES]


def checkpoint_text(*, origin: str, tree_size: int, root: bytes, signed_at: datetime, previous_size: int) -> str:
    """Write the lines that are signed."""
    return (
        f"{origin}\n{tree_size}\n{b64encode(root).decode()}\n"
        f"signed_at {format_instant(signed_at)}\nprevious {previous_size}\n"
    )


def sign_checkpoint(
    *, key: Ed25519PrivateKey, origin: str, tree_size: int, root: bytes, signed_at: datetime, previous_size: int
) -> Checkpoint:
    """State the root of a tree and sign it.

    :raises MalformedCheckpointError: when the origin cannot stand in a checkpoint.
    """
    if _ORIGIN.fullmatch(origin) is None:
        raise MalformedCheckpointError(f"{origin!r} cannot name a log.")
    check_aware(signed_at)
    text = checkpoint_text(
        origin=origin, tree_size=tree_size, root=root, signed_at=signed_at, previous_size=previous_size
    )
    signature = key.sign(text.encode())
    line = b64encode(key_id(origin, key.public_key()) + signature).decode()
    return Checkpoint(
        origin=origin,
        tree_size=tree_size,
        root=root,
        signed_at=signed_at,
        previous_size=previous_size,
        signature=signature,
        note=f"{text}\n— {origin} {line}\n",
    )


def read_checkpoint(note: str) -> Checkpoint:
    """Read a signed note, refusing every form that the log itself would not have written.

    The signature is not checked here: see `is_signed_by`.

    :raises MalformedCheckpointError: when the note is not in canonical form.
    """
    found = _NOTE.fullmatch(note) if len(note) <= MAX_NOTE_CHARACTERS else None
    if found is None or found["name"] != found["origin"]:
        raise MalformedCheckpointError("The text has not the lines of a checkpoint.")
    root = _decode(found["root"], HASH_BYTES)
    signature = _decode(found["signature"], _KEY_ID_BYTES + _SIGNATURE_BYTES)[_KEY_ID_BYTES:]
    tree_size, previous_size = int(found["size"]), int(found["previous"])
    if previous_size >= tree_size:
        raise MalformedCheckpointError("A checkpoint must be larger than the one before it.")
    try:
        signed_at = datetime.strptime(found["signed_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedCheckpointError("The time of the checkpoint does not exist.") from error
    return Checkpoint(
        origin=found["origin"],
        tree_size=tree_size,
        root=root,
        signed_at=signed_at,
        previous_size=previous_size,
        signature=signature,
        note=note,
    )


def is_signed_by(checkpoint: Checkpoint, key: Ed25519PublicKey) -> bool:
    """Tell whether this key signed exactly this checkpoint under its origin's name."""
    text, _, line = checkpoint.note.partition("\n\n")
    stated = b64decode(line.rsplit(" ", 1)[-1])
    if stated != key_id(checkpoint.origin, key) + checkpoint.signature:
        return False
    try:
        key.verify(checkpoint.signature, f"{text}\n".encode())
    except InvalidSignature:
        return False
    return True


def _decode(text: str, length: int) -> bytes:
    """Decode text of the base64 alphabet whose unused bits are zero, so that the bytes have no second spelling."""
    decoded = b64decode(text, validate=True)
    if len(decoded) != length or b64encode(decoded).decode() != text:
        raise MalformedCheckpointError("A line of the checkpoint is not canonical base64.")
    return decoded
