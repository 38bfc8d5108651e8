"""Reads of senders, their mappings, and drafts of them."""

from uuid import UUID

import orjson

from tasuki.nodes.sql import Row, rows
from tasuki.screening.import_types import MappingDraft, MappingVersion, Sender, SenderKind, SenderMapping

_SENDER = """
SELECT s.sender_id, s.name, s.kind, s.drop_folder, s.commits_unattended,
  (SELECT count(*) FROM screening_mapping m WHERE m.sender_id = s.sender_id AND m.retired_at IS NULL) AS mappings
FROM screening_sender s
"""
_MAPPING = """
SELECT m.mapping_id, m.sender_id, s.name AS sender_name, m.programme, m.name, m.version, v.content, v.saved_at,
  v.saved_by, m.retired_at
FROM screening_mapping m JOIN screening_sender s USING (sender_id)
JOIN screening_mapping_version v USING (mapping_id, version)
"""


def senders() -> list[Sender]:
    """Return every sender by name."""
    return [_sender(row) for row in rows(f"{_SENDER} ORDER BY s.name")]


def sender(sender_id: UUID) -> Sender | None:
    """Return a sender."""
    found = rows(f"{_SENDER} WHERE s.sender_id = %s", [sender_id])
    return _sender(found[0]) if found else None


def sender_named(name: str) -> Sender | None:
    """Return the sender of a name."""
    found = rows(f"{_SENDER} WHERE s.name = %s", [name])
    return _sender(found[0]) if found else None


def mappings(sender_id: UUID | None = None, *, retired: bool = False) -> list[SenderMapping]:
    """Return mappings by sender and programme, of one sender or of all; those no longer in use only when asked for."""
    found = rows(
        f"{_MAPPING} WHERE (%s::uuid IS NULL OR m.sender_id = %s) AND (%s OR m.retired_at IS NULL)"
        " ORDER BY s.name, m.programme, m.name",
        [sender_id, sender_id, retired],
    )
    return [SenderMapping(**row) for row in found]


def mapping(mapping_id: UUID) -> SenderMapping | None:
    """Return a mapping at the version that counts."""
    found = rows(f"{_MAPPING} WHERE m.mapping_id = %s", [mapping_id])
    return SenderMapping(**found[0]) if found else None


def versions(mapping_id: UUID) -> list[MappingVersion]:
    """Return every version of a mapping, newest first."""
    found = rows(
        "SELECT mapping_id, version, content, reason, saved_at, saved_by FROM screening_mapping_version"
        " WHERE mapping_id = %s ORDER BY version DESC",
        [mapping_id],
    )
    return [MappingVersion(**row) for row in found]


def version(mapping_id: UUID, number: int) -> MappingVersion | None:
    """Return one version of a mapping."""
    return next((one for one in versions(mapping_id) if one.version == number), None)


def draft(draft_id: UUID) -> MappingDraft | None:
    """Return a mapping that is being made."""
    found = rows(
        "SELECT d.draft_id, d.sender_id, s.name AS sender_name, d.mapping_id, d.content, d.sample_name, d.started_by"
        " FROM screening_mapping_draft d JOIN screening_sender s USING (sender_id) WHERE d.draft_id = %s",
        [draft_id],
    )
    # Django's cursors leave jsonb as text, so that its own fields can choose a decoder.
    return MappingDraft(**found[0] | {"content": orjson.loads(found[0]["content"])}) if found else None


def _sender(row: Row) -> Sender:
    return Sender(**row | {"kind": SenderKind(row["kind"])})
