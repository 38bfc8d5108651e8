"""The monthly review (月次点検) of accesses: by role and act, alerts and their outcomes, signed by a reviewer."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff, staff_names
from tasuki.accounts.types import Role
from tasuki.shared.actor import staff_actor
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.operations.reviews import sign_month
from tasuki.watching.queries.months import month_of
from tasuki.watching.types import Act, AlertOutcome, Month, Signing
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.access_alerts import OUTCOME_LABELS, RULE_LABELS
from tasuki.web.presenters.accesses import ACT_LABELS
from tasuki.web.presenters.accounts import ROLE_NAMES

_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_TOLD: Final[dict[Signing, Promise]] = {
    Signing.SIGNED: gettext_lazy("この月の点検に署名しました。"),
    Signing.NOT_OVER: gettext_lazy("この月はまだ終わっていません。翌月になってから署名してください。"),
    Signing.ALERTS_OPEN: gettext_lazy("点検を待つ警告があります。すべて終えてから署名してください。"),
    Signing.SIGNED_BEFORE: gettext_lazy("この月は、すでに署名されています。"),
}


class SignForm(forms.Form):
    """What the reviewer has to say about the month."""

    note = forms.CharField(
        label=gettext_lazy("点検の所見"),
        help_text=gettext_lazy("住民の氏名や番号は書かないでください。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@requires(Permission.VIEW_ACCESS_LOG)
@require_GET
def month(request: StaffRequest) -> HttpResponse:
    """Show one month, the last one first."""
    return _page(request, _chosen(request), SignForm())


@requires(Permission.REVIEW_ACCESSES)
@require_POST
def sign(request: StaffRequest) -> HttpResponse:
    """Sign one month."""
    first, form = _chosen(request), SignForm(request.POST)
    if not form.is_valid():
        return _page(request, first, form)
    by = request.member.as_actor()
    outcome = sign_month(day=first, note=form.cleaned_data["note"], by=by, at=runtime.now())
    tell = messages.success if outcome is Signing.SIGNED else messages.warning
    tell(request, str(_TOLD[outcome]))
    return redirect(f"{reverse('access-month')}?month={first:%Y-%m}")


def _page(request: StaffRequest, first: dt.date, form: SignForm) -> HttpResponse:
    may_sign = may(request.member, Permission.REVIEW_ACCESSES)
    found = month_of(first)
    is_over = civil_date(runtime.now()) >= found.after
    context = {
        "month": found,
        "before": (first - dt.timedelta(days=1)).replace(day=1),
        "next": None if not is_over else found.after,
        "is_over": is_over,
        "acts": [ACT_LABELS[act] for act in Act],
        "roles": _role_rows(found),
        "outcomes": [*(OUTCOME_LABELS[one] for one in AlertOutcome), _("点検を待つ")],
        "alerts": _alert_rows(found),
        "idle": _idle(found),
        "signer": "" if found.review is None else names_of_staff([found.review.signed_by]).get(found.review.signed_by),
        "may_sign": may_sign and found.review is None and is_over and not found.open_alerts,
        "form": form,
    }
    return render(request, "accesses/month.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_ACCESS_LOG, leaves="access-month-file")
@require_GET
def file(request: StaffRequest) -> HttpResponse:
    """Give the counts of a month as CSV; they say nothing of residents."""
    found = month_of(_chosen(request))
    name = f"{found.first:%Y-%m}"
    lines: list[Sequence[object]] = [(_("月"), _("役割・規則"), _("操作・結果"), _("件数"))]
    for role, counts in _role_rows(found):
        lines += [(name, role, ACT_LABELS[act], n) for act, n in zip(Act, counts, strict=True)]
    outcomes = [*(OUTCOME_LABELS[one] for one in AlertOutcome), _("点検を待つ")]
    for rule, counts in _alert_rows(found):
        lines += [(name, rule, said, n) for said, n in zip(outcomes, counts, strict=True)]
    headers = {"Content-Disposition": f'attachment; filename="accesses-{name}.csv"'}
    return HttpResponse(csv_file(lines), content_type="text/csv; charset=utf-8", headers=headers)


def _chosen(request: StaffRequest) -> dt.date:
    """Return the month that is asked for; anything that is no month is the last one that is over."""
    asked = _MONTH.fullmatch(request.GET.get("month", ""))
    today = civil_date(runtime.now())
    if asked is None:
        return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    return min(dt.date(int(asked[1]), int(asked[2]), 1), today.replace(day=1))


def _role_rows(found: Month) -> list[tuple[Promise, list[int]]]:
    return [(ROLE_NAMES[Role(role)], [acts.get(act, 0) for act in Act]) for role, acts in found.by_role.items()]


def _alert_rows(found: Month) -> list[tuple[Promise, list[int]]]:
    keys = [*AlertOutcome, ""]
    return [(RULE_LABELS[rule], [counts.get(key, 0) for key in keys]) for rule, counts in found.by_rule.items()]


def _idle(found: Month) -> list[str]:
    """Return the members of staff who did nothing: an account nobody needs may be closed."""
    active = set(found.staff)
    return sorted(name for number, name in staff_names().items() if str(staff_actor(number)) not in active)
