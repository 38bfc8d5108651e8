"""Results and their attachments taken out of the town's records; each taking is recorded before anything leaves."""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.fhir import ScreeningDocument, Subject, Writer, write_bundle
from tasuki.screening import attachment_queries, queries
from tasuki.screening.attachment_types import AttachmentDamaged, KeptFile, TakenDocument
from tasuki.screening.errors import AlreadyWithdrawn, NoSuchResult, NotOurResult, SelfDeclared
from tasuki.screening.types import Person, Source, StoredResult
from tasuki.shared.actor import Actor
from tasuki.shared.dates import to_jst

# A record of evidence names so many results; beyond, their number and the digest of all say enough.
_MOST_LISTED = 1000


@transaction.atomic
def export_documents(*, result_ids: Sequence[UUID], writer: Writer, by: Actor, at: dt.datetime) -> list[TakenDocument]:
    """Write results of the town's own as FHIR documents, with every item and attachment, and record that they go.

    :raises NoSuchResult: when one of them does not exist.
    :raises AlreadyWithdrawn: when one no longer stands.
    :raises NotOurResult: when another municipality gave it: a document would name the wrong author.
    :raises SelfDeclared: when the resident declared it.
    """
    found = queries.results(result_ids)
    people = queries.people([one.system_person_number for one in found.values()])
    attached = attachment_queries.contents_of(result_ids)
    taken = []
    for result_id in result_ids:
        if result_id not in found:
            raise NoSuchResult(NoSuchResult.__doc__)
        result = found[result_id]
        _check_may_leave(result)
        person = people.get(result.system_person_number)
        content = write_bundle(_document(result, person, attached.get(result_id, ()), writer, at))
        taken.append(TakenDocument(result_id, content, sha256(content).hexdigest()))
    body = {
        "form": "fhir",
        "results": [str(one.result_id) for one in taken][:_MOST_LISTED],
        "count": len(taken),
        "sha256": sha256("\n".join(one.sha256 for one in taken).encode()).hexdigest(),
        "by": str(by),
    }
    append(kind=EntryKind.EXPORT_TAKEN, body=body, at=at)
    return taken


def _check_may_leave(result: StoredResult) -> None:
    if result.withdrawn_at is not None:
        raise AlreadyWithdrawn(AlreadyWithdrawn.__doc__)
    if result.source is Source.OTHER_MUNICIPALITY:
        raise NotOurResult(NotOurResult.__doc__)
    if result.source is Source.WORKPLACE:
        raise SelfDeclared(SelfDeclared.__doc__)


def _document(
    result: StoredResult, person: Person | None, attached: Sequence[KeptFile], writer: Writer, at: dt.datetime
) -> ScreeningDocument:
    subject = Subject(person_number=result.system_person_number)
    if person is not None:
        subject = Subject(
            person_number=person.system_person_number,
            name=person.name,
            kana_name=person.kana_name,
            birth_date=person.birth_date.isoformat(),
            sex=person.sex,
            postal_code=person.postal_code,
            address=person.address,
        )
    return ScreeningDocument(
        document_id=result.result_id,
        record=result.record,
        fee_class=result.fee_class,
        subject=subject,
        writer=writer,
        written_at=to_jst(at),
        attachments=tuple(one.as_attachment() for one in attached),
    )


@transaction.atomic
def take_attachment(*, attachment_id: UUID, result_id: UUID, by: Actor, at: dt.datetime) -> KeptFile | None:
    """Give an attachment of a result as it came, and record that it was taken; None where there is none.

    :raises AttachmentDamaged: when it is not what came.
    """
    kept = attachment_queries.content(attachment_id, result_id)
    if kept is None:
        return None
    if sha256(kept.content).hexdigest() != kept.sha256:
        raise AttachmentDamaged(AttachmentDamaged.__doc__)
    body = {"result_id": str(result_id), "attachment_id": str(attachment_id), "sha256": kept.sha256, "by": str(by)}
    append(kind=EntryKind.EXPORT_TAKEN, body=body, at=at)
    return kept
