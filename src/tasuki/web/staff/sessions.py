"""One's own sessions (ログイン中の端末): where one is logged in, and ending it elsewhere."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts import operations, queries
from tasuki.accounts.permissions import Permission
from tasuki.accounts.rules import session_rules
from tasuki.web.guard import StaffRequest, requires


@requires(Permission.CHANGE_OWN_PASSWORD)
@require_GET
def sessions(request: StaffRequest) -> HttpResponse:
    """List where one is logged in."""
    rows = queries.open_sign_ins(int(request.member.identifier), runtime.now())
    context = {"rows": rows, "here": request.sign_in.sign_in, "rules": session_rules()}
    return render(request, "session/sessions.html", context)


@requires(Permission.CHANGE_OWN_PASSWORD)
@require_POST
def end(request: StaffRequest) -> HttpResponse:
    """End one of one's own sessions, or all but this one."""
    own = [one.sign_in for one in queries.open_sign_ins(int(request.member.identifier), runtime.now())]
    elsewhere = [one for one in own if one != request.sign_in.sign_in]
    chosen = request.POST.get("sign_in", "")
    wanted = elsewhere if chosen == "elsewhere" else [one for one in elsewhere if one == _number(chosen)]
    by = request.member.as_actor()
    if operations.end_sessions(staff_id=int(by.identifier), sign_ins=wanted, by=by, at=runtime.now()):
        messages.success(request, _("終了しました。その端末では、もう一度ログインが必要です。"))
    else:
        messages.warning(request, _("終了するものはありませんでした。"))
    return redirect("sessions")


def _number(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
