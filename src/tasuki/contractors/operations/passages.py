"""Entries, devices brought in, media and keys lent: begun, and ended when all went out or came back."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.contractors.models import Handler, Passage
from tasuki.contractors.types import PassageAsked, Problem
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor


@transaction.atomic
def begin_passage(*, asked: PassageAsked, by: Actor, at: dt.datetime) -> UUID | Problem:
    """Note that somebody came in, or brought a device, or was lent a medium or a key, and by when it must end."""
    if not Handler.objects.filter(handler_id=asked.handler, ended_on=None).exists():
        return Problem.NO_SUCH_HANDLER
    passage_id = uuid4()
    body = {
        "passage": str(passage_id), "kind": asked.kind.value, "handler": str(asked.handler),
        "work": None if asked.work is None else str(asked.work), "label": asked.label,
        "due_at": asked.due_at.astimezone(dt.UTC).isoformat(), "by": str(by),
    }  # fmt: skip
    append(kind=EntryKind.PASSAGE_BEGUN, body=body, at=at)
    Passage.objects.create(
        passage_id=passage_id, kind=asked.kind.value, handler_id=asked.handler, work_id=asked.work, label=asked.label,
        purpose=asked.purpose, begun_at=at, begun_by=str(by), due_at=asked.due_at,
    )  # fmt: skip
    return passage_id


@transaction.atomic
def end_passage(*, passage_id: UUID, note: str, by: Actor, at: dt.datetime) -> Problem | None:
    """Note that somebody left, or that a device went out, or a medium or key came back, as a member of staff saw."""
    done = Passage.objects.filter(passage_id=passage_id, ended_at=None).update(
        ended_at=at, ended_by=str(by), ended_note=note
    )
    if not done:
        return Problem.NOT_NOW
    append(kind=EntryKind.PASSAGE_ENDED, body={"passage": str(passage_id), "by": str(by)}, at=at)
    return None
