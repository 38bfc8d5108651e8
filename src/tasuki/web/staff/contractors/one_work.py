"""The page of one contractor's work."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import Role
from tasuki.contractors import queries
from tasuki.contractors.models import Attendance, Work
from tasuki.contractors.rules import next_state
from tasuki.contractors.types import Cause, WorkState
from tasuki.shared.dates import civil_date
from tasuki.watching.queries.accesses import search_accesses
from tasuki.watching.types import AccessFilter
from tasuki.web.access import StaffRequest
from tasuki.web.presenters.accesses import access_rows
from tasuki.web.presenters.contractors import attendance_words, handler_words, passage_rows, step_words, work_rows

_MOST_PAGES = 200


class NoteForm(forms.Form):
    """A reason, or what was looked at."""

    note = forms.CharField(
        label=gettext_lazy("理由・確かめたこと"),
        help_text=gettext_lazy("住民の氏名や番号は書かないでください。"),
        max_length=200,
        required=False,
    )


class ReportForm(forms.Form):
    """What was done."""

    report = forms.CharField(
        label=gettext_lazy("完了の報告"),
        help_text=gettext_lazy(
            "したこと、結果、持ち込んだ・持ち出した物、残ったこと。住民のことは書かないでください。"
        ),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


def work_page(request: StaffRequest, found: Work, wrong: NoteForm | ReportForm | None = None) -> HttpResponse:
    """Show a work with everything that happened, and the forms of what this member may do with it now."""
    attendances = queries.attendances_of(found.work_id)
    words = attendance_words(attendances)
    is_attended = any(one.is_open for one in words)
    [row] = work_rows([found])
    context = {
        "row": row,
        "one": found,
        "handlers": handler_words(queries.handlers_of_work(found.work_id), civil_date(runtime.now())),
        "steps": step_words(queries.steps_of(found.work_id)),
        "attendances": words,
        "is_attended": is_attended,
        "passages": passage_rows(queries.passages(work_id=found.work_id, limit=_MOST_PAGES)[1]),
        "pages": _pages(request, attendances),
        "note_form": wrong if isinstance(wrong, NoteForm) else NoteForm(),
        "report_form": wrong if isinstance(wrong, ReportForm) else ReportForm(),
        "wrong": wrong,
        "is_real": not runtime.node().is_dummy,
        "may_leave": may(request.member, Permission.ATTEND_WORK) and any(one.ended_at is None for one in attendances),
        **_may(request, found, is_attended=is_attended),
    }
    return render(request, "contractors/work.html", context, status=422 if wrong is not None else 200)


def _may(request: StaffRequest, one: Work, *, is_attended: bool) -> dict[str, bool]:
    """Return what this member may do with a work now."""
    me, at, state = str(request.member.as_actor()), runtime.now(), WorkState(one.state)
    attends = may(request.member, Permission.ATTEND_WORK)
    is_waiting = state in (WorkState.REQUESTED, WorkState.REVIEWED) and at < one.ends_at
    reviews = may(request.member, Permission.REVIEW_WORK)
    return {
        "may_review": reviews and is_waiting and me not in (one.requested_by, one.first_by),
        "has_reviewed": reviews and is_waiting and me == one.first_by,
        "may_withdraw": me == one.requested_by and next_state(state, Cause.WITHDRAWAL) is not None,
        "may_attend": attends
        and not is_attended
        and next_state(state, Cause.ATTENDANCE) is not None
        and one.starts_at <= at < one.ends_at,
        "may_report": attends and next_state(state, Cause.REPORT) is not None,
        "may_inspect": attends and state is WorkState.REPORTED and me != one.reported_by,
    }


def _pages(request: StaffRequest, attendances: list[Attendance]) -> list[Any]:
    """Return which pages the handlers' accounts opened while somebody was present, as the access log has them."""
    if not attendances:
        return []
    spans = [
        (f"STAFF:{handler.staff_id}", one.begun_at, one.ended_at or one.until)
        for one in attendances
        for handler in one.handlers.all()
    ]
    wanted = AccessFilter(
        since=attendances[0].begun_at, until=max(until for _staff, _since, until in spans), role=Role.CONTRACTOR.value
    )
    found = [
        access
        for access in search_accesses(wanted, limit=_MOST_PAGES, offset=0).rows
        if any(access.staff == staff and since <= access.at <= until for staff, since, until in spans)
    ]
    return access_rows(found[::-1], request.member)
