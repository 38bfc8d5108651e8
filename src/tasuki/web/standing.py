"""Whether a session still stands, what its owner does before anything else, when the password is asked for again."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasuki import runtime
from tasuki.accounts import queries
from tasuki.accounts.addresses import client_address, may_come_from
from tasuki.accounts.models import SignIn, Staff
from tasuki.accounts.operations import confirm_password
from tasuki.accounts.operations.attending import may_be_let_in
from tasuki.accounts.operations.signing_in import SIGN_IN
from tasuki.accounts.rules import is_fresh, second_factor_roles, session_end, session_rules
from tasuki.accounts.types import Role, SessionEnd

#: That a session is in use is noted once a minute, not with every page.
_NOTED_EVERY: Final = timedelta(minutes=1)
_AGAIN: Final = "password-again"
_WORDS: Final = {
    SessionEnd.IDLE: gettext_lazy("%(minutes)s分使われなかったので、ログアウトしました。もう一度入ってください。"),
    SessionEnd.TOO_LONG: gettext_lazy("%(hours)s時間たったので、ログアウトしました。もう一度入ってください。"),
    SessionEnd.ENDED: gettext_lazy("このログインは、ほかの端末か管理者が終了しました。"),
    SessionEnd.UNATTENDED: gettext_lazy("立会いが終わったか、作業の時間が過ぎたので、ログアウトしました。"),
    SessionEnd.LAPSED: gettext_lazy("この利用者は、いま、ここからは使えません。システム管理者に連絡してください。"),
}


class Step(StrEnum):
    """What whoever logged in does before anything else; its value names the page where they do it."""

    CODE = "second-factor"
    PASSWORD = "password"  # noqa: S105 — the name of a page
    ENROL = "second-factor-enrol"


def standing(request: HttpRequest, at: datetime) -> SignIn | None:
    """Return the sign-in of a session that stands; end any other, and say why on the next page."""
    staff = request.user
    if not isinstance(staff, Staff):
        return None
    found = queries.sign_in_numbered(request.session.get(SIGN_IN, ""))
    ended = over(request, staff, found, at)
    if ended is None and found is not None:
        # A page that reads itself anew, again and again, is nobody at work.
        if at - found.seen_at >= _NOTED_EVERY and not request.headers.get("HX-Request"):
            queries.note_seen(found.sign_in, at)
        return found
    logout(request)
    rules = session_rules()
    words = str(_WORDS[ended or SessionEnd.ENDED])
    messages.warning(request, words % {"minutes": rules.idle_minutes, "hours": rules.longest_hours})
    return None


def over(request: HttpRequest, staff: Staff, found: SignIn | None, at: datetime) -> SessionEnd | None:
    """Say why a session of an account does not stand any more; None while it does."""
    if not may_be_let_in(staff, is_dummy=runtime.node().is_dummy, at=at):
        return SessionEnd.UNATTENDED
    if found is None or found.staff_id != staff.pk or found.ended_at is not None:
        return SessionEnd.ENDED
    if not staff.lets_in(at) or not may_come_from(Role(staff.role), client_address(request)):
        return SessionEnd.LAPSED
    return session_end(opened_at=found.opened_at, seen_at=found.seen_at, at=at)


def step_of(staff: Staff, sign_in: SignIn) -> Step | None:
    """Return what the owner of a session must do first: give a code, choose a password, enrol a second factor."""
    gives_code = asks_for_factor(staff)
    if gives_code and sign_in.factor_at is None and queries.has_factor(staff.pk):
        return Step.CODE
    if staff.first_password_until is not None:
        return Step.PASSWORD
    return Step.ENROL if gives_code and sign_in.factor_at is None else None


def asks_for_factor(staff: Staff) -> bool:
    """Say whether an account gives a second factor here: personas have none, and a town may ask at its terminals."""
    if staff.is_persona or runtime.node().screens.second_factor_at_terminal:
        return False
    return Role(staff.role) in second_factor_roles()


def asked_again(request: Any, at: datetime) -> HttpResponse | None:
    """Return the page that asks for the password again before a dangerous act; None when it was given lately.

    It carries what was sent, so that nothing is typed twice. A persona has no password to be asked for.
    """
    staff: Staff = request.user
    if request.method != "POST" or staff.is_persona or is_fresh(request.sign_in.confirmed_at, at):
        return None
    typed = request.POST.get(_AGAIN)
    if typed and confirm_password(
        request=request, password=typed, sign_in=request.sign_in.sign_in, by=request.member.as_actor(), at=at
    ):
        sent = request.POST.copy()
        del sent[_AGAIN]
        request.POST = sent
        return None
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in (_AGAIN, "csrfmiddlewaretoken")
        for value in values
    ]
    error = _("パスワードが違います。") if typed else _("パスワードを入力してください。") if typed == "" else ""
    context = {"kept": kept, "field": _AGAIN, "error": error, "minutes": session_rules().grace_minutes}
    return render(request, "session/again.html", context, status=422 if error else 200)
