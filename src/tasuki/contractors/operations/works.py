"""A contractor's work: asked for, reviewed by two, reported, inspected. Each act is a step of `data/works.toml`."""

import datetime as dt
import hashlib
from typing import Final
from uuid import UUID, uuid4

import orjson
from django.db import transaction

from tasuki.contractors.models import Attendance, Handler, Passage, Work
from tasuki.contractors.rules import next_state
from tasuki.contractors.steps import locked, step
from tasuki.contractors.types import Cause, Problem, WorkAsked, WorkState
from tasuki.shared.actor import Actor

_REVIEWS: Final = {WorkState.REQUESTED: Cause.FIRST_APPROVAL, WorkState.REVIEWED: Cause.SECOND_APPROVAL}


@transaction.atomic
def request_work(*, asked: WorkAsked, by: Actor, at: dt.datetime) -> UUID | Problem:
    """Keep what a contractor is to do, until two others have reviewed it."""
    named = list(Handler.objects.filter(handler_id__in=asked.handlers, firm=asked.firm, ended_on=None))
    if not named or len(named) != len(set(asked.handlers)):
        return Problem.NO_SUCH_HANDLER
    work = Work(
        work_id=uuid4(), firm_id=asked.firm, what=asked.what, why=asked.why, place=asked.place, data=asked.data,
        devices=asked.devices, starts_at=asked.starts_at, ends_at=asked.ends_at,
        state=WorkState.REQUESTED.value, requested_at=at, requested_by=str(by),
    )  # fmt: skip
    work.save(force_insert=True)
    work.handlers.set(named)
    step(work, Cause.ASKED, "", by, at, WorkState.REQUESTED, plan_sha256=_digest(asked))
    return work.work_id


def _digest(asked: WorkAsked) -> str:
    """Return the digest of what was asked for: the evidence proves it without repeating what somebody typed."""
    plan = [
        asked.what, asked.why, asked.place, asked.data, asked.devices, asked.starts_at.astimezone(dt.UTC).isoformat(),
        asked.ends_at.astimezone(dt.UTC).isoformat(), str(asked.firm), sorted(map(str, asked.handlers)),
    ]  # fmt: skip
    return hashlib.sha256(orjson.dumps(plan)).hexdigest()


@transaction.atomic
def review_work(*, work_id: UUID, approves: bool, note: str, by: Actor, at: dt.datetime) -> WorkState | Problem:
    """Approve a work or refuse it: two different people approve, and neither of them asked for it."""
    work = locked(work_id)
    if work is None or work.state not in _REVIEWS or at >= work.ends_at:
        return Problem.NOT_NOW
    if str(by) in (work.requested_by, work.first_by):
        return Problem.SAME_PERSON
    cause = _REVIEWS[WorkState(work.state)] if approves else Cause.REFUSAL
    if cause is Cause.FIRST_APPROVAL:
        work.first_at, work.first_by = at, str(by)
    elif cause is Cause.SECOND_APPROVAL:
        work.second_at, work.second_by = at, str(by)
    return _go(work, cause, note, by, at)


@transaction.atomic
def withdraw_work(*, work_id: UUID, note: str, by: Actor, at: dt.datetime) -> WorkState | Problem:
    """Take back what one asked for oneself, before it was begun."""
    work = locked(work_id)
    if work is None or next_state(WorkState(work.state), Cause.WITHDRAWAL) is None:
        return Problem.NOT_NOW
    return _go(work, Cause.WITHDRAWAL, note, by, at) if work.requested_by == str(by) else Problem.NOT_THEIRS


@transaction.atomic
def report_work(*, work_id: UUID, report: str, by: Actor, at: dt.datetime) -> WorkState | Problem:
    """Keep the report that a work is complete: by a handler in their session, or by staff who were handed it."""
    work = locked(work_id)
    if work is None or next_state(WorkState(work.state), Cause.REPORT) is None:
        return Problem.NOT_NOW
    work.report, work.reported_at, work.reported_by = report, at, str(by)
    return _go(work, Cause.REPORT, "", by, at, report_sha256=hashlib.sha256(report.encode()).hexdigest())


@transaction.atomic
def inspect_work(*, work_id: UUID, passes: bool, note: str, by: Actor, at: dt.datetime) -> WorkState | Problem:
    """Close a work whose report is right, once nobody is present any more and everything went out; or send it back."""
    work = locked(work_id)
    if work is None or work.state != WorkState.REPORTED:
        return Problem.NOT_NOW
    if work.reported_by == str(by):
        return Problem.SAME_PERSON
    if passes and Attendance.objects.filter(work=work, ended_at=None).exists():
        return Problem.STILL_ATTENDED
    if passes and Passage.objects.filter(work=work, ended_at=None).exists():
        return Problem.STILL_OUT
    if passes:
        work.inspected_at, work.inspected_by = at, str(by)
    return _go(work, Cause.INSPECTION if passes else Cause.RETURN, note, by, at)


def _go(work: Work, cause: Cause, note: str, by: Actor, at: dt.datetime, **more: object) -> WorkState | Problem:
    end = next_state(WorkState(work.state), cause)
    if end is None:
        return Problem.NOT_NOW
    step(work, cause, note, by, at, end, **more)
    return end
