"""Being present at a contractor's work (立会い): it lets the handlers' accounts in, and shuts them out when it ends."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.accounts.operations.attending import attended_now, let_in, present_in, shut_out
from tasuki.contractors.models import Attendance, Handler, Work
from tasuki.contractors.queries import handlers_of_work
from tasuki.contractors.rules import lacks, next_state
from tasuki.contractors.steps import locked, step
from tasuki.contractors.types import Cause, HandlerRow, Problem, WorkState
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.operating.queries import marked_environment
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.shared.environments import Environment


@transaction.atomic
def begin_attendance(*, work_id: UUID, sign_in: UUID, by: Actor, at: dt.datetime) -> Attendance | Problem:
    """Be present at an approved work within its window, which lets in those named who may work today.

    A real environment lets nobody in: there, staff do the work themselves and the contractor advises.

    :param sign_in: the session in which the member of staff is present; when it ends, so does this.
    """
    work = locked(work_id)
    after = None if work is None else next_state(WorkState(work.state), Cause.ATTENDANCE)
    if work is None or after is None:
        return Problem.NOT_NOW
    if not work.starts_at <= at < work.ends_at or not present_in(sign_in, by, at):
        return Problem.OUTSIDE_WINDOW
    former = _open_one(work_id)
    if former is not None and at < former.until and former.sign_in.stands(at):
        return Problem.STILL_ATTENDED
    able = [one for one in handlers_of_work(work_id) if not lacks(one.standing, civil_date(at))]
    if not able:
        return Problem.NOBODY_MAY_WORK
    accounts = _accounts(able)
    if attended_now(accounts, at):
        return Problem.ATTENDED_ELSEWHERE
    if former is not None:
        # Whoever was present went without saying so: their session is over, and with it their presence.
        _end(former, by, at)
    return _begun(work, after, sign_in, able, accounts, by, at)


def _accounts(able: list[HandlerRow]) -> list[int]:
    if marked_environment().environment is Environment.REAL:
        return []
    return [one.staff_id for one in able if one.staff_id is not None]


def _begun(
    work: Work, after: WorkState, sign_in: UUID, able: list[HandlerRow], accounts: list[int], by: Actor, at: dt.datetime
) -> Attendance:
    numbers = [one.handler_id for one in able]
    body = {
        "work": str(work.work_id), "handlers": sorted(map(str, numbers)), "accounts": sorted(accounts),
        "until": work.ends_at.astimezone(dt.UTC).isoformat(), "by": str(by),
    }  # fmt: skip
    append(kind=EntryKind.ATTENDANCE_BEGUN, body=body, at=at)
    step(work, Cause.ATTENDANCE, "", by, at, after)
    made = Attendance.objects.create(
        attendance_id=uuid4(), work=work, sign_in_id=sign_in, begun_at=at, begun_by=str(by), until=work.ends_at
    )
    made.handlers.set(Handler.objects.filter(handler_id__in=numbers))
    let_in(accounts, sign_in=sign_in, until=work.ends_at)
    return made


@transaction.atomic
def end_attendance(*, work_id: UUID, by: Actor, at: dt.datetime) -> Problem | None:
    """Leave a work: those who were let in are shut out at once, whatever they are doing."""
    found = _open_one(work_id)
    if found is None:
        return Problem.NOT_NOW
    _end(found, by, at)
    return None


def _open_one(work_id: UUID) -> Attendance | None:
    """Return the attendance of a work that nobody has ended, whether or not its session still stands."""
    found = Attendance.objects.select_for_update(of=("self",)).filter(work=work_id, ended_at=None)
    return found.select_related("sign_in__staff").order_by("begun_at").last()


def _end(found: Attendance, by: Actor, at: dt.datetime) -> None:
    accounts = [number for number in found.handlers.values_list("staff", flat=True) if number is not None]
    body = {"work": str(found.work_id), "accounts": sorted(accounts), "begun_by": found.begun_by, "by": str(by)}
    append(kind=EntryKind.ATTENDANCE_ENDED, body=body, at=at)
    found.ended_at, found.ended_by = at, str(by)
    found.save(update_fields=["ended_at", "ended_by"])
    shut_out(accounts, by=by, at=at)
