"""Small exports and witness files, written by hand so that the verifier is tested against the documented form."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasuki.evidence.checkpoints import sign_checkpoint
from tasuki.evidence.leaves import encode_body, encode_leaf, format_instant
from tasuki.evidence.merkle import CompactRange, leaf_hash
from tasuki.evidence.verifier import Report, verify_export

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = KEY.public_key().public_bytes_raw()
ORIGIN = "tasuki/gateway-east"
AT = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)


def leaf(number: int) -> bytes:
    """Write the bytes of a fictitious record."""
    return encode_leaf(
        kind="inquiry_sent",
        transaction_number=None if number % 3 == 0 else f"0198-{number:04d}",
        recorded_at=format_instant(AT + timedelta(seconds=number)),
        body=encode_body({"items": ["TM00000000000090"], "provider": "符号", "n": number}),
    )


def dump(value: object) -> bytes:
    """Write one canonical line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def header(file_format: str, count_key: str, count: int, *, key: bytes = PUBLIC_KEY, origin: str = ORIGIN) -> bytes:
    """Write the first line of an export or of a witness file."""
    return dump({"format": file_format, "origin": origin, "public_key": b64encode(key).decode(), count_key: count})


def export_lines(
    leaves: list[bytes],
    sizes: list[int],
    *,
    key: Ed25519PrivateKey = KEY,
    origin: str = ORIGIN,
) -> list[bytes]:
    """Write an export whose checkpoints stand at these sizes; the last size is its length."""
    public_key = key.public_key().public_bytes_raw()
    lines = [header("tasuki-evidence/1", "tree_size", sizes[-1] if sizes else 0, key=public_key, origin=origin)]
    tree = CompactRange()
    for size in sizes:
        previous = tree.size
        for index in range(previous, size):
            hashed = leaf_hash(leaves[index])
            tree.extend([hashed])
            lines.append(b'{"leaf":%d,"hash":"%b","entry":%b}' % (index, hashed.hex().encode(), leaves[index]))
        checkpoint = sign_checkpoint(
            key=key,
            origin=origin,
            tree_size=size,
            root=tree.root(),
            signed_at=AT + timedelta(hours=size),
            previous_size=previous,
        )
        lines.append(dump({"checkpoint": checkpoint.note}))
    return lines


def witness_lines(export: list[bytes], *places: int) -> list[bytes]:
    """Write what another party holds: the checkpoints at these places among those of the export."""
    notes = [line for line in export if line.startswith(b'{"checkpoint"')]
    chosen = [notes[place] for place in places]
    return [header("tasuki-witness/1", "checkpoints", len(chosen)), *chosen]


def joined(lines: list[bytes]) -> bytes:
    """End every line."""
    return b"".join(line + b"\n" for line in lines)


def verify(folder: Path, export: bytes, *witnesses: bytes, public_key: bytes | None = None) -> Report:
    """Write the files and verify them."""
    path = folder / "export.jsonl"
    path.write_bytes(export)
    files = []
    for number, content in enumerate(witnesses):
        file = folder / f"witness-{number}.jsonl"
        file.write_bytes(content)
        files.append(file)
    return verify_export(path, files, public_key=public_key)
