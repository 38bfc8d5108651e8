"""Contractors' certificates of deletion (委託先の消去証明書): who owes one, what came in, who made sure."""

import datetime as dt
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.contractors import operations, queries
from tasuki.contractors.types import CertificateReceived, Problem
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.contractors import (
    PROBLEM_WORDS,
    certificate_rows,
    certificates_head,
    window_words,
)

_MOST_IN_FILE = 100_000
_LATEST_WORKS = 50
_NOBODY = gettext_lazy("住民の氏名や番号は書かないでください。")


class CertificateForm(forms.Form):
    """A certificate as it came on paper."""

    firm = forms.ChoiceField(label=gettext_lazy("委託先"))
    work = forms.ChoiceField(label=gettext_lazy("どの作業のもの"), required=False)
    what = forms.CharField(label=gettext_lazy("消去したもの"), help_text=_NOBODY, max_length=200)
    method = forms.CharField(
        label=gettext_lazy("消去の方法"), help_text=gettext_lazy("例: 上書き消去、物理的な破壊。"), max_length=200
    )
    deleted_on = DayField(label=gettext_lazy("消去の日"), help_text=gettext_lazy("例: 2026/4/1、R8.4.1"))
    document = forms.CharField(
        label=gettext_lazy("証明書の番号"), help_text=gettext_lazy("綴りと番号など、原本のある場所。"), max_length=100
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        _total, works = queries.works(limit=_LATEST_WORKS)
        offered = {
            "firm": [("", _("選んでください")), *((str(one.pk), one.name) for one in queries.firms())],
            "work": [("", _("契約の全体")), *((str(one.pk), f"{one.what} {window_words(one)}") for one in works)],
        }
        offer(self, offered)

    def clean_deleted_on(self) -> dt.date:
        """Refuse a day that has not come."""
        day: dt.date = self.cleaned_data["deleted_on"]
        if day > civil_date(runtime.now()):
            raise forms.ValidationError(_("まだ来ていない日です。証明書に書かれた消去の日を入れてください。"))
        return day


class InspectionForm(forms.Form):
    """What was looked at before a certificate was accepted or sent back."""

    note = forms.CharField(max_length=200)


@requires(Permission.VIEW_CONTRACTORS)
@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: StaffRequest) -> HttpResponse:
    """Show who owes a certificate and what came in. Words to look for are posted, so no address holds them."""
    words = request.POST.get("words", "")[:100] if request.method == "POST" else ""
    return _page(request, CertificateForm(), words)


@requires(Permission.KEEP_CONTRACTORS)
@require_POST
def receive(request: StaffRequest) -> HttpResponse:
    """Keep a certificate that came in."""
    form = CertificateForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    typed = form.cleaned_data
    received = CertificateReceived(
        UUID(typed["firm"]), UUID(typed["work"]) if typed["work"] else None, typed["what"], typed["method"],
        typed["deleted_on"], typed["document"],
    )  # fmt: skip
    kept = operations.receive_certificate(received=received, by=request.member.as_actor(), at=runtime.now())
    if isinstance(kept, Problem):
        form.add_error("work", str(PROBLEM_WORDS[kept]))
        return _page(request, form, status=422)
    messages.success(request, _("受け取りを記録しました。承認者かセキュリティ担当が検査します。"))
    return redirect("deletion-certificates")


@requires(Permission.REVIEW_WORK)
@require_POST
def inspect(request: StaffRequest, certificate_id: UUID) -> HttpResponse:
    """Accept a certificate, or send it back, with what was looked at."""
    form = InspectionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("何と合わせて確かめたかを、200文字までで書いてください。"))
        return redirect("deletion-certificates")
    problem = operations.inspect_certificate(
        certificate_id=certificate_id, is_accepted=request.POST.get("act") == "accept", note=form.cleaned_data["note"],
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    if problem is None:
        messages.success(request, _("検査を記録しました。"))
    else:
        messages.warning(request, str(PROBLEM_WORDS[problem]))
    return redirect("deletion-certificates")


@requires(Permission.VIEW_CONTRACTORS, leaves="contractors-register")
@require_POST
def file(request: StaffRequest) -> HttpResponse:
    """Give the register as CSV."""
    _total, found = queries.certificates(limit=_MOST_IN_FILE)
    lines: list[list[object]] = [[*certificates_head()], *(row.cells for row in certificate_rows(found, ""))]
    headers = {"Content-Disposition": 'attachment; filename="deletion-certificates.csv"'}
    return HttpResponse(csv_file(lines), content_type="text/csv; charset=utf-8", headers=headers)


def _page(request: StaffRequest, form: CertificateForm, words: str = "", status: int = 200) -> HttpResponse:
    page, today = page_number(request.GET.get("page", "1")), civil_date(runtime.now())
    total, found = queries.certificates(words=words, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context = {
        "form": form,
        "rows": certificate_rows(found, str(request.member.as_actor())),
        "missing": [(one, one.due_on < today) for one in queries.certificates_missing(today)],
        "paging": paging(page, total),
        "words": words,
        "may_keep": may(request.member, Permission.KEEP_CONTRACTORS),
        "may_review": may(request.member, Permission.REVIEW_WORK),
    }
    return render(request, "contractors/certificates.html", context, status=status)
