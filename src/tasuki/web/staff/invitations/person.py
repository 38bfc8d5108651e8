"""One person's invitations: on and off the list, their coupon, reminders, and what they do not want."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.accounts.queries import staff_names
from tasuki.invitations import queries
from tasuki.invitations.errors import NoSuchCouponError, NoSuchRefusalError, NoSuchTargetError
from tasuki.invitations.operations import coupons as coupon_operations
from tasuki.invitations.operations.refusals import AlreadyRefused, end_refusal, record_refusal
from tasuki.invitations.operations.reminders import remind_person
from tasuki.invitations.operations.targets import add_target, remove_target
from tasuki.invitations.types import Coupon, NoCoupon, RefusalReason
from tasuki.layouts.types import Programme
from tasuki.letters.types import Made
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date, fiscal_year_bounds, fiscal_year_of
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.invitation_words import NO_COUPON
from tasuki.web.presenters.invitations import invitations_context
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.presenters.residents import by_whom
from tasuki.web.staff.invitations.forms import AddForm, EndForm, PrintForm, ReasonForm, RefusalForm
from tasuki.web.staff.person import identity, opened
from tasuki.web.templatetags.tasuki import current_language

_PART = "invitations"


@requires(Permission.VIEW_INVITATIONS)
@require_GET
def invitations_of(request: StaffRequest, token: str) -> HttpResponse:
    """Show a person's invitations."""
    return _page(request, token, opened(request, token, _PART), {})


@requires(Permission.MANAGE_INVITATIONS)
@sensitive_post_parameters()
@require_POST
def add(request: StaffRequest, token: str) -> HttpResponse:
    """Put a person on this year's list by hand."""
    person = opened(request, token, _PART)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _page(request, token, person, {"add": form})
    added = add_target(
        person=person.system_person_number,
        fiscal_year=_year(),
        programme=Programme(form.cleaned_data["programme"]),
        note=form.cleaned_data["note"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if added is None:
        form.add_error("programme", _("この検診は、すでに名簿にあります。"))
        return _page(request, token, person, {"add": form})
    messages.success(request, _("名簿に加えました。"))
    return redirect("invitations-of", token)


@requires(Permission.MANAGE_INVITATIONS)
@sensitive_post_parameters()
@require_POST
def remove(request: StaffRequest, token: str, target_id: int) -> HttpResponse:
    """Take a person off this year's list."""
    person = opened(request, token, _PART)
    form = ReasonForm(request.POST, prefix=f"remove-{target_id}")
    if not form.is_valid():
        return _page(request, token, person, {f"remove-{target_id}": form})
    try:
        remove_target(
            person=person.system_person_number,
            target_id=target_id,
            reason=form.cleaned_data["reason"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except NoSuchTargetError as error:
        raise Http404 from error
    messages.success(request, _("名簿から外しました。戻すときは、もう一度加えてください。"))
    return redirect("invitations-of", token)


@requires(Permission.MANAGE_INVITATIONS)
@require_POST
def issue(request: StaffRequest, token: str) -> HttpResponse:
    """Give a person this year's coupon."""
    person = opened(request, token, _PART)
    outcome = coupon_operations.issue_coupon(
        person=person.system_person_number,
        fiscal_year=_year(),
        valid_until=fiscal_year_bounds(_year())[1],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return _told(request, token, outcome, _("受診券を発行しました。続けて印刷してください。"))


@requires(Permission.MANAGE_INVITATIONS)
@sensitive_post_parameters()
@require_POST
def replace(request: StaffRequest, token: str) -> HttpResponse:
    """Make a coupon void and give the person another."""
    person = opened(request, token, _PART)
    coupon = _valid_coupon(request, person)
    form = ReasonForm(request.POST, prefix="coupon")
    if not form.is_valid():
        return _page(request, token, person, {"coupon": form})
    outcome = coupon_operations.replace_coupon(
        person=person.system_person_number,
        number=coupon.number,
        reason=form.cleaned_data["reason"],
        valid_until=coupon.valid_until,
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return _told(
        request, token, outcome, _("前の受診券を無効にし、新しい受診券を発行しました。続けて印刷してください。")
    )


@requires(Permission.MANAGE_INVITATIONS)
@sensitive_post_parameters()
@require_POST
def void(request: StaffRequest, token: str) -> HttpResponse:
    """Make a coupon void."""
    person = opened(request, token, _PART)
    coupon = _valid_coupon(request, person)
    form = ReasonForm(request.POST, prefix="coupon")
    if not form.is_valid():
        return _page(request, token, person, {"coupon": form})
    coupon_operations.void_coupon(
        person=person.system_person_number,
        number=coupon.number,
        reason=form.cleaned_data["reason"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    messages.success(request, _("受診券を無効にしました。"))
    return redirect("invitations-of", token)


@requires(Permission.MANAGE_INVITATIONS, act=Act.PRINT, leaves="coupon-print")
@sensitive_post_parameters()
@require_POST
def print_coupon(request: StaffRequest, token: str) -> HttpResponse:
    """Give a coupon's letter as a file."""
    coupon = _valid_coupon(request, opened(request, token, _PART))
    made = coupon_operations.print_coupon(
        number=coupon.number,
        town=runtime.node().own_town().name,
        is_asked=_is_asked(request),
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return _file(request, token, made, "coupon.pdf")


@requires(Permission.MANAGE_INVITATIONS, leaves="coupon-print")
@require_POST
def remind(request: StaffRequest, token: str) -> HttpResponse:
    """Remind one person, and give the letter as a file."""
    person = opened(request, token, _PART)
    made = remind_person(
        person=person.system_person_number,
        fiscal_year=_year(),
        town=runtime.node().own_town().name,
        is_asked=_is_asked(request),
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return _file(request, token, made, "reminder.pdf")


@requires(Permission.MANAGE_INVITATIONS)
@sensitive_post_parameters()
@require_POST
def refuse(request: StaffRequest, token: str) -> HttpResponse:
    """Record that a person does not want to be invited."""
    person = opened(request, token, _PART)
    form = RefusalForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        outcome = record_refusal(
            person=person.system_person_number,
            programme=Programme(values["programme"]) if values["programme"] else None,
            reason=RefusalReason(values["reason"]),
            note=values["note"],
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if not isinstance(outcome, AlreadyRefused):
            messages.success(request, _("勧奨拒否を記録しました。これからの案内には入りません。"))
            return redirect("invitations-of", token)
        form.add_error("programme", _("同じ検診の拒否が、終わりを決めずに記録されています。"))
    return _page(request, token, person, {"refusal": form})


@requires(Permission.MANAGE_INVITATIONS)
@sensitive_post_parameters()
@require_POST
def invite_again(request: StaffRequest, token: str, refusal_id: int) -> HttpResponse:
    """Take a refusal back."""
    person = opened(request, token, _PART)
    form = EndForm(request.POST, prefix=f"end-{refusal_id}")
    if not form.is_valid():
        return _page(request, token, person, {f"end-{refusal_id}": form})
    try:
        end_refusal(
            person=person.system_person_number,
            refusal_id=refusal_id,
            ended_date=form.cleaned_data["ended_date"],
            reason=form.cleaned_data["reason"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except NoSuchRefusalError as error:
        raise Http404 from error
    messages.success(request, _("勧奨拒否を取り消しました。また案内に入ります。"))
    return redirect("invitations-of", token)


def _page(request: StaffRequest, token: str, person: Person, bound: Mapping[str, forms.Form]) -> HttpResponse:
    on, language, names = civil_date(runtime.now()), current_language(), staff_names()
    context: dict[str, Any] = invitations_context(person, request.member, names, on, language)
    removed = queries.removed_of(person.system_person_number, _year())
    context |= identity(person, on) | {
        "token": token,
        "target_rows": [
            {"view": one, "form": bound.get(f"remove-{one.target.target_id}")
             or ReasonForm(prefix=f"remove-{one.target.target_id}")}
            for one in context["targets"]
        ],
        "removed": [
            {
                "programme": programme_view(one.programme, language),
                "removed": one,
                "by": by_whom(one.removed_by, names),
            }
            for one in removed
        ],
        "refusal_rows": [
            {"view": one, "form": bound.get(f"end-{one.refusal.refusal_id}")
             or EndForm(prefix=f"end-{one.refusal.refusal_id}")}
            for one in context["refusals"]
        ],
        "has_coupon": any(one.is_valid and one.coupon.fiscal_year == _year() for one in context["coupons"]),
        "add_form": bound.get("add") or AddForm(),
        "coupon_form": bound.get("coupon") or ReasonForm(prefix="coupon"),
        "print_form": PrintForm(),
        "refusal_form": bound.get("refusal") or RefusalForm(initial={"valid_from": f"{on:%Y/%m/%d}"}),
        "wrong": next(iter(bound.values()), None),
    }  # fmt: skip
    return render(request, "invitations/of_person.html", context, status=422 if bound else 200)


def _told(request: StaffRequest, token: str, outcome: Coupon | NoCoupon, success: str) -> HttpResponse:
    if isinstance(outcome, NoCoupon):
        messages.warning(request, str(NO_COUPON[outcome]))
    else:
        messages.success(request, success)
    return redirect("invitations-of", token)


def _file(request: StaffRequest, token: str, made: Made | NoCoupon, name: str) -> HttpResponse:
    if isinstance(made, NoCoupon):
        messages.warning(request, str(NO_COUPON[made]))
        return redirect("invitations-of", token)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(made.pdf, content_type="application/pdf", headers=headers)


def _valid_coupon(request: StaffRequest, person: Person) -> Coupon:
    """Return the coupon that was pressed, if it is this person's and valid."""
    found = queries.coupon(request.POST.get("number", ""))
    if found is None or found.system_person_number != person.system_person_number or found.voided_at is not None:
        raise Http404 from NoSuchCouponError(NoSuchCouponError.__doc__)
    return found


def _is_asked(request: StaffRequest) -> bool:
    form = PrintForm(request.POST)
    return form.is_valid() and bool(form.cleaned_data["is_asked"])


def _year() -> int:
    return fiscal_year_of(civil_date(runtime.now()))
