"""Contractors' certificates of deletion: received by one member of staff, inspected by another (特記事項12)."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.contractors.models import DeletionCertificate, FirmRecord, Work
from tasuki.contractors.types import CertificateReceived, Problem
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor


@transaction.atomic
def receive_certificate(*, received: CertificateReceived, by: Actor, at: dt.datetime) -> UUID | Problem:
    """Keep that a certificate came in; it counts once somebody else has looked at it."""
    if not FirmRecord.objects.filter(firm_id=received.firm).exists():
        return Problem.NOT_NOW
    if received.work and not Work.objects.filter(work_id=received.work, firm_id=received.firm).exists():
        return Problem.NOT_THEIR_WORK
    certificate_id = uuid4()
    body = {
        "certificate": str(certificate_id), "firm": str(received.firm),
        "work": None if received.work is None else str(received.work), "document": received.document,
        "deleted_on": received.deleted_on.isoformat(), "by": str(by),
    }  # fmt: skip
    append(kind=EntryKind.DELETION_CERTIFIED, body=body, at=at)
    DeletionCertificate.objects.create(
        certificate_id=certificate_id, firm_id=received.firm, work_id=received.work, what=received.what,
        method=received.method, deleted_on=received.deleted_on, document=received.document, received_at=at,
        received_by=str(by),
    )  # fmt: skip
    return certificate_id


@transaction.atomic
def inspect_certificate(
    *, certificate_id: UUID, is_accepted: bool, note: str, by: Actor, at: dt.datetime
) -> Problem | None:
    """Accept a certificate somebody else received, or send it back, with what was looked at."""
    found = DeletionCertificate.objects.select_for_update().filter(certificate_id=certificate_id).first()
    if found is None or found.inspected_at is not None:
        return Problem.NOT_NOW
    if found.received_by == str(by):
        return Problem.SAME_PERSON
    body = {
        "certificate": str(certificate_id),
        "accepted": is_accepted,
        "received_by": found.received_by,
        "by": str(by),
    }
    append(kind=EntryKind.DELETION_INSPECTED, body=body, at=at)
    found.inspected_at, found.inspected_by, found.is_accepted, found.note = at, str(by), is_accepted, note
    found.save(update_fields=["inspected_at", "inspected_by", "is_accepted", "note"])
    return None
