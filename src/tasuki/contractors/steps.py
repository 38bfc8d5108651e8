"""Steps of a work, written within the operation that makes one."""

import datetime as dt
from uuid import UUID

from tasuki.contractors.models import Work, WorkStep
from tasuki.contractors.types import Cause, WorkState
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor


def locked(work_id: UUID) -> Work | None:
    """Return a work that nobody else changes meanwhile."""
    return Work.objects.select_for_update().filter(work_id=work_id).order_by("work_id").first()


def step(work: Work, cause: Cause, note: str, by: Actor, at: dt.datetime, end: WorkState, **more: object) -> None:
    """Write a step of a work, its record first."""
    body = {"work": str(work.work_id), "cause": cause.value, "state": end.value, "by": str(by)} | more
    append(kind=EntryKind.CONTRACTOR_WORK_STEP, body=body, at=at)
    work.state = end.value
    work.save()
    WorkStep.objects.create(work=work, state=end.value, cause=cause.value, note=note, at=at, by=str(by))
