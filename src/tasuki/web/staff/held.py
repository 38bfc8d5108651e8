"""Inquiries of others that are not answered automatically: released or withheld by hand, with a reason."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.jobs.town import gateway_link
from tasuki.linkage import operations, queries
from tasuki.linkage.types import HeldView
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import HeldInquiry
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.access import StaffRequest, requires
from tasuki.web.sealed import seal_person
from tasuki.web.templatetags.tasuki import current_language


class DecisionForm(forms.Form):
    """What is decided, and why."""

    decision = forms.ChoiceField(
        label=gettext_lazy("決めること"),
        choices=[("release", gettext_lazy("回答する")), ("withhold", gettext_lazy("回答しない"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("相手方には伝わりません。氏名や番号は書かないでください。"),
        max_length=200,
    )


@requires(Permission.VIEW_HELD)
@require_GET
def held(request: StaffRequest) -> HttpResponse:
    """List the inquiries that wait for us, the most urgent first."""
    return _page(request, None, None)


@requires(Permission.DECIDE_HELD)
@require_POST
def decide(request: StaffRequest, number: UUID) -> HttpResponse:
    """Release or withhold one answer."""
    form = DecisionForm(request.POST, prefix=str(number))
    if not form.is_valid():
        return _page(request, number, form)
    release = form.cleaned_data["decision"] == "release"
    try:
        in_time = operations.decide_held(
            institution=runtime.node().own_town().institution,
            transaction_number=str(number),
            release=release,
            reason=form.cleaned_data["reason"],
            link=gateway_link(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except ExchangeFailed:
        messages.error(
            request, _("中間サーバーにつながらないため、まだ何も伝えていません。少し待ってやり直してください。")
        )
        return redirect("held")
    if not in_time:
        messages.warning(request, _("期限が過ぎたか、別の人が先に決めていました。"))
    elif release:
        messages.success(request, _("回答しました。"))
    else:
        messages.success(request, _("回答しないことにしました。相手方に理由は伝わりません。"))
    return redirect("held")


def _page(request: StaffRequest, number: UUID | None, form: DecisionForm | None) -> HttpResponse:
    waiting: list[HeldView] = []
    failed = False
    try:
        waiting = operations.held(institution=runtime.node().own_town().institution, link=gateway_link())
    except ExchangeFailed:
        failed = True
    english = current_language() == "en"
    names = {one.institution: one.name_en if english else one.name for one in queries.providers()}
    people = _people(request, waiting)
    rows = [
        {
            "inquiry": one.inquiry,
            "person": people.get(one.person or ""),
            "token": seal_person(SystemPersonNumber(one.person)) if one.person in people else "",
            "inquirer": names.get(one.inquiry.inquirer, one.inquiry.inquirer),
            "form": form if form is not None and one.inquiry.transaction_number == str(number) else _blank(one.inquiry),
        }
        for one in sorted(waiting, key=lambda one: one.inquiry.valid_until)
    ]
    context = {"rows": rows, "failed": failed, "may_decide": may(request.member, Permission.DECIDE_HELD)}
    return render(request, "held/held.html", context, status=422 if form is not None else 200)


def _people(request: StaffRequest, waiting: list[HeldView]) -> dict[str, Person]:
    """Return whom the inquiries are about, for staff who may see people."""
    if not may(request.member, Permission.VIEW_PERSON):
        return {}
    return screening.people([one.person for one in waiting if one.person is not None])


def _blank(inquiry: HeldInquiry) -> DecisionForm:
    return DecisionForm(prefix=inquiry.transaction_number)
