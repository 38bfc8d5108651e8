"""What is written about exports, each act with its record: nothing is given before it is on record."""

import datetime as dt
from hashlib import sha256
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.media import queries
from tasuki.media.catalogue import downloads
from tasuki.media.types import Archive, DecisionOutcome, Export, ExportState, Settlement, Wish
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: So often one archive may be taken: a transfer may fail, and a copy for everybody may not be made.
MOST_TAKEN = 3


@transaction.atomic
def request_export(*, wish: Wish, by: Actor, at: dt.datetime) -> UUID:
    """Keep what somebody asks to take out; somebody else decides."""
    export_id = uuid4()
    values = [
        export_id, wish.kind, wish.call, wish.about, wish.purpose, wish.recipient, wish.medium.value, wish.serial,
        wish.expires_at, wish.return_by, at, str(by),
    ]  # fmt: skip
    run(
        "INSERT INTO media_export (export_id, kind, call, about, purpose, recipient, medium, serial, expires_at,"
        " return_by, requested_at, requested_by, decision_reason, file_name, size, sha256, taken, settlement_note)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', 0, '', 0, '')",
        values,
    )
    body = {
        "export_id": str(export_id),
        "kind": wish.kind,
        "purpose": wish.purpose,
        "recipient": wish.recipient,
        "medium": wish.medium.value,
        "serial": wish.serial,
        "expires_at": wish.expires_at.astimezone(dt.UTC).isoformat(),
        "return_by": wish.return_by.isoformat(),
        "by": str(by),
    }
    append(kind=EntryKind.EXPORT_REQUESTED, body=body, at=at)
    return export_id


@transaction.atomic
def withdraw_export(*, export_id: UUID, by: Actor, at: dt.datetime) -> bool:
    """Take a request back that nobody decided; only its requester may. Return False when there is nothing to take."""
    done = run(
        "UPDATE media_export SET withdrawn_at = %s WHERE export_id = %s AND requested_by = %s"
        " AND decided_at IS NULL AND withdrawn_at IS NULL",
        [at, export_id, str(by)],
    )
    if done:
        append(kind=EntryKind.EXPORT_WITHDRAWN, body={"export_id": str(export_id), "by": str(by)}, at=at)
    return bool(done)


@transaction.atomic
def decide_export(*, export_id: UUID, approves: bool, reason: str, by: Actor, at: dt.datetime) -> DecisionOutcome:
    """Approve a request of somebody else, or refuse it with a reason."""
    found = _locked(export_id)
    if found is None or found.state(at, civil_date(at)) is not ExportState.REQUESTED:
        return DecisionOutcome.NOT_WAITING
    if found.requested_by == str(by):
        return DecisionOutcome.SAME_PERSON
    run(
        "UPDATE media_export SET decided_at = %s, decided_by = %s, is_approved = %s, decision_reason = %s"
        " WHERE export_id = %s",
        [at, str(by), approves, reason, export_id],
    )
    body = {
        "export_id": str(export_id),
        "approved": approves,
        "reason": reason,
        "requested_by": found.requested_by,
        "by": str(by),
    }
    append(kind=EntryKind.EXPORT_DECIDED, body=body, at=at)
    return DecisionOutcome.DECIDED


@transaction.atomic
def keep_archive(*, export_id: UUID, archive: Archive, by: Actor, at: dt.datetime) -> bool:
    """Keep an approved export's archive until its time is over; one made before gives way. The password is not kept.

    Only its requester may; return False when it may not be made.
    """
    found = _locked(export_id)
    may_be = (ExportState.APPROVED, ExportState.MADE)
    if found is None or found.requested_by != str(by) or found.state(at, civil_date(at)) not in may_be:
        return False
    digest = sha256(archive.content).hexdigest()
    run(
        "UPDATE media_export SET made_at = %s, file_name = %s, content = %s, size = %s, sha256 = %s"
        " WHERE export_id = %s",
        [at, archive.file_name, archive.content, len(archive.content), digest, export_id],
    )
    body = {"export_id": str(export_id), "sha256": digest, "size": len(archive.content), "by": str(by)}
    append(kind=EntryKind.EXPORT_MADE, body=body, at=at)
    return True


@transaction.atomic
def take_archive(*, export_id: UUID, by: Actor, at: dt.datetime) -> tuple[str, bytes] | None:
    """Give an archive to its requester within its time, counted and recorded; None where it may not be had."""
    found = _locked(export_id)
    may_be = (ExportState.MADE, ExportState.OUT)
    is_theirs = found is not None and found.requested_by == str(by)
    if found is None or not is_theirs or found.made_at is None or found.erased_at is not None:
        return None
    if at >= found.expires_at or found.taken >= MOST_TAKEN or found.state(at, civil_date(at)) not in may_be:
        return None
    [row] = rows(
        "UPDATE media_export SET taken = taken + 1, taken_at = coalesce(taken_at, %s) WHERE export_id = %s"
        " RETURNING taken, file_name, content",
        [at, export_id],
    )
    body = {"export_id": str(export_id), "copy": row["taken"], "sha256": found.sha256, "by": str(by)}
    append(kind=EntryKind.EXPORT_TAKEN, body=body, at=at)
    return row["file_name"], bytes(row["content"])


@transaction.atomic
def settle_export(*, export_id: UUID, settlement: Settlement, note: str, by: Actor, at: dt.datetime) -> DecisionOutcome:
    """Confirm that the copies of an export came back or were destroyed; somebody else than its requester does.

    The archive goes with them.
    """
    found = _locked(export_id)
    if found is None or not found.taken or found.settled_at is not None:
        return DecisionOutcome.NOT_WAITING
    if found.requested_by == str(by):
        return DecisionOutcome.SAME_PERSON
    run(
        "UPDATE media_export SET settled_at = %s, settled_by = %s, settlement = %s, settlement_note = %s,"
        " content = NULL, erased_at = coalesce(erased_at, %s) WHERE export_id = %s",
        [at, str(by), settlement.value, note, at, export_id],
    )
    body = {"export_id": str(export_id), "settlement": settlement.value, "note": note, "by": str(by)}
    append(kind=EntryKind.EXPORT_SETTLED, body=body, at=at)
    return DecisionOutcome.DECIDED


@transaction.atomic
def erase_expired(*, by: Actor, at: dt.datetime) -> int:
    """Delete the archives whose time is over, with one record for all of them; return how many."""
    gone = rows(
        "UPDATE media_export SET content = NULL, erased_at = %s WHERE content IS NOT NULL AND expires_at <= %s"
        " RETURNING export_id, sha256",
        [at, at],
    )
    if gone:
        erased = [{"export_id": str(row["export_id"]), "sha256": row["sha256"]} for row in gone]
        append(kind=EntryKind.EXPORTS_ERASED, body={"erased": erased, "by": str(by)}, at=at)
    return len(gone)


@transaction.atomic
def record_office_copy(*, kind: str, by: Actor, at: dt.datetime) -> None:
    """Record, before it is given, that a file was taken for use in the office, and what for."""
    found = downloads()[kind]
    purpose = found.purpose[0] if found.purpose is not None else found.why[0]
    append(kind=EntryKind.OFFICE_COPY_TAKEN, body={"kind": kind, "purpose": purpose, "by": str(by)}, at=at)


def _locked(export_id: UUID) -> Export | None:
    run("SELECT FROM media_export WHERE export_id = %s FOR UPDATE", [export_id])
    return queries.export(export_id)
