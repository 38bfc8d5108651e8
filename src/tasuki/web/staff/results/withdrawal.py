"""Withdrawing a result, and letting a withdrawn one stand again; both with a reason."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.screening.errors import AlreadyWithdrawn, NotRestorable
from tasuki.screening.operations.results import restore_result, withdraw_result
from tasuki.screening.types import Outdated, Person, Rejected, Source, StoredResult
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.results import result_view
from tasuki.web.staff.person import provider_names
from tasuki.web.staff.results.common import RESTORATION, WITHDRAWAL, ReasonForm, result_at, show
from tasuki.web.templatetags.tasuki import current_language


@requires(Permission.WITHDRAW_RESULT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def withdraw(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Show what is about to be withdrawn, and withdraw it with its reason."""
    person, stored = result_at(request, token, result_id, "withdrawal")
    if stored.withdrawn_at is not None:
        messages.info(request, _("この検診結果は取り消し済みです。"))
        return redirect("result-history", token, result_id)
    form = ReasonForm(request.POST if request.method == "POST" else None, offered=WITHDRAWAL)
    if not form.is_valid():
        return _page(request, token, person, stored, form, "results/withdraw.html")
    revision = request.POST.get("revision", "")
    try:
        outcome = withdraw_result(
            result_id=result_id,
            reason=form.stored,
            by=request.member.as_actor(),
            at=runtime.now(),
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
        )
    except AlreadyWithdrawn:
        messages.info(request, _("この検診結果は取り消し済みです。"))
        return redirect("result-history", token, result_id)
    if isinstance(outcome, Outdated):
        messages.warning(
            request, _("この画面を開いたあとに内容が変わったため、取り消していません。いまの内容を確かめてください。")
        )
        return redirect("result-withdraw", token, result_id)
    messages.success(request, _("検診結果を取り消しました。履歴の画面から元に戻せます。"))
    return redirect("result-history", token, result_id)


@requires(Permission.WITHDRAW_RESULT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def restore(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Let a withdrawn result stand again, with its reason."""
    person, stored = result_at(request, token, result_id, "restoration")
    form = ReasonForm(request.POST if request.method == "POST" else None, offered=RESTORATION)
    if not form.is_valid():
        return _page(request, token, person, stored, form, "results/restore.html")
    try:
        outcome = restore_result(
            result_id=result_id, reason=form.stored, by=request.member.as_actor(), at=runtime.now()
        )
    except NotRestorable:
        messages.error(request, NotRestorable.user_message)
        return redirect("result-history", token, result_id)
    if isinstance(outcome, Rejected):
        messages.error(
            request,
            _("同じ年度・連番の結果が新しく登録されているため、元に戻せません。そちらを先に取り消してください。"),
        )
        return redirect("result-history", token, result_id)
    messages.success(request, _("検診結果を元に戻しました。"))
    return redirect("result", token, result_id)


def _page(
    request: StaffRequest, token: str, person: Person, stored: StoredResult, form: ReasonForm, template: str
) -> HttpResponse:
    language = current_language()
    context: dict[str, object] = {
        "result": result_view(stored, token, provider_names(language), language),
        "revision": stored.revision,
        "is_provided": stored.source is Source.OWN,
        "form": form,
        "action": request.path,
        "back": reverse("result", args=[token, stored.result_id]),
    }
    return show(request, template, person, token, context, status=422 if form.errors else 200)
