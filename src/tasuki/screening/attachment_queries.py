"""Reads of attachments, and of what may leave as FHIR documents."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from tasuki.layouts.types import Programme
from tasuki.nodes.sql import rows
from tasuki.screening.attachment_types import KeptAttachment, KeptFile

_FILE = "attachment_id, result_id, media_type, title, format_code, sha256, content"


def attachments_of(result_id: UUID) -> list[KeptAttachment]:
    """Return what came with a result, in the order of its document."""
    found = rows(
        "SELECT attachment_id, result_id, media_type, title, format_code, size, sha256, received_at"
        " FROM screening_attachment WHERE result_id = %s ORDER BY number",
        [result_id],
    )
    return [KeptAttachment(**row) for row in found]


def contents_of(result_ids: Sequence[UUID]) -> dict[UUID, list[KeptFile]]:
    """Return the attached files of some results, by result."""
    found = rows(
        f"SELECT {_FILE} FROM screening_attachment WHERE result_id = ANY(%s) ORDER BY number",  # noqa: S608 — columns of ours
        [list(result_ids)],
    )
    files: dict[UUID, list[KeptFile]] = {}
    for row in found:
        files.setdefault(row["result_id"], []).append(KeptFile(**row | {"content": bytes(row["content"])}))
    return files


def content(attachment_id: UUID, result_id: UUID) -> KeptFile | None:
    """Return one attached file of a result."""
    found = rows(
        f"SELECT {_FILE} FROM screening_attachment WHERE attachment_id = %s AND result_id = %s",  # noqa: S608 — as above
        [attachment_id, result_id],
    )
    return KeptFile(**found[0] | {"content": bytes(found[0]["content"])}) if found else None


def own_results(
    *, on: date, person: str | None = None, fiscal_year: int | None = None, programme: Programme | None = None
) -> list[tuple[UUID, bool]]:
    """Return the town's own results that stand, each with whether its person is protected (支援措置) on a day."""
    found = rows(
        "SELECT r.result_id, coalesce(screening_is_held(p.system_person_number, p.registered_at) OR"
        " p.protected_from <= %(on)s AND (p.protected_to IS NULL OR p.protected_to > %(on)s), FALSE) AS is_protected"
        " FROM screening_result r LEFT JOIN screening_resident p USING (system_person_number)"
        " WHERE r.source = 'OWN' AND r.withdrawn_at IS NULL"
        " AND (%(person)s::text IS NULL OR r.system_person_number = %(person)s)"
        " AND (%(year)s::int IS NULL OR r.fiscal_year = %(year)s)"
        " AND (%(programme)s::text IS NULL OR r.programme = %(programme)s) ORDER BY r.result_id",
        {"on": on, "person": person, "year": fiscal_year, "programme": programme},
    )
    return [(row["result_id"], row["is_protected"]) for row in found]
