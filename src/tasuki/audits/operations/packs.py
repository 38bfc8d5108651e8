"""Evidence packs for an inspection: asked for as long work, made, and on record before anybody has them."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.audits.packs.types import PackAsked
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor
from tasuki.work import operations as work

KIND = "inspection_pack"
_MEDIA_TYPE = "application/zip"


@transaction.atomic
def ask_pack(*, asked: PackAsked, by: Actor, at: dt.datetime) -> UUID:
    """Keep what somebody wants in a pack, and have it made; return the number of the work."""
    pack_id = uuid4()
    waiting = work.ask(kind=KIND, parameters={"pack_id": str(pack_id)}, by=by, at=at)
    run(
        "INSERT INTO audits_pack (pack_id, work_id, since, until, contents, asked_at, asked_by, size, sha256,"
        " fingerprint) VALUES (%s, %s, %s, %s, %s, %s, %s, 0, '', '')",
        [pack_id, waiting.work_id, asked.since, asked.until, list(asked.contents), at, str(by)],
    )
    body = {
        "pack_id": str(pack_id),
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "contents": list(asked.contents),
        "by": str(by),
    }
    append(kind=EntryKind.PACK_ASKED, body=body, at=at)
    return waiting.work_id


@transaction.atomic
def keep_pack(
    *, pack_id: UUID, work_id: UUID, file_name: str, content: bytes, sha256: str, fingerprint: str, by: Actor,
    at: dt.datetime,
) -> None:  # fmt: skip
    """Keep a pack that was made, with its digest on record, for whoever asked for it."""
    run(
        "UPDATE audits_pack SET made_at = %s, size = %s, sha256 = %s, fingerprint = %s WHERE pack_id = %s",
        [at, len(content), sha256, fingerprint, pack_id],
    )
    body = {"pack_id": str(pack_id), "sha256": sha256, "size": len(content), "by": str(by)}
    append(kind=EntryKind.PACK_MADE, body=body, at=at)
    work.keep_output(work_id=work_id, file_name=file_name, media_type=_MEDIA_TYPE, content=content, by=by, at=at)
