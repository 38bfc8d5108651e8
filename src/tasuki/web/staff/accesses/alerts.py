"""Alerts about accesses (アクセス警告): what the rules found, and what somebody else found out about it."""

from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.shared.dates import civil_date
from tasuki.watching.operations.alerts import close_alert
from tasuki.watching.queries import alerts as queries
from tasuki.watching.queries.accesses import search_accesses
from tasuki.watching.types import AccessFilter, Act, AlertOutcome, Closing
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE
from tasuki.web.presenters.access_alerts import OUTCOME_LABELS, alert_rows, hours_shown, rules_shown
from tasuki.web.presenters.accesses import access_rows

#: So many alerts that are over are shown; the monthly review has all of a month.
_CLOSED: Final = 50
_TOLD: Final[dict[Closing, Promise]] = {
    Closing.CLOSED: gettext_lazy("点検の結果を記録しました。"),
    Closing.OWN: gettext_lazy("自分のアクセスは点検できません。ほかの人が点検してください。"),
    Closing.OPENED_IT: gettext_lazy("あなたが開いた権限です。開いた人でも使った人でもない人が点検してください。"),
    Closing.STILL_OPEN: gettext_lazy("緊急時の権限がまだ開いています。終わってから点検してください。"),
    Closing.NONE_OPEN: gettext_lazy("この警告は、ほかの人が点検を終えています。"),
}


class ReviewForm(forms.Form):
    """What a review came to."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("点検の結果"),
        choices=[(one.value, label) for one, label in OUTCOME_LABELS.items()],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("確かめたこと"),
        help_text=gettext_lazy("誰に何を聞き、何で確かめたか。住民の氏名や番号は書かないでください。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@requires(Permission.REVIEW_ACCESSES)
@require_GET
def alerts(request: StaffRequest) -> HttpResponse:
    """Show the alerts that wait, those that are over, and the rules that raise them."""
    on, reader = civil_date(runtime.now()), str(request.member.as_actor())
    context = {
        "waiting": alert_rows(queries.open_alerts(), reader),
        "closed": alert_rows(queries.closed_alerts(_CLOSED), reader),
        "rules": rules_shown(on),
        "hours": hours_shown(on),
        "may_set": may(request.member, Permission.SET_ACCESS_RULES),
        "judged_until": queries.judged_until(),
    }
    return render(request, "accesses/alerts.html", context)


@requires(Permission.REVIEW_ACCESSES, act=Act.SEARCH)
@require_http_methods(["GET", "POST"])
def alert(request: StaffRequest, alert_id: UUID) -> HttpResponse:
    """Show one alert with the accesses it is about, or record what its review came to."""
    form = ReviewForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = close_alert(
            alert_id=alert_id,
            outcome=AlertOutcome(form.cleaned_data["outcome"]),
            note=form.cleaned_data["note"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        tell = messages.success if outcome is Closing.CLOSED else messages.warning
        tell(request, str(_TOLD[outcome]))
        return redirect("access-alerts")
    found = queries.alert(alert_id)
    if found is None:
        raise Http404
    part = search_accesses(AccessFilter(found.since, found.until, staff=found.staff), limit=PAGE_SIZE, offset=0)
    [row] = alert_rows([found], str(request.member.as_actor()))
    context = {
        "row": row,
        "form": form,
        "rows": access_rows(part.rows, request.member),
        "total": part.total,
        "names_people": may(request.member, Permission.VIEW_WHOM_ACCESSED),
    }
    return render(request, "accesses/alert.html", context, status=422 if form.errors else 200)
