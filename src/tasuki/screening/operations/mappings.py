"""Senders and their mappings: every saving is a version, and none is ever lost."""

import datetime as dt
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID, uuid4

import orjson
from django.db import IntegrityError, transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.screening import mapping_queries
from tasuki.screening.errors import NoSuchDraft, NoSuchMapping, NoSuchSender
from tasuki.screening.import_types import MappingDraft, NameTaken, Sender, SenderKind, SenderMapping
from tasuki.screening.mapping import read_mapping
from tasuki.shared.actor import Actor


@transaction.atomic
def add_sender(*, name: str, kind: SenderKind, by: Actor, at: dt.datetime) -> Sender | NameTaken:
    """Enter a new sender."""
    sender_id = uuid4()
    try:
        with transaction.atomic():
            run(
                "INSERT INTO screening_sender (sender_id, name, kind, drop_folder, commits_unattended, created_at,"
                " created_by, changed_at, changed_by) VALUES (%s, %s, %s, '', FALSE, %s, %s, %s, %s)",
                [sender_id, name, kind.value, at, str(by), at, str(by)],
            )
    except IntegrityError:
        return NameTaken(name)
    _record_sender(sender_id, "added", by, at)
    return _sender(sender_id)


@transaction.atomic
def change_sender(
    *,
    sender_id: UUID,
    name: str,
    kind: SenderKind,
    drop_folder: str,
    commits_unattended: bool,
    by: Actor,
    at: dt.datetime,
) -> Sender | NameTaken:
    """Change what a sender is called, and whether files in a folder of theirs are imported unattended.

    :raises NoSuchSender: when there is none.
    """
    try:
        with transaction.atomic():
            touched = run(
                "UPDATE screening_sender SET name = %s, kind = %s, drop_folder = %s, commits_unattended = %s,"
                " changed_at = %s, changed_by = %s WHERE sender_id = %s",
                [name, kind.value, drop_folder, commits_unattended, at, str(by), sender_id],
            )
    except IntegrityError:
        return NameTaken(drop_folder or name)
    if not touched:
        raise NoSuchSender(NoSuchSender.__doc__)
    _record_sender(sender_id, "unattended" if commits_unattended else "attended", by, at)
    return _sender(sender_id)


@transaction.atomic
def save_mapping(
    *, sender_id: UUID, mapping_id: UUID | None, text: str, reason: str, by: Actor, at: dt.datetime
) -> SenderMapping | NameTaken:
    """Save a mapping: a new one, or the next version of one there is. What already stands so is not saved again.

    :raises MappingError: when the text is no sound mapping.
    :raises NoSuchSender: when there is no such sender.
    :raises NoSuchMapping: when the sender has no such mapping.
    """
    content = read_mapping(text, "mapping")
    _sender(sender_id)
    run("SELECT FROM screening_sender WHERE sender_id = %s FOR UPDATE", [sender_id])
    found = None if mapping_id is None else mapping_queries.mapping(mapping_id)
    if mapping_id is not None and (found is None or found.sender_id != sender_id):
        raise NoSuchMapping(NoSuchMapping.__doc__)
    if found is not None and found.content == text and found.retired_at is None:
        return found
    number, version = (uuid4(), 1) if found is None else (found.mapping_id, found.version + 1)
    try:
        with transaction.atomic():
            run(
                "INSERT INTO screening_mapping AS m (mapping_id, sender_id, programme, name, version)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (mapping_id) DO UPDATE SET programme = EXCLUDED.programme,"
                " name = EXCLUDED.name, version = EXCLUDED.version, retired_at = NULL, retired_by = NULL",
                [number, sender_id, content.programme.value, content.name, version],
            )
    except IntegrityError:
        return NameTaken(content.name)
    run(
        "INSERT INTO screening_mapping_version (mapping_id, version, content, reason, saved_at, saved_by)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [number, version, text, reason, at, str(by)],
    )
    _record_mapping(number, version, text, by, at)
    return _mapping(number)


@transaction.atomic
def restore_mapping(*, mapping_id: UUID, version: int, reason: str, by: Actor, at: dt.datetime) -> SenderMapping:
    """Let an older version of a mapping count again, as its newest; those in between stay readable.

    :raises NoSuchMapping: when there is no such mapping or version.
    """
    run("SELECT FROM screening_mapping WHERE mapping_id = %s FOR UPDATE", [mapping_id])
    found = _mapping(mapping_id)
    older = mapping_queries.version(mapping_id, version)
    if older is None:
        raise NoSuchMapping(NoSuchMapping.__doc__)
    content = read_mapping(older.content, "mapping")
    run(
        "UPDATE screening_mapping SET version = %s, programme = %s, retired_at = NULL, retired_by = NULL"
        " WHERE mapping_id = %s",
        [found.version + 1, content.programme.value, mapping_id],
    )
    run(
        "INSERT INTO screening_mapping_version (mapping_id, version, content, reason, saved_at, saved_by)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [mapping_id, found.version + 1, older.content, reason, at, str(by)],
    )
    _record_mapping(mapping_id, found.version + 1, older.content, by, at)
    return _mapping(mapping_id)


@transaction.atomic
def retire_mapping(*, mapping_id: UUID, by: Actor, at: dt.datetime) -> SenderMapping:
    """Offer a mapping for imports no longer; it stays readable, and saving or restoring it brings it back.

    :raises NoSuchMapping: when there is no such mapping.
    """
    found = _mapping(mapping_id)
    run(
        "UPDATE screening_mapping SET retired_at = coalesce(retired_at, %s), retired_by = coalesce(retired_by, %s)"
        " WHERE mapping_id = %s",
        [at, str(by), mapping_id],
    )
    _record_mapping(mapping_id, found.version, found.content, by, at, act="retired")
    return _mapping(mapping_id)


@transaction.atomic
def start_draft(
    *,
    draft_id: UUID,
    sender_id: UUID,
    mapping_id: UUID | None,
    content: Mapping[str, object],
    sample_name: str,
    by: Actor,
    at: dt.datetime,
) -> MappingDraft:
    """Begin a mapping over a sample, or another version of one.

    No record of evidence: nothing counts before the draft is saved.

    :raises NoSuchSender: when there is no such sender.
    """
    _sender(sender_id)
    run(
        "INSERT INTO screening_mapping_draft (draft_id, sender_id, mapping_id, content, sample_name, started_at,"
        " started_by, changed_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [draft_id, sender_id, mapping_id, orjson.dumps(content).decode(), sample_name, at, str(by), at],
    )
    return _draft(draft_id)


@transaction.atomic
def change_draft(*, draft_id: UUID, content: Mapping[str, object], by: Actor, at: dt.datetime) -> MappingDraft:
    """Keep how far a draft has come.

    :raises NoSuchDraft: when it was saved or thrown away.
    """
    del by
    run(
        "UPDATE screening_mapping_draft SET content = %s, changed_at = %s WHERE draft_id = %s",
        [orjson.dumps(content).decode(), at, draft_id],
    )
    return _draft(draft_id)


@transaction.atomic
def end_draft(*, draft_id: UUID, by: Actor, at: dt.datetime) -> bool:
    """Throw a draft away, once it is saved or no longer wanted, and say whether it was there."""
    del by, at
    return run("DELETE FROM screening_mapping_draft WHERE draft_id = %s", [draft_id]) > 0


@transaction.atomic
def forget_drafts(*, before: dt.datetime, by: Actor, at: dt.datetime) -> list[UUID]:
    """Throw drafts away that nobody went on with, and give which, so that their samples can go too."""
    del by, at
    found = rows("DELETE FROM screening_mapping_draft WHERE changed_at < %s RETURNING draft_id", [before])
    return [row["draft_id"] for row in found]


def _sender(sender_id: UUID) -> Sender:
    found = mapping_queries.sender(sender_id)
    if found is None:
        raise NoSuchSender(NoSuchSender.__doc__)
    return found


def _mapping(mapping_id: UUID) -> SenderMapping:
    found = mapping_queries.mapping(mapping_id)
    if found is None:
        raise NoSuchMapping(NoSuchMapping.__doc__)
    return found


def _draft(draft_id: UUID) -> MappingDraft:
    found = mapping_queries.draft(draft_id)
    if found is None:
        raise NoSuchDraft(NoSuchDraft.__doc__)
    return found


def _record_sender(sender_id: UUID, act: str, by: Actor, at: dt.datetime) -> None:
    append(kind=EntryKind.SENDER_CHANGED, body={"sender_id": str(sender_id), "act": act, "by": str(by)}, at=at)


def _record_mapping(
    mapping_id: UUID, version: int, text: str, by: Actor, at: dt.datetime, *, act: str = "saved"
) -> None:
    digest = sha256(text.encode()).hexdigest()
    append(
        kind=EntryKind.MAPPING_SAVED,
        body={"mapping_id": str(mapping_id), "version": version, "act": act, "sha256": digest, "by": str(by)},
        at=at,
    )
