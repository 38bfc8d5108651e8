"""Notices to residents through the portal (お知らせ): chosen from a list of the follow-up, sent, taken back."""

import datetime as dt
from collections import Counter
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.followup import queries as followup
from tasuki.followup.rules import not_now
from tasuki.followup.types import CaseFilter, LeftOut
from tasuki.linkage.operations.notices import send_notices, take_back_notices
from tasuki.linkage.queries.notices import addressees, notice_list, notice_lists
from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import PortalNoticeKind
from tasuki.shared.dates import civil_date
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.followup import LEFT_OUT
from tasuki.web.presenters.notices import left_out_words, list_view
from tasuki.web.presenters.portal_words import NOTICES
from tasuki.web.staff.followup.lists import read_filter
from tasuki.web.staff.results.common import names_of

_KIND = PortalNoticeKind.DETAILED_EXAMINATION_OPEN


class ExpiryForm(forms.Form):
    """How long the notice can be seen."""

    days = forms.IntegerField(
        label=gettext_lazy("見られる日数"),
        help_text=gettext_lazy("この日数がたつと、受け取られていないお知らせは消えます。"),
        min_value=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, data: object) -> None:
        super().__init__(data, initial={"days": portal().usual.days})  # type: ignore[arg-type]  # what was posted, or nothing

    def clean_days(self) -> int:
        """Refuse more days than the network takes."""
        days: int = self.cleaned_data["days"]
        if days > portal().longest.days:
            raise forms.ValidationError(
                _("%(most)s日までです。短い日数を入力してください。") % {"most": portal().longest.days}
            )
        return days


@requires(Permission.SEND_PORTAL_NOTICES)
@require_http_methods(["GET", "POST"])
def notify(request: StaffRequest) -> HttpResponse:
    """Show whom a list's notices would go to and who is left out, and send them."""
    at = runtime.now()
    on = civil_date(at)
    _form, asked = read_filter(request.GET.dict(), on)
    if asked is None or not asked.kind.is_of_cases:
        raise Http404
    people, later = _people(asked.cases(on), on)
    form = ExpiryForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        _list_id, sent = send_notices(
            people=people,
            kind=_KIND,
            valid_for=dt.timedelta(days=form.cleaned_data["days"]),
            new_id=runtime.new_id,
            by=request.member.as_actor(),
            at=at,
        )
        text = _("%(count)s人へのお知らせを受け付けました。順に送ります。") % {"count": f"{len(sent.people):,}"}
        messages.success(request, text)
        return redirect("portal-notices")
    chosen = addressees(people, _KIND, at)
    label, words = NOTICES[_KIND]
    context = {
        "form": form,
        "kind": asked.kind,
        "people": len(chosen.people),
        "left_out": left_out_words(chosen.left_out)
        + [(LEFT_OUT[reason][0], count) for reason, count in sorted(later.items())],
        "label": label,
        "words": words,
        "day": on,
        "law": portal(),
        "back": f"{reverse('followup-list')}?{asked.query}",
    }
    return render(request, "notices/notify.html", context, status=422 if form.errors else 200)


def _people(wanted: CaseFilter, on: dt.date) -> tuple[list[str], Counter[LeftOut]]:
    """Return whose cases are open and to be asked about now, once each, and how many people are not yet."""
    cases = followup.cases_by_result(followup.result_ids(wanted)).values()
    reasons = {(case.system_person_number, not_now(case, on)) for case in cases if case.state.is_open}
    people = sorted({person for person, reason in reasons if reason is None})
    later = {person: reason for person, reason in reasons if reason is not None and person not in people}
    return people, Counter(later.values())


@requires(Permission.SEND_PORTAL_NOTICES)
@require_GET
def sent(request: StaffRequest) -> HttpResponse:
    """List the notices that were sent, list by list, and where they stand."""
    page = page_number(request.GET.get("page", "1"))
    total, found = notice_lists(PAGE_SIZE, (page - 1) * PAGE_SIZE)
    names = names_of([one.sent_by for one in found])
    context = {
        "lists": [list_view(one, names) for one in found],
        "paging": paging(page, total),
        "law": portal(),
    }
    return render(request, "notices/sent.html", context)


@requires(Permission.SEND_PORTAL_NOTICES)
@require_POST
def take_back(request: StaffRequest, list_id: UUID) -> HttpResponse:
    """Have the notices of a list taken back that nobody has fetched."""
    if notice_list(list_id) is None:
        raise Http404
    asked = take_back_notices(list_id=list_id, by=request.member.as_actor(), at=runtime.now())
    if asked:
        text = _("%(count)s人へのお知らせを取り戻しています。先に受け取られたものは戻りません。")
        messages.success(request, text % {"count": f"{asked:,}"})
    else:
        messages.info(request, _("取り戻せるお知らせは、もうありません。"))
    return redirect("portal-notices")
