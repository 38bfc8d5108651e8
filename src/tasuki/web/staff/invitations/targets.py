"""A year's targets, and coupons at the counter."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.invitations import queries
from tasuki.invitations.numbers import NumberProblem, read_number
from tasuki.invitations.types import Coupon, CouponState, TargetOrder
from tasuki.jobs.invitations import parameters_of
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.invitation_words import NUMBER_PROBLEMS
from tasuki.web.presenters.invitations import target_view
from tasuki.web.sealed import seal_person
from tasuki.web.staff.invitations.forms import FilterForm, NumberForm
from tasuki.web.staff.invitations.overview import checked_year
from tasuki.web.templatetags.tasuki import civil, current_language
from tasuki.web.watching import look_at
from tasuki.work.operations import ask


@requires(Permission.VIEW_INVITATIONS)
@require_GET
def targets(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Show one page of a year's targets; that they were looked at is recorded with each of them."""
    year, on, language = checked_year(fiscal_year), civil_date(runtime.now()), current_language()
    given = {name: str(value) for name, value in request.GET.dict().items() if value}
    form = FilterForm({"order": TargetOrder.READING.value} | given)
    context = {"year": year, "form": form, "may_manage": may(request.member, Permission.MANAGE_INVITATIONS)}
    if not form.is_valid():
        return render(request, "invitations/targets.html", context, status=422)
    page = page_number(request.GET.get("page", "1"))
    order = TargetOrder(form.cleaned_data["order"])
    found = queries.targets(year, on, wanted=form.wanted(), order=order, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    people = screening.people([one.system_person_number for one in found.rows])
    look_at(sorted(people), part="invitations list")
    context |= {
        "rows": [target_view(one, people.get(one.system_person_number), on, language) for one in found.rows],
        "paging": paging(page, found.total),
        "query": urlencode({name: value for name, value in given.items() if name != "page"}),
        "given": [(name, value) for name, value in given.items() if name in form.fields],
    }
    return render(request, "invitations/targets.html", context)


@requires(Permission.MANAGE_INVITATIONS, act=Act.PRINT)
@require_POST
def print_list(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Ask for the list as it is filtered, on paper."""
    year = checked_year(fiscal_year)
    form = FilterForm({"order": TargetOrder.READING.value} | request.POST.dict())
    if not form.is_valid():
        return render(request, "invitations/targets.html", {"year": year, "form": form}, status=422)
    asked = ask(
        kind="invitations_print",
        parameters={"fiscal_year": year, "order": form.cleaned_data["order"], **parameters_of(form.wanted())},
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return redirect("work", asked.work_id)


@requires(Permission.VIEW_INVITATIONS, sent=Act.SEARCH)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def coupon(request: StaffRequest) -> HttpResponse:
    """Open the page of whoever a coupon is for; the number is posted, so that no address tells it."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = read_number(form.cleaned_data["number"])
        found = None if isinstance(number, NumberProblem) else queries.coupon(number)
        if found is not None:
            _say(request, found)
            return redirect("person", seal_person(SystemPersonNumber(found.system_person_number)))
        form.add_error(
            "number",
            str(NUMBER_PROBLEMS[number])
            if isinstance(number, NumberProblem)
            else _("この番号の受診券は発行していません。ほかの自治体の券でないか確かめてください。"),
        )
    return render(request, "invitations/coupon.html", {"form": form}, status=422 if form.errors else 200)


def _say(request: StaffRequest, found: Coupon) -> None:
    """Say above the person's page whether the coupon counts."""
    until = civil(found.valid_until)
    if found.state is CouponState.VOID:
        messages.warning(request, _("読み取った受診券は無効です。受け取らず、下の有効な券を確かめてください。"))
    elif found.is_over(civil_date(runtime.now())):
        messages.warning(request, _("読み取った受診券は、期限(%(until)s)が過ぎています。") % {"until": until})
    elif found.state is CouponState.USED:
        messages.warning(request, _("読み取った受診券の検診は、すべて受診済みです。"))
    else:
        messages.success(request, _("読み取った受診券は有効です。期限は%(until)sです。") % {"until": until})
