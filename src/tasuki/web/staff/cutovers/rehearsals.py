"""Rehearsals of the change over (仮移行): counts, digests, and where what was loaded differs."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.changes.queries import sheets
from tasuki.cutover import queries
from tasuki.cutover.operations import plans as operations
from tasuki.cutover.plan_types import NewPlan
from tasuki.cutover.rehearsing import report_file
from tasuki.cutover.types import Rehearsal
from tasuki.jobs.rehearsals import reports_folder
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.cutovers import (
    PlanForm,
    difference_rows,
    file_rows,
    obstacle_lines,
    plan_rows,
    rehearsal_rows,
)


@requires(Permission.VIEW_CHANGES)
@require_http_methods(["GET", "HEAD"])
def cutovers(request: StaffRequest) -> HttpResponse:
    """List rehearsals and plans."""
    return _list(request)


def _list(request: StaffRequest, data: Any = None) -> HttpResponse:
    rehearsed = queries.rehearsals()
    form = PlanForm(rehearsed, sheets(), data)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        made = operations.make_plan(
            wanted=NewPlan(
                wanted["title"], int(wanted["rehearsal"]), UUID(wanted["sheet"]) if wanted["sheet"] else None,
                *wanted["window"],
            ),
            by=request.member.as_actor(),
            at=runtime.now(),
        )  # fmt: skip
        if isinstance(made, int):
            return redirect("cutover-steps", made)
        for line in obstacle_lines(made):
            form.add_error("day", line)
    context = {
        "rehearsals": rehearsal_rows(rehearsed),
        "plans": plan_rows(queries.plans()),
        "form": form if may(request.member, Permission.PLAN_CUTOVER) and form.offers_any else None,
    }
    return render(request, "cutovers/cutovers.html", context, status=422 if form.errors else 200)


@requires(Permission.PLAN_CUTOVER)
@require_POST
def make(request: StaffRequest) -> HttpResponse:
    """Make a plan of an export that was rehearsed; its steps are named next."""
    return _list(request, request.POST)


@requires(Permission.VIEW_CHANGES)
@require_http_methods(["GET", "HEAD"])
def rehearsal(request: StaffRequest, rehearsal: int) -> HttpResponse:
    """Show what a rehearsal found; values of residents are in its report alone."""
    found = _found(rehearsal)
    page = page_number(request.GET.get("page", "1"))
    place = paging(page, found.differences)
    [row] = rehearsal_rows([found])
    context = {
        "row": row,
        "files": file_rows(found.files),
        "differences": difference_rows(queries.differences_of(rehearsal, PAGE_SIZE, place.offset)),
        "paging": place,
        "may_take": may(request.member, Permission.IMPORT_RESULTS)
        and found.differences > 0
        and report_file(reports_folder(), rehearsal).exists(),
    }
    return render(request, "cutovers/rehearsal.html", context)


@requires(Permission.IMPORT_RESULTS, act=Act.EXPORT, leaves="rehearsal-differences")
@require_GET
def report(_request: StaffRequest, rehearsal: int) -> HttpResponse:
    """Give the report of a rehearsal, with the values that differ."""
    _found(rehearsal)
    file = report_file(reports_folder(), rehearsal)
    if not file.exists():
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="rehearsal-{rehearsal}.csv"'}
    return HttpResponse(file.read_bytes(), content_type="text/csv; charset=utf-8", headers=headers)


def _found(number: int) -> Rehearsal:
    found = queries.find_rehearsal(number)
    if found is None:
        raise Http404
    return found
