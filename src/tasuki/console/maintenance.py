"""Maintenance of the node: begun with a message that peers see, and ended."""

import datetime as dt
import math
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.console.fields import ReasonField
from tasuki.console.words import names_of_actors
from tasuki.operating import operations, queries
from tasuki.operating.types import PastMaintenance
from tasuki.web.guard import StaffRequest, requires

_PAST = 20


class MaintenanceForm(forms.Form):
    """Until when, and why."""

    minutes = forms.IntegerField(
        label=gettext_lazy("終わる予定（分）"),
        help_text=gettext_lazy("今から何分後に終わる予定か。過ぎても、終えるまで続きます。"),
        min_value=1,
        max_value=7 * 24 * 60,
        initial=60,
    )
    reason = ReasonField(
        label=gettext_lazy("相手方に見せるわけ"),
        help_text=gettext_lazy("相手方と自治体の職員に見えます。200文字まで。住民のことは書かないでください。"),
    )


@dataclass(frozen=True, slots=True)
class PastRow:
    """A maintenance that is over, with who began and ended it."""

    past: PastMaintenance
    begun_by: str
    ended_by: str


@requires(Permission.VIEW_OPERATION)
@require_GET
def maintenance(request: StaffRequest) -> HttpResponse:
    """Show whether the node is in maintenance, and past times."""
    current = queries.maintenance()
    if current is None:
        return _page(request, MaintenanceForm())
    left = max(1, math.ceil((current.until - runtime.now()).total_seconds() / 60))
    return _page(request, MaintenanceForm(initial={"minutes": left, "reason": current.reason}))


def _page(request: StaffRequest, form: MaintenanceForm, status: int = 200) -> HttpResponse:
    current, past = queries.maintenance(), queries.past_maintenance(_PAST)
    names = names_of_actors({one.begun_by for one in past} | {one.ended_by for one in past})
    context = {
        "current": current,
        "is_overdue": current is not None and current.until < runtime.now(),
        "form": form,
        "past": [PastRow(one, names[one.begun_by], names[one.ended_by]) for one in past],
    }
    return render(request, "console/maintenance.html", context, status=status)


@requires(Permission.OPERATE_NODE)
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Let the node answer nothing, or change the end and the message of the maintenance it is in."""
    form = MaintenanceForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    at = runtime.now()
    until = at + dt.timedelta(minutes=form.cleaned_data["minutes"])
    operations.begin_maintenance(until=until, reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=at)
    runtime.maintenance_changed()
    messages.success(request, _("保守に入りました。終えるまで、どの電文にも答えません。"))
    return redirect("maintenance")


@requires(Permission.OPERATE_NODE)
@require_POST
def end(request: StaffRequest) -> HttpResponse:
    """Let the node work again."""
    ended = operations.end_maintenance(by=request.member.as_actor(), at=runtime.now())
    runtime.maintenance_changed()
    if ended:
        messages.success(request, _("保守を終えました。待っていた電文は、自動で続きます。"))
    else:
        messages.warning(request, _("保守中ではありませんでした。ほかの人が先に終えています。"))
    return redirect("maintenance")
