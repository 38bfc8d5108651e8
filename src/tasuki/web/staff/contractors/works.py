"""Contractors' works: asked for, reviewed by two, done while staff are present, reported, inspected."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.contractors import operations, queries
from tasuki.contractors.models import Work
from tasuki.contractors.rules import work_table
from tasuki.contractors.types import Problem, WorkAsked, WorkState
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer, window_from
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.contractors import PROBLEM_WORDS, work_rows, works_head
from tasuki.web.staff.contractors.one_work import NoteForm, ReportForm, work_page

_MOST_IN_FILE: Final = 100_000
_NOBODY: Final = gettext_lazy("住民の氏名や番号は書かないでください。")


class WorkForm(forms.Form):
    """What a contractor is to do, as it told the town beforehand."""

    handlers = forms.MultipleChoiceField(
        label=gettext_lazy("従事者"),
        help_text=gettext_lazy("一つの委託先の人だけを選びます。"),
        widget=forms.CheckboxSelectMultiple,
    )
    what = forms.CharField(label=gettext_lazy("作業の内容"), help_text=_NOBODY, max_length=200)
    why = forms.CharField(label=gettext_lazy("目的"), help_text=_NOBODY, max_length=200)
    place = forms.CharField(label=gettext_lazy("場所"), help_text=gettext_lazy("庁舎内の部屋。"), max_length=100)
    material = forms.CharField(
        label=gettext_lazy("扱うデータ"), help_text=gettext_lazy("例: 模擬データ、扱わない。"), max_length=200
    )
    devices = forms.CharField(
        label=gettext_lazy("使う機器・持ち込む機器"),
        help_text=gettext_lazy("例: 端末室の端末3、持込みなし。"),
        max_length=200,
    )
    day = DayField(label=gettext_lazy("作業の日"), help_text=gettext_lazy("例: 2026/4/1、R8.4.1"))
    starts = forms.TimeField(
        label=gettext_lazy("始まる時刻"),
        help_text=gettext_lazy("例: 18:30"),
        input_formats=["%H:%M"],
    )
    ends = forms.TimeField(
        label=gettext_lazy("終わる時刻"),
        help_text=gettext_lazy("始まる時刻より前なら翌日。12時間まで。"),
        input_formats=["%H:%M"],
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.known = {str(one.handler_id): one for one in queries.handlers() if one.standing.ended_on is None}
        offer(self, {"handlers": [(key, f"{one.firm} {one.name}") for key, one in self.known.items()]})

    def clean(self) -> dict[str, Any]:
        """Ask for handlers of one firm, and for a window that is not over."""
        values: dict[str, Any] = self.cleaned_data
        chosen = {self.known[key].firm_id for key in values.get("handlers", ())}
        if len(chosen) > 1:
            self.add_error("handlers", _("委託先が分かれています。委託先ごとに申請してください。"))
        if {"day", "starts", "ends"} <= values.keys():
            begins, over = window_from(values["day"], values["starts"], values["ends"])
            if over <= runtime.now():
                self.add_error("day", _("もう過ぎた時間です。これからの日と時刻を入れてください。"))
            if over - begins > work_table().longest:
                self.add_error("ends", _("12時間を超えます。日を分けて申請してください。"))
            values["window"] = (begins, over)
        return values


@requires(Permission.VIEW_CONTRACTORS)
@require_http_methods(["GET", "HEAD", "POST"])
def works(request: StaffRequest) -> HttpResponse:
    """List the works. Words to look for are posted, so no address holds them."""
    words = request.POST.get("words", "")[:100] if request.method == "POST" else ""
    page = page_number(request.GET.get("page", "1"))
    total, found = queries.works(words=words, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context: dict[str, object] = {"rows": work_rows(found), "paging": paging(page, total), "words": words}
    context["may_request"] = may(request.member, Permission.REQUEST_WORK)
    return render(request, "contractors/works.html", context)


@requires(Permission.VIEW_CONTRACTORS, leaves="contractors-register")
@require_POST
def works_file(request: StaffRequest) -> HttpResponse:
    """Give the list of works as CSV."""
    _total, found = queries.works(limit=_MOST_IN_FILE)
    headers = {"Content-Disposition": 'attachment; filename="contractor-works.csv"'}
    content = csv_file([works_head(), *(row.cells for row in work_rows(found))])
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@requires(Permission.REQUEST_WORK)
@require_http_methods(["GET", "POST"])
def ask(request: StaffRequest) -> HttpResponse:
    """Ask for a work as the contractor told it; two others review it."""
    form = WorkForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        typed = form.cleaned_data
        asked = WorkAsked(
            firm=form.known[typed["handlers"][0]].firm_id, what=typed["what"], why=typed["why"],
            place=typed["place"], data=typed["material"], devices=typed["devices"], starts_at=typed["window"][0],
            ends_at=typed["window"][1], handlers=tuple(map(UUID, typed["handlers"])),
        )  # fmt: skip
        kept = operations.request_work(asked=asked, by=request.member.as_actor(), at=runtime.now())
        if not isinstance(kept, Problem):
            messages.success(request, _("申請しました。ほかの二人が承認するまで、作業は始められません。"))
            return redirect("contractor-work", kept)
        form.add_error("handlers", str(PROBLEM_WORDS[kept]))
    context = {"form": form, "has_handlers": bool(form.known)}
    return render(request, "contractors/ask.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_CONTRACTORS)
@require_GET
def work(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Show one work, and what may be done with it now."""
    return work_page(request, _found(work_id))


@requires(Permission.REVIEW_WORK, asks_again=True)
@require_POST
def review(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Approve a work, as one of two, or refuse it with a reason."""
    found, form, approves = _found(work_id), NoteForm(request.POST), request.POST.get("act") == "approve"
    if not _has_reason(form, is_needed=not approves):
        return work_page(request, found, form)
    return _told(
        request,
        work_id,
        operations.review_work(
            work_id=work_id, approves=approves, note=form.cleaned_data["note"], by=request.member.as_actor(),
            at=runtime.now(),
        ),
    )  # fmt: skip


@requires(Permission.REQUEST_WORK)
@require_POST
def withdraw(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Take one's own request back before the work is begun, with a reason."""
    found, form = _found(work_id), NoteForm(request.POST)
    if not _has_reason(form, is_needed=True):
        return work_page(request, found, form)
    done = operations.withdraw_work(
        work_id=work_id, note=form.cleaned_data["note"], by=request.member.as_actor(), at=runtime.now()
    )
    return _told(request, work_id, done)


@requires(Permission.ATTEND_WORK)
@require_POST
def attend(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Be present at a work from now on, in this session."""
    _found(work_id)
    begun = operations.begin_attendance(
        work_id=work_id, sign_in=request.sign_in.sign_in, by=request.member.as_actor(), at=runtime.now()
    )
    return _told(request, work_id, begun if isinstance(begun, Problem) else WorkState.BEGUN)


@requires(Permission.ATTEND_WORK)
@require_POST
def leave(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Be present no longer; the contractor's sessions end at once."""
    _found(work_id)
    problem = operations.end_attendance(work_id=work_id, by=request.member.as_actor(), at=runtime.now())
    if problem is None:
        messages.success(request, _("立会いを終えました。委託先の人のログインも終わりました。"))
    else:
        messages.warning(request, str(PROBLEM_WORDS[problem]))
    return redirect("contractor-work", work_id)


@requires(Permission.ATTEND_WORK)
@require_POST
def report(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Keep the report that the contractor handed over on paper."""
    found, form = _found(work_id), ReportForm(request.POST)
    if not form.is_valid():
        return work_page(request, found, form)
    done = operations.report_work(
        work_id=work_id, report=form.cleaned_data["report"], by=request.member.as_actor(), at=runtime.now()
    )
    return _told(request, work_id, done)


@requires(Permission.ATTEND_WORK)
@require_POST
def inspect(request: StaffRequest, work_id: UUID) -> HttpResponse:
    """Close a work whose report is right, or send it back with a reason."""
    found, form, passes = _found(work_id), NoteForm(request.POST), request.POST.get("act") == "pass"
    if not _has_reason(form, is_needed=True):
        return work_page(request, found, form)
    done = operations.inspect_work(
        work_id=work_id, passes=passes, note=form.cleaned_data["note"], by=request.member.as_actor(), at=runtime.now()
    )
    return _told(request, work_id, done)


@requires(Permission.REPORT_WORK)
@require_http_methods(["GET", "POST"])
def own(request: StaffRequest) -> HttpResponse:
    """Show a contractor the work they are at, and take its report."""
    at = runtime.now()
    found = queries.works_under_way(int(request.member.identifier), at)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        wanted = next((one for one in found if str(one.work_id) == request.POST.get("work")), None)
        if wanted is None:
            raise Http404
        done = operations.report_work(
            work_id=wanted.work_id, report=form.cleaned_data["report"], by=request.member.as_actor(), at=at
        )
        _say(request, done)
        return redirect("contractor-own")
    waiting = {WorkState.BEGUN.value, WorkState.SENT_BACK.value}
    context = {"rows": [(row, row.one.state in waiting) for row in work_rows(found)], "form": form}
    return render(request, "contractors/own.html", context, status=422 if form.errors else 200)


def _has_reason(form: NoteForm, *, is_needed: bool) -> bool:
    if form.is_valid() and is_needed and not form.cleaned_data["note"]:
        form.add_error("note", _("理由や確かめたことを書いてください。記録に残ります。"))
    return form.is_valid()


_DONE: Final[Mapping[WorkState, Promise]] = {
    WorkState.REVIEWED: gettext_lazy("承認しました。もう一人が承認すると、作業できるようになります。"),
    WorkState.APPROVED: gettext_lazy("二人が承認しました。時間になったら、立会いを始めてください。"),
    WorkState.REFUSED: gettext_lazy("承認しないことを記録しました。"),
    WorkState.WITHDRAWN: gettext_lazy("申請を取り下げました。"),
    WorkState.BEGUN: gettext_lazy(
        "立会いを始めました。30分何もしないか、ログアウトすると、委託先の人のログインも終わります。"
    ),
    WorkState.REPORTED: gettext_lazy("完了の報告を記録しました。"),
    WorkState.PASSED: gettext_lazy("検査を記録しました。"),
    WorkState.SENT_BACK: gettext_lazy("報告を差し戻しました。"),
}


def _say(request: StaffRequest, done: WorkState | Problem) -> None:
    if isinstance(done, Problem):
        messages.warning(request, str(PROBLEM_WORDS[done]))
    else:
        messages.success(request, str(_DONE[done]))


def _told(request: StaffRequest, work_id: UUID, done: WorkState | Problem) -> HttpResponse:
    _say(request, done)
    return redirect("contractor-work", work_id)


def _found(work_id: UUID) -> Work:
    """Return a work.

    :raises Http404: where there is none.
    """
    found = queries.work(work_id)
    if found is None:
        raise Http404
    return found
