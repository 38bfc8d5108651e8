"""Inquiries of others that are not answered automatically: released or withheld by hand, with a reason."""

import datetime as dt
from typing import Final
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
from tasuki.accounts.queries import names_of_staff
from tasuki.jobs.town import gateway_link
from tasuki.linkage import operations, queries
from tasuki.linkage.types import HeldOutcome, HeldView
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.portal import portal
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.shared.identifiers import SystemPersonNumber
from tasuki.web.access import StaffRequest, requires
from tasuki.web.sealed import seal_person
from tasuki.web.templatetags.tasuki import current_language


class ReasonForm(forms.Form):
    """Why it is decided so, or sent back."""

    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("相手方には伝わりません。氏名や番号は書かないでください。"),
        max_length=200,
    )


class DecisionForm(ReasonForm):
    """What is proposed, and why."""

    field_order = ("decision", "non_disclosure", "reason")
    decision = forms.ChoiceField(
        label=gettext_lazy("案"),
        choices=[("release", gettext_lazy("回答する")), ("withhold", gettext_lazy("回答しない"))],
        widget=forms.RadioSelect,
    )
    non_disclosure = forms.BooleanField(
        label=gettext_lazy("この照会の記録を不開示とする"),
        help_text=gettext_lazy(
            "本人や代理人が開示を請求しても見せない記録になります。照会元と情報提供ネットワークシステムにも伝わります。"
        ),
        required=False,
    )


@requires(Permission.VIEW_HELD)
@require_GET
def held(request: StaffRequest) -> HttpResponse:
    """List the inquiries that wait for us, the most urgent first."""
    return _page(request, None, None)


@requires(Permission.PROPOSE_HELD)
@require_POST
def propose(request: StaffRequest, number: UUID) -> HttpResponse:
    """Propose to release or withhold one answer; somebody else decides."""
    form = DecisionForm(request.POST, prefix=str(number))
    if not form.is_valid() or _contradicts_itself(form, number):
        return _page(request, number, form)
    kept = operations.propose_held(
        transaction_number=str(number),
        release=form.cleaned_data["decision"] == "release",
        reason=form.cleaned_data["reason"],
        non_disclosure=form.cleaned_data["non_disclosure"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if kept:
        messages.success(request, _("案を残しました。別の人が決めるまで、相手方には何も伝わりません。"))
    else:
        messages.warning(request, _("別の人の案が先にあります。その案を見てください。"))
    return redirect("held")


def _contradicts_itself(form: DecisionForm, number: UUID) -> bool:
    """Refuse to answer a person and keep from that person that they were answered; the gateway would, too."""
    typed = form.cleaned_data
    if typed["decision"] != "release" or not typed["non_disclosure"]:
        return False
    waiting, _failed = _waiting()
    asked_by_the_person = {
        one.inquiry.transaction_number for one in waiting if one.inquiry.inquirer == portal().institution
    }
    if str(number) not in asked_by_the_person:
        return False
    form.add_error(
        "non_disclosure",
        _("本人への回答の記録は、不開示にできません。印を外すか、「回答しない」を選んでください。"),
    )
    return True


@requires(Permission.DECIDE_HELD, asks_again=True)
@require_POST
def decide(request: StaffRequest, number: UUID) -> HttpResponse:
    """Carry out what somebody else proposed, or send it back."""
    form = ReasonForm(request.POST, prefix=str(number))
    if not form.is_valid():
        return _page(request, number, form)
    reason = form.cleaned_data["reason"]
    if request.POST.get("act") == "return":
        operations.return_proposal(
            transaction_number=str(number), reason=reason, by=request.member.as_actor(), at=runtime.now()
        )
        messages.success(request, _("案を差し戻しました。相手方には何も伝わっていません。"))
        return redirect("held")
    try:
        outcome = operations.decide_held(
            institution=runtime.node().own_town().institution,
            transaction_number=str(number),
            release=request.POST.get("release") == "yes",
            reason=reason,
            link=gateway_link(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except ExchangeFailed:
        messages.error(
            request, _("中間サーバーにつながらないため、まだ何も伝えていません。少し待ってやり直してください。")
        )
        return redirect("held")
    tell = messages.success if outcome is HeldOutcome.DECIDED else messages.warning
    tell(request, str(_OUTCOMES[outcome]))
    return redirect("held")


_OUTCOMES: Final = {
    HeldOutcome.DECIDED: gettext_lazy("案のとおりに決めました。回答しないときも、相手方に理由は伝わりません。"),
    HeldOutcome.TOO_LATE: gettext_lazy("期限が過ぎたか、照会が取り消されたか、別の人が先に決めていました。"),
    HeldOutcome.NOT_PROPOSED: gettext_lazy("案がありません。先に一人が案を出してください。"),
    HeldOutcome.SAME_PERSON: gettext_lazy("案を出した人は決められません。別の承認者が決めてください。"),
}
#: From here on the deadline is shouted.
_URGENT: Final = dt.timedelta(hours=24)


def _page(request: StaffRequest, number: UUID | None, form: ReasonForm | None) -> HttpResponse:
    waiting, failed = _waiting()
    names, place = queries.institution_names(), int(current_language() == "en")
    people = _people(request, waiting)
    proposers = names_of_staff([one.proposal.by for one in waiting if one.proposal is not None])
    now, own = runtime.now(), str(request.member.as_actor())
    rows = [
        {
            "inquiry": one.inquiry,
            "person": people.get(one.person or ""),
            "token": seal_person(SystemPersonNumber(one.person)) if one.person in people else "",
            "inquirer": names.get(one.inquiry.inquirer, (one.inquiry.inquirer,) * 2)[place],
            "is_by_the_person": one.inquiry.inquirer == portal().institution,
            "form": form if form is not None and one.inquiry.transaction_number == str(number) else _blank(one),
            "proposal": one.proposal,
            "proposer": proposers.get(one.proposal.by, one.proposal.by) if one.proposal is not None else "",
            "is_own": one.proposal is not None and one.proposal.by == own,
            "is_urgent": one.inquiry.valid_until - now < _URGENT,
            "hours": max(0, int((one.inquiry.valid_until - now).total_seconds() // 3600)),
        }
        for one in sorted(waiting, key=lambda one: one.inquiry.valid_until)
    ]
    context = {
        "rows": rows,
        "failed": failed,
        "urgent": sum(row["is_urgent"] is True for row in rows),
        "may_propose": may(request.member, Permission.PROPOSE_HELD),
        "may_decide": may(request.member, Permission.DECIDE_HELD),
    }
    return render(request, "held/held.html", context, status=422 if form is not None else 200)


def _waiting() -> tuple[list[HeldView], bool]:
    """Return what waits for us, and whether the gateway could not be asked."""
    try:
        return operations.held(institution=runtime.node().own_town().institution, link=gateway_link()), False
    except ExchangeFailed:
        return [], True


def _people(request: StaffRequest, waiting: list[HeldView]) -> dict[str, Person]:
    """Return whom the inquiries are about, for staff who may see people."""
    if not may(request.member, Permission.VIEW_PERSON):
        return {}
    return screening.people([one.person for one in waiting if one.person is not None])


def _blank(one: HeldView) -> ReasonForm:
    form = DecisionForm if one.proposal is None else ReasonForm
    return form(prefix=one.inquiry.transaction_number)
