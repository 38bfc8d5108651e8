"""The register of entries, devices brought in, media and keys (入退室・持込み機器・媒体・鍵)."""

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
from tasuki.contractors.types import PassageAsked, PassageKind, Problem
from tasuki.shared.dates import to_jst
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.contractors import KIND_LABELS, PROBLEM_WORDS, passage_rows, passages_head, window_words

_MOST_IN_FILE = 100_000
_LATEST_WORKS = 50


class PassageForm(forms.Form):
    """Somebody or something that comes in or is lent."""

    kind = forms.ChoiceField(
        label=gettext_lazy("種類"), choices=[(kind.value, label) for kind, label in KIND_LABELS.items()]
    )
    handler = forms.ChoiceField(label=gettext_lazy("だれが"))
    work = forms.ChoiceField(label=gettext_lazy("どの作業のために"), required=False)
    label = forms.CharField(
        label=gettext_lazy("場所・番号"),
        help_text=gettext_lazy("入退室は部屋の名前、機器・媒体・鍵はその管理番号。"),
        max_length=100,
    )
    purpose = forms.CharField(
        label=gettext_lazy("目的"),
        help_text=gettext_lazy("機器は使い道(社内の連絡、設計書を見るなど)。住民のことは書かないでください。"),
        max_length=200,
    )
    hours = forms.IntegerField(
        label=gettext_lazy("何時間以内に退室・返却するか"),
        help_text=gettext_lazy("過ぎると、ホームに警告が出ます。1から24時間。"),
        min_value=1,
        max_value=24,
        initial=4,
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        known = [one for one in queries.handlers() if one.standing.ended_on is None]
        _total, works = queries.works(limit=_LATEST_WORKS)
        offered = {
            "handler": [("", _("選んでください")), *((str(one.handler_id), f"{one.firm} {one.name}") for one in known)],
            "work": [("", _("作業によらない")), *((str(one.pk), f"{one.what} {window_words(one)}") for one in works)],
        }
        offer(self, offered)


@requires(Permission.VIEW_CONTRACTORS)
@require_http_methods(["GET", "HEAD", "POST"])
def passages(request: StaffRequest) -> HttpResponse:
    """Show who and what is in or lent, and was. Words to look for are posted, so no address holds them."""
    words = request.POST.get("words", "")[:100] if request.method == "POST" else ""
    return _page(request, PassageForm(), words)


@requires(Permission.ATTEND_WORK)
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Note an entry, a device, a medium or a key."""
    form = PassageForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    typed, at = form.cleaned_data, runtime.now()
    asked = PassageAsked(
        kind=PassageKind(typed["kind"]), handler=UUID(typed["handler"]),
        work=UUID(typed["work"]) if typed["work"] else None, label=typed["label"], purpose=typed["purpose"],
        due_at=at + dt.timedelta(hours=typed["hours"]),
    )  # fmt: skip
    kept = operations.begin_passage(asked=asked, by=request.member.as_actor(), at=at)
    if isinstance(kept, Problem):
        form.add_error("handler", str(PROBLEM_WORDS[kept]))
        return _page(request, form, status=422)
    due = to_jst(asked.due_at)
    messages.success(request, _("記録しました。%(at)sまでに、退室・返却を記録してください。") % {"at": f"{due:%H:%M}"})
    return redirect("passages")


@requires(Permission.ATTEND_WORK)
@require_POST
def end(request: StaffRequest, passage_id: UUID) -> HttpResponse:
    """Note that somebody left, or that something went out or came back."""
    note = request.POST.get("note", "").strip()[:200]
    problem = operations.end_passage(passage_id=passage_id, note=note, by=request.member.as_actor(), at=runtime.now())
    if problem is None:
        messages.success(request, _("退室・返却を記録しました。"))
    else:
        messages.warning(request, str(PROBLEM_WORDS[problem]))
    return redirect("passages")


@requires(Permission.VIEW_CONTRACTORS, leaves="contractors-register")
@require_POST
def passages_file(request: StaffRequest) -> HttpResponse:
    """Give the register as CSV."""
    _total, found = queries.passages(limit=_MOST_IN_FILE)
    lines: list[list[object]] = [[*passages_head()], *(row.cells for row in passage_rows(found))]
    headers = {"Content-Disposition": 'attachment; filename="passages.csv"'}
    return HttpResponse(csv_file(lines), content_type="text/csv; charset=utf-8", headers=headers)


def _page(request: StaffRequest, form: PassageForm, words: str = "", status: int = 200) -> HttpResponse:
    page = page_number(request.GET.get("page", "1"))
    total, found = queries.passages(words=words, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context = {
        "form": form,
        "rows": passage_rows(found),
        "paging": paging(page, total),
        "words": words,
        "may_attend": may(request.member, Permission.ATTEND_WORK),
    }
    return render(request, "contractors/passages.html", context, status=status)
