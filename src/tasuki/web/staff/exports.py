"""Exports (持出し): asked for by one, approved by another, taken as an encrypted archive, and confirmed as gone."""

import secrets
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.media import operations, queries
from tasuki.media.archives import make_archive, new_password
from tasuki.media.catalogue import FHIR_DOCUMENTS
from tasuki.media.types import DecisionOutcome, Export, ExportState, Settlement
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.leaving import NoFileError, opened_call, press_again
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.exports import (
    DecisionForm,
    RequestForm,
    SettlementForm,
    cover_text,
    export_rows,
    file_words,
    register_head,
    wish_of,
)

_MOST_IN_FILE: Final = 100_000


@requires(Permission.REQUEST_EXPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: StaffRequest) -> HttpResponse:
    """Show the register: everybody's exports, or one's own. Words to look for are posted, so no address holds them."""
    words = request.POST.get("words", "")[:100] if request.method == "POST" else ""
    page = page_number(request.GET.get("page", "1"))
    total, found = queries.exports(
        words=words, requested_by=_whose(request), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    context = {
        "rows": export_rows(found),
        "paging": paging(page, total),
        "words": words,
        "sees_all": may(request.member, Permission.VIEW_MEDIA),
    }
    return render(request, "exports/exports.html", context)


@requires(Permission.REQUEST_EXPORT, leaves="media-register")
@require_POST
def register_file(request: StaffRequest) -> HttpResponse:
    """Give the register as CSV."""
    _total, found = queries.exports(requested_by=_whose(request), limit=_MOST_IN_FILE)
    content = csv_file([register_head(), *(row.cells for row in export_rows(found))])
    headers = {"Content-Disposition": 'attachment; filename="exports.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@requires(Permission.REQUEST_EXPORT)
@sensitive_post_parameters()
@require_POST
def ask(request: StaffRequest) -> HttpResponse:
    """Keep a request; somebody else decides."""
    sealed = request.POST.get("call", "")
    call = opened_call(sealed, str(request.member.as_actor()))
    if call is None:
        raise Http404
    form = RequestForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "call": sealed, "file": file_words(call["kind"])}
        return render(request, "exports/ask.html", context, status=422)
    at = runtime.now()
    wish = wish_of(form, kind=call["kind"], call=sealed, at=at)
    export_id = operations.request_export(wish=wish, by=request.member.as_actor(), at=at)
    messages.success(request, _("申請しました。別の人が承認するまで、ファイルは作られません。"))
    return redirect("export", export_id)


@requires(Permission.REQUEST_EXPORT)
@require_GET
def export(request: StaffRequest, export_id: UUID) -> HttpResponse:
    """Show one export, and what may be done with it now."""
    return _page(request, _visible(request, export_id))


@requires(Permission.REQUEST_EXPORT)
@require_POST
def withdraw(request: StaffRequest, export_id: UUID) -> HttpResponse:
    """Take one's own request back before anybody decided."""
    _visible(request, export_id)
    if operations.withdraw_export(export_id=export_id, by=request.member.as_actor(), at=runtime.now()):
        messages.success(request, _("申請を取り下げました。"))
    else:
        messages.warning(request, _("取り下げられません。決まったあとか、ほかの人の申請です。"))
    return redirect("export", export_id)


@requires(Permission.DECIDE_EXPORT)
@require_POST
def decide(request: StaffRequest, export_id: UUID) -> HttpResponse:
    """Approve somebody else's request, or refuse it with a reason."""
    found = _visible(request, export_id)
    approves = request.POST.get("act") == "approve"
    form = DecisionForm(request.POST)
    if not form.is_valid() or (not approves and not form.cleaned_data["reason"]):
        if form.is_valid():
            form.add_error("reason", _("承認しない理由を書いてください。申請した人に伝わります。"))
        return _page(request, found, decision=form)
    outcome = operations.decide_export(
        export_id=export_id,
        approves=approves,
        reason=form.cleaned_data["reason"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    tell = messages.success if outcome is DecisionOutcome.DECIDED else messages.warning
    tell(request, str(_DECISIONS[outcome]))
    return redirect("export", export_id)


_DECISIONS: Final = {
    DecisionOutcome.DECIDED: gettext_lazy("記録しました。"),
    DecisionOutcome.NOT_WAITING: gettext_lazy(
        "いまは決められません。先に決まったか、取り下げられたか、期限が過ぎています。"
    ),
    DecisionOutcome.SAME_PERSON: gettext_lazy(
        "申請した人は、自分の持出しを承認も確認もできません。別の人に頼んでください。"
    ),
}


@requires(Permission.REQUEST_EXPORT)
@require_POST
def make(request: StaffRequest, export_id: UUID) -> HttpResponse:
    """Make the archive of one's own approved export, and show its password this once."""
    found = _own(request, export_id)
    at = runtime.now()
    if found.state(at, civil_date(at)) not in (ExportState.APPROVED, ExportState.MADE):
        messages.warning(request, _("いまは作れません。承認を待っているか、期限が過ぎています。"))
        return redirect("export", export_id)
    call = opened_call(found.call, str(request.member.as_actor()))
    try:
        if call is None:
            raise NoFileError(NoFileError.__doc__)
        name, content = press_again(request, call)
    except (NoFileError, Http404):
        messages.error(
            request,
            _(
                "ファイルを作れませんでした。元の画面の検索や、支援措置の対象者を開いた理由が、なくなっています。元の画面をもう一度開いてから作るか、申請し直してください。"
            ),
        )
        return redirect("export", export_id)
    [row] = export_rows([found])
    own = runtime.node()
    archive = make_archive(
        name=name,
        content=content,
        cover=cover_text(row, town=own.own_town().name, dummy=own.is_dummy, at=at),
        stamp=f"{at:%Y%m%dT%H%M%SZ}-{request.member.username}{'-dummy' if own.is_dummy else ''}",
        password=new_password(secrets.choice),
    )
    if not operations.keep_archive(export_id=export_id, archive=archive, by=request.member.as_actor(), at=at):
        return redirect("export", export_id)
    # No redirect: the password is in this answer and nowhere else.
    return render(request, "exports/made.html", {"row": row, "archive": archive})


@requires(Permission.REQUEST_EXPORT, leaves="archive")
@require_POST
def take(request: StaffRequest, export_id: UUID) -> HttpResponse:
    """Give the archive to its requester, counted."""
    _own(request, export_id)
    taken = operations.take_archive(export_id=export_id, by=request.member.as_actor(), at=runtime.now())
    if taken is None:
        messages.warning(request, _("いまは受け取れません。期限か、受け取れる回数を過ぎています。"))
        return redirect("export", export_id)
    name, content = taken
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type="application/zip", headers={"Content-Disposition": disposition or ""})


@requires(Permission.DECIDE_EXPORT)
@require_POST
def settle(request: StaffRequest, export_id: UUID) -> HttpResponse:
    """Confirm that the copies came back or were destroyed."""
    found = _visible(request, export_id)
    form = SettlementForm(request.POST)
    if not form.is_valid():
        return _page(request, found, settlement=form)
    outcome = operations.settle_export(
        export_id=export_id,
        settlement=Settlement(form.cleaned_data["settlement"]),
        note=form.cleaned_data["note"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    tell = messages.success if outcome is DecisionOutcome.DECIDED else messages.warning
    tell(request, str(_DECISIONS[outcome]))
    return redirect("export", export_id)


def _page(
    request: StaffRequest,
    found: Export,
    *,
    decision: DecisionForm | None = None,
    settlement: SettlementForm | None = None,
) -> HttpResponse:
    at = runtime.now()
    state = found.state(at, civil_date(at))
    is_own = found.requested_by == str(request.member.as_actor())
    may_decide = may(request.member, Permission.DECIDE_EXPORT) and not is_own
    [row] = export_rows([found])
    is_taken_often = found.taken >= operations.MOST_TAKEN
    can_be_had = found.made_at is not None and found.erased_at is None and at < found.expires_at
    context = {
        "row": row,
        "one": found,
        "file": file_words(found.kind),
        "is_own": is_own,
        "is_waiting": state is ExportState.REQUESTED,
        "may_withdraw": is_own and state is ExportState.REQUESTED,
        "may_decide": may_decide and state is ExportState.REQUESTED,
        "may_make": is_own and state in (ExportState.APPROVED, ExportState.MADE) and found.kind != FHIR_DOCUMENTS,
        "is_made_by_command": is_own and state is ExportState.APPROVED and found.kind == FHIR_DOCUMENTS,
        "may_take": is_own and can_be_had and not is_taken_often and state in (ExportState.MADE, ExportState.OUT),
        "may_settle": may_decide and state in (ExportState.OUT, ExportState.OVERDUE),
        "is_overdue": state is ExportState.OVERDUE,
        "most_taken": operations.MOST_TAKEN,
        "decision_form": decision or DecisionForm(),
        "settlement_form": settlement or SettlementForm(),
    }
    wrong = decision is not None or settlement is not None
    return render(request, "exports/export.html", context, status=422 if wrong else 200)


def _whose(request: StaffRequest) -> str | None:
    """Return whose exports a member may see: their own, or everybody's (None)."""
    return None if may(request.member, Permission.VIEW_MEDIA) else str(request.member.as_actor())


def _visible(request: StaffRequest, export_id: UUID) -> Export:
    """Return an export this member may see; another is as if it were not there."""
    found = queries.export(export_id)
    if found is None or _whose(request) not in (None, found.requested_by):
        raise Http404
    return found


def _own(request: StaffRequest, export_id: UUID) -> Export:
    """Return this member's own export; that of somebody else is as if it were not there."""
    found = queries.export(export_id)
    if found is None or found.requested_by != str(request.member.as_actor()):
        raise Http404
    return found
