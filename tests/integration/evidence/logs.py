"""Fictitious records, committed."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from tasuki.evidence import export, operations
from tasuki.evidence.types import Checkpoint, Entry, EntryKind
from tasuki.evidence.verifier import Report, verify_export
from tasuki.nodes.types import Databases

AT = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ORIGIN = "tasuki/gateway-east"


def append_committed(count: int, *, tag: str = "") -> None:
    """Record some acts in one transaction of their own."""
    entries = [Entry(EntryKind.INQUIRY_SENT, {"n": number, "tag": tag}, f"0198-{number}") for number in range(count)]
    with transaction.atomic():
        operations.append_many(entries=entries, at=AT)


def seal(limit: int = 50_000) -> Checkpoint | None:
    """Seal with the log's key."""
    return operations.seal(key=KEY, origin=ORIGIN, at=AT, limit=limit)


def verify(folder: Path, *witnesses: Path) -> Report:
    """Export the log and verify the export."""
    path = folder / "export.jsonl"
    export.write_export(path, origin=ORIGIN, public_key=KEY.public_key())
    return verify_export(path, witnesses)


def as_owner(urls: Databases, table: str, statement: str) -> None:
    """Alter the log as somebody could who owns the tables and switches the triggers off."""
    with psycopg.connect(urls.owner) as owner:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(statement)
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
