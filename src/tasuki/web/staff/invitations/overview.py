"""A fiscal year's invitations: its numbers, its steps in their order, and what each of them did."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import staff_names
from tasuki.eligibility import queries as eligibility
from tasuki.invitations import queries
from tasuki.invitations.types import LeftOut, RunKind
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date, fiscal_year_bounds, fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.invitation_words import LEFT_OUT, WHAT_TO_DO, WORK_RUNS
from tasuki.web.presenters.invitations import numbers_views, run_view
from tasuki.web.presenters.people import person_row
from tasuki.web.presenters.work import work_view
from tasuki.web.staff.due.lists import FIRST_YEAR, LAST_YEAR
from tasuki.web.staff.invitations.forms import CouponsForm, FreezeForm, RemindersForm
from tasuki.web.templatetags.tasuki import current_language, grouped
from tasuki.web.watching import look_at
from tasuki.work import queries as works
from tasuki.work.operations import ask
from tasuki.work.types import Work

Forms = dict[str, forms.Form]


@requires(Permission.VIEW_INVITATIONS)
@require_GET
def invitations(request: StaffRequest) -> HttpResponse:
    """Show a fiscal year."""
    this_year = fiscal_year_of(civil_date(runtime.now()))
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else this_year
    return _page(request, checked_year(year), {})


@requires(Permission.MANAGE_INVITATIONS)
@require_POST
def freeze(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Ask for everybody who is due to be put on a year's list."""
    form = FreezeForm(request.POST)
    if not form.is_valid():
        return _page(request, checked_year(fiscal_year), {"freeze": form})
    return _ask(request, "invitations_freeze", fiscal_year, programmes=form.cleaned_data["programmes"])


@requires(Permission.MANAGE_INVITATIONS)
@require_POST
def coupons(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Ask for coupons for everybody on a year's list who has none."""
    form = _coupons_form(checked_year(fiscal_year), request.POST)
    if not form.is_valid():
        return _page(request, fiscal_year, {"coupons": form})
    return _ask(request, "invitations_coupons", fiscal_year, valid_until=form.cleaned_data["valid_until"].isoformat())


@requires(Permission.MANAGE_INVITATIONS)
@require_POST
def reminders(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Ask for reminders to whoever still has something open."""
    form = RemindersForm(request.POST)
    if not form.is_valid():
        return _page(request, checked_year(fiscal_year), {"reminders": form})
    values = form.cleaned_data
    return _ask(
        request,
        "invitations_reminders",
        fiscal_year,
        programmes=values["programmes"],
        days_apart=values["days_apart"],
    )


@requires(Permission.VIEW_INVITATIONS)
@require_GET
def run(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """Show what a run did, and whom it left to be handled by hand; that they were looked at is recorded."""
    found = queries.run(run_id)
    if found is None:
        raise Http404
    on, names = civil_date(runtime.now()), staff_names()
    asked = request.GET.get("reason", "")
    reason = LeftOut(asked) if asked in list(LeftOut) else None
    page = page_number(request.GET.get("page", "1"))
    total, left = queries.left_out_by(run_id, reason=reason, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    people = screening.people([one.system_person_number for one in left])
    look_at([one.system_person_number for one in left], part="invitations left out")
    rows = [
        {
            "person": person_row(people[one.system_person_number], on) if one.system_person_number in people else None,
            "reason": LEFT_OUT[one.reason],
            "advice": WHAT_TO_DO[one.reason],
            "is_settled": one.is_settled,
        }
        for one in left
    ]
    counts = [
        (why, LEFT_OUT[why], people_of)
        for why in LeftOut
        if (people_of := found.outcome.get(f"left_out_{why.lower()}", 0))
    ]
    context = {
        "view": run_view(found, names),
        "counts": counts,
        "everybody": sum(people_of for _, _, people_of in counts),
        "reason": reason,
        "rows": rows,
        "paging": paging(page, total),
        "query": urlencode({"reason": reason}) if reason else "",
    }
    return render(request, "invitations/run.html", context)


def checked_year(year: int) -> int:
    """Return a year that can have invitations.

    :raises Http404: when it cannot.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return year


def _ask(request: StaffRequest, kind: str, fiscal_year: int, **parameters: object) -> HttpResponse:
    asked = ask(
        kind=kind,
        parameters={"fiscal_year": checked_year(fiscal_year), **parameters},
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return redirect("work", asked.work_id)


def _page(request: StaffRequest, year: int, bound: Forms) -> HttpResponse:
    on, language, names = civil_date(runtime.now()), current_language(), staff_names()
    this_year = fiscal_year_of(on)
    numbers, runs = queries.numbers(year, on), queries.runs(year)
    views = [run_view(one, names) for one in runs]
    offered: Forms = {"freeze": FreezeForm(), "coupons": _coupons_form(year), "reminders": RemindersForm()}
    under_way = _under_way(year)
    context = {
        "year": year,
        "years": sorted({this_year - 1, this_year, this_year + 1, *queries.years()}, reverse=True),
        "numbers": numbers,
        "programmes": numbers_views(numbers.programmes, language),
        "left_out": [(why, LEFT_OUT[why], people) for why, people in numbers.left_out.items()],
        "left_out_people": sum(numbers.left_out.values()),
        "runs": views,
        "last": {kind.value: next((one for one in views if one.run.kind is kind), None) for kind in RunKind},
        "under_way": {WORK_RUNS[one.kind].value: work_view(one) for one in under_way},
        "mine": {one.work_id for one in under_way if one.asked_by == str(request.member.as_actor())},
        "forms": offered | bound,
        "wrong": next(iter(bound.values()), None),
        "freshness": eligibility.freshness(year, on),
        "may_manage": may(request.member, Permission.MANAGE_INVITATIONS),
        "issue_label": grouped(numbers.to_issue),
    }
    return render(request, "invitations/overview.html", context, status=422 if bound else 200)


def _under_way(year: int) -> list[Work]:
    return [
        one
        for one in works.works_of_kind(list(WORK_RUNS))
        if not one.state.is_over and one.parameters["fiscal_year"] == year
    ]


def _coupons_form(year: int, data: Any = None) -> CouponsForm:
    _, last = fiscal_year_bounds(year)
    today = civil_date(runtime.now())
    return CouponsForm(data, first=min(today, last), last=last, initial={"valid_until": f"{last.year}/3/31"})
