"""The link with the gateway: how far behind it is, whether both agree, and mending what does not."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.linkage import operations, queries
from tasuki.linkage.types import ReconciliationView
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.link import WAITING, difference_rows, kinds_of, standing
from tasuki.web.templatetags.tasuki import current_language
from tasuki.work import operations as work
from tasuki.work import queries as works


class DailyForm(forms.Form):
    """At which hour everything is compared each day, and whether what differs is mended then."""

    hour = forms.ChoiceField(label=gettext_lazy("突き合わせる時刻"))
    repairs = forms.BooleanField(label=gettext_lazy("見つかった違いを、その場で直す"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, data: object, initial: dict[str, object]) -> None:
        super().__init__(data, initial=initial)  # type: ignore[arg-type]  # what was posted, or nothing
        clock = [(str(hour), _("%(hour)s時") % {"hour": hour}) for hour in range(24)]
        offer(self, {"hour": [("", _("行わない")), *clock]})
        self.fields["hour"].required = False


@requires(Permission.VIEW_LINK)
@require_GET
def link(request: StaffRequest) -> HttpResponse:
    """Show how the link stands."""
    return _page(request, DailyForm(None, _daily_values()))


def _daily_values() -> dict[str, object]:
    daily = queries.daily_reconciliation()
    hour = "" if daily.hour is None else str(daily.hour)
    return {"hour": hour, "repairs": daily.repairs, "version": daily.version}


def _page(request: StaffRequest, form: DailyForm) -> HttpResponse:
    state = queries.link_state(runtime.now())
    compared = queries.reconciliations(10)
    daily = queries.daily_reconciliation()
    context = {
        "state": state,
        "standing": standing(state),
        "waiting": [(WAITING[kind], count) for kind, count in state.waiting.items()],
        "newest": compared[0] if compared else None,
        "kinds": kinds_of(compared[0]) if compared else [],
        "compared": compared,
        "load": queries.newest_load(),
        "daily": daily,
        "form": form,
        "may_mend": may(request.member, Permission.MEND_LINK),
        "running": next((one for one in works.works_of_kind(["reconcile"], limit=1) if not one.state.is_over), None),
    }
    return render(request, "index/link.html", context, status=422 if form.errors else 200)


@requires(Permission.MEND_LINK)
@require_POST
def compare(request: StaffRequest) -> HttpResponse:
    """Ask for a comparison as long work, with mending or without."""
    asked = work.ask(
        kind="reconcile",
        parameters={"repair": request.POST.get("repair") == "yes"},
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return redirect("work", asked.work_id)


@requires(Permission.MEND_LINK)
@require_http_methods(["POST"])
def daily(request: StaffRequest) -> HttpResponse:
    """Bring another hour of the daily comparison into use."""
    form = DailyForm(request.POST, _daily_values())
    if form.is_valid():
        values = form.cleaned_data
        stored = operations.set_daily_reconciliation(
            hour=int(values["hour"]) if values["hour"] else None,
            repairs=values["repairs"],
            version=values["version"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if stored is not None:
            messages.success(request, _("毎日の突合を変えました。"))
            return redirect("link")
        form.add_error(None, _("ほかの人が先に変えました。今の設定を見て、もう一度選んでください。"))
    return _page(request, form)


@requires(Permission.MEND_LINK)
@require_GET
def reconciliation(request: StaffRequest, reconciliation_id: UUID) -> HttpResponse:
    """Show one comparison and list its differences by 宛名番号."""
    found = _found(reconciliation_id)
    page = page_number(request.GET.get("page", "1"))
    listed = queries.differences(reconciliation_id, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context = {
        "found": found,
        "kinds": kinds_of(found),
        "rows": difference_rows(listed, current_language()),
        "paging": paging(page, found.differences),
    }
    return render(request, "index/reconciliation.html", context)


@requires(Permission.MEND_LINK, act=Act.EXPORT, leaves="link-differences-file")
@require_POST
def file(request: StaffRequest, reconciliation_id: UUID) -> HttpResponse:
    """Give the differences of a comparison as CSV, and record that they are taken."""
    _found(reconciliation_id)
    listed = operations.take_differences(
        reconciliation_id=reconciliation_id, by=request.member.as_actor(), at=runtime.now()
    )
    head = [_("宛名番号"), _("違い"), _("特定個人情報名"), _("記録の識別")]
    found = difference_rows(listed, current_language())
    disposition = content_disposition_header(as_attachment=True, filename="differences.csv")
    return HttpResponse(
        csv_file([head, *([row.number, row.label, row.data_set, row.record_key] for row in found)]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition or ""},
    )


def _found(reconciliation_id: UUID) -> ReconciliationView:
    """Return one comparison.

    :raises Http404: when it is not kept.
    """
    found = queries.reconciliation(reconciliation_id)
    if found is None:
        raise Http404
    return found
