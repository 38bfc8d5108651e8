"""The notice a contractor owes when it notices a leak or a loss (委託先からの通知): a small form, without people."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.audits.incident_types import NewIncident, Source
from tasuki.audits.operations.incidents import tell_incident
from tasuki.contractors import queries
from tasuki.contractors.models import Work
from tasuki.shared.dates import JST, civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.presenters.contractors import window_words

_NOBODY = gettext_lazy("住民の氏名や番号は書かないでください。")
_LONGEST_TITLE = 100


class NoticeForm(forms.Form):
    """What a contractor's people noticed."""

    work = forms.ChoiceField(label=gettext_lazy("どの作業のこと"))
    says = forms.CharField(
        label=gettext_lazy("何があったか"), help_text=_NOBODY, max_length=700, widget=forms.Textarea(attrs={"rows": 4})
    )
    known_at = forms.DateTimeField(
        label=gettext_lazy("いつ気づいたか"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    since = forms.DateField(
        label=gettext_lazy("いつから起きていたおそれがあるか"), widget=forms.DateInput(attrs={"type": "date"})
    )
    done = forms.CharField(
        label=gettext_lazy("すでにした対応"), help_text=_NOBODY, max_length=250, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, works: list[Work], data: Any = None) -> None:
        super().__init__(data)
        self.works = {str(one.work_id): one for one in works}
        offer(self, {"work": [(number, f"{one.what} {window_words(one)}") for number, one in self.works.items()]})

    def clean(self) -> dict[str, Any]:
        """Refuse times that have not come, or are not in their order."""
        values: dict[str, Any] = self.cleaned_data
        known, since = values.get("known_at"), values.get("since")
        if known and known > runtime.now():
            self.add_error("known_at", _("知った日時には、今より前を入れてください。"))
        if known and since and since > civil_date(known):
            self.add_error("since", _("知った日より前の日を入れてください。"))
        return values


@requires(Permission.REPORT_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def notify(request: StaffRequest) -> HttpResponse:
    """Take the notice of a contractor whose people are at work now; it becomes a suspicion."""
    at = runtime.now()
    form = NoticeForm(
        queries.works_under_way(int(request.member.identifier), at), request.POST if request.method == "POST" else None
    )
    if form.is_bound and form.is_valid():
        tell_incident(told=_told(form), by=request.member.as_actor(), at=at)
        messages.success(request, _("区に知らせました。立ち会っている職員にも、いますぐ声をかけてください。"))
        return redirect("contractor-own")
    return render(request, "contractors/notify.html", {"form": form}, status=422 if form.errors else 200)


def _told(form: NoticeForm) -> NewIncident:
    typed = form.cleaned_data
    work = form.works[typed["work"]]
    begun = dt.datetime.combine(typed["since"], dt.time(), JST)
    says = typed["says"] + (f"\n（すでにした対応）{typed['done']}" if typed["done"] else "")
    title = f"{work.firm.name}からの通知: {work.what}"[:_LONGEST_TITLE]
    return NewIncident(title, says, Source.CONTRACTOR, typed["known_at"], begun, None, f"work:{work.work_id}")
