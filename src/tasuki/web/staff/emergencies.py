"""Emergency roles (緊急時の権限): asked for by one person, opened by another, over after a short time."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts import operations, queries
from tasuki.accounts.emergencies import (
    duties,
    duties_for,
    duty,
    never_joined,
    never_lent,
    permission_words,
    waits_minutes,
)
from tasuki.accounts.emergency_models import Emergency
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.types import EmergencyEnd, EmergencyProblem
from tasuki.watching.operations.emergencies import end_with_alert, open_with_alarm
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.presenters.emergencies import PROBLEMS, duty_rows, emergency_rows

_LISTED = 50


class AskForm(forms.Form):
    """Which duty is needed, and why now."""

    duty = forms.ChoiceField(label=gettext_lazy("借りる職務"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("いま必要なわけ"),
        help_text=gettext_lazy(
            "何が起き、なぜ待てないか。200文字まで。開く人と点検する人が読みます。住民の氏名や番号は書かないでください。"
        ),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, offered: list[tuple[str, str]]) -> None:
        super().__init__(data)
        offer(self, {"duty": offered})


class DecideForm(forms.Form):
    """What was made sure of, or why it is refused."""

    note = forms.CharField(
        label=gettext_lazy("確かめたこと、断るわけ"),
        help_text=gettext_lazy("本人であることをどう確かめたか。200文字まで。住民のことは書かないでください。"),
        max_length=200,
    )


@requires(Permission.VIEW_EMERGENCIES)
@require_GET
def emergencies(request: StaffRequest) -> HttpResponse:
    """List emergency roles: one's own for whoever may ask, everybody's for whoever opens or watches."""
    asks = may(request.member, Permission.ASK_EMERGENCY)
    found = queries.emergencies(of=int(request.member.identifier) if asks else None, most=_LISTED)
    context = _tables() | {
        "rows": emergency_rows(found, runtime.now()),
        "asks": asks,
        "most": _LISTED,
        "duties": duty_rows(duties_for(request.member.role) if asks else duties()),
        "waits": waits_minutes(),
    }
    return render(request, "emergencies/emergencies.html", context)


def _tables() -> dict[str, object]:
    """Return what no emergency joins or lends, in the language of the page."""
    english = get_language() == "en"

    def called(permission: Permission) -> str:
        return permission_words(permission)[int(english)]

    return {
        "never_joined": [
            {"first": called(one.first), "second": called(one.second), "why": one.why_en if english else one.why_ja}
            for one in never_joined()
        ],
        "never_lent": [
            {"permission": called(one.permission), "why": one.why_en if english else one.why_ja} for one in never_lent()
        ],
    }


@requires(Permission.ASK_EMERGENCY)
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest) -> HttpResponse:
    """Ask for a duty to be lent."""
    rows = duty_rows(duties_for(request.member.role))
    offered = [(one.key, one.label) for one in rows]
    form = AskForm(request.POST if request.method == "POST" else None, offered=offered)
    if request.method == "POST" and form.is_valid():
        at = runtime.now()
        number = uuid.UUID(runtime.new_id(at))
        typed = form.cleaned_data
        kept = operations.ask_for_emergency(
            emergency=number, key=typed["duty"], reason=typed["reason"], by=request.member.as_actor(), at=at
        )
        if isinstance(kept, Emergency):
            messages.success(request, _("申請しました。ほかの人が開くまで、何も変わりません。電話で知らせてください。"))
            return redirect("emergency", number)
        form.add_error(None, str(PROBLEMS[kept]))
    context = {"form": form, "duties": rows, "waits": waits_minutes()}
    return render(request, "emergencies/ask.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_EMERGENCIES)
@require_GET
def emergency(request: StaffRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """Show one emergency role, and what this member may do about it."""
    return _page(request, _found(request, emergency_id), DecideForm())


def _found(request: StaffRequest, number: uuid.UUID) -> Emergency:
    """Return an emergency role this member may see.

    :raises Http404: for any other, as for one that is not there.
    """
    found = queries.emergency_numbered(number)
    is_own = found is not None and found.asked_by == str(request.member.as_actor())
    if found is None or not (is_own or not may(request.member, Permission.ASK_EMERGENCY)):
        raise Http404
    return found


def _page(request: StaffRequest, one: Emergency, form: DecideForm) -> HttpResponse:
    [row] = emergency_rows([one], runtime.now())
    lent = duty(one.duty)
    is_own = one.asked_by == str(request.member.as_actor())
    opens = may(request.member, Permission.OPEN_EMERGENCY)
    context = {
        "row": row,
        "form": form,
        "lent": duty_rows([lent])[0] if lent is not None else None,
        "is_own": is_own,
        "may_decide": row.is_waiting and not is_own and opens and lent is not None
        and request.member.role in lent.opened_by,
        "may_end": row.is_open and (is_own or opens),
        "may_review": may(request.member, Permission.REVIEW_ACCESSES),
        "waits": waits_minutes(),
    }  # fmt: skip
    return render(request, "emergencies/emergency.html", context, status=422 if form.errors else 200)


@requires(Permission.OPEN_EMERGENCY, asks_again=True)
@require_POST
def decide(request: StaffRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """Open what somebody else asked for, with its alarm, or refuse it."""
    one, form = _found(request, emergency_id), DecideForm(request.POST)
    if not form.is_valid():
        return _page(request, one, form)
    at = runtime.now()
    said: dict[str, Any] = {
        "emergency": emergency_id, "opener": request.member, "note": form.cleaned_data["note"],
        "by": request.member.as_actor(), "at": at,
    }  # fmt: skip
    outcome: Emergency | EmergencyProblem | None
    if request.POST.get("act") == "open":
        outcome = open_with_alarm(**said, alert=uuid.UUID(runtime.new_id(at)))
        told = _("開きました。監査担当とセキュリティ担当に警告が出ました。終わったら、あなた以外の人が点検します。")
    else:
        outcome, told = operations.refuse_emergency(**said), _("断りました。申請した人に、わけが見えます。")
    if isinstance(outcome, EmergencyProblem):
        messages.error(request, str(PROBLEMS[outcome]))
    else:
        messages.success(request, told)
    return redirect("emergency", emergency_id)


@requires(Permission.ASK_EMERGENCY)
@require_POST
def withdraw(request: StaffRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """Take one's own request back."""
    _found(request, emergency_id)
    problem = operations.withdraw_emergency(emergency=emergency_id, by=request.member.as_actor(), at=runtime.now())
    if problem is None:
        messages.success(request, _("申請を取り下げました。"))
    else:
        messages.error(request, str(PROBLEMS[problem]))
    return redirect("emergency", emergency_id)


@requires(Permission.VIEW_EMERGENCIES)
@require_POST
def end(request: StaffRequest, emergency_id: uuid.UUID) -> HttpResponse:
    """End what is lent before its time."""
    _found(request, emergency_id)
    outcome = end_with_alert(
        emergency=emergency_id,
        may_take_back=may(request.member, Permission.OPEN_EMERGENCY),
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if isinstance(outcome, EmergencyEnd):
        messages.success(request, _("緊急時の権限を終えました。ここまでの操作は、ほかの人が点検します。"))
    else:
        messages.error(request, str(PROBLEMS[outcome]))
    return redirect("emergency", emergency_id)
