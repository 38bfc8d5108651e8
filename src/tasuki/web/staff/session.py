"""Logging in and out, the password, the language."""

import math
from collections.abc import Mapping
from typing import Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts import operations, queries
from tasuki.accounts.errors import (
    NotADemonstrationError,
    PersonaPasswordError,
    UnknownPersonaError,
    WeakPasswordError,
    WrongPasswordError,
)
from tasuki.accounts.lockout import remaining_wait, remember_device
from tasuki.accounts.models import Staff
from tasuki.accounts.operations.signing_in import SIGN_IN
from tasuki.accounts.permissions import Permission
from tasuki.accounts.personas import personas_at
from tasuki.accounts.types import LoginOutcome
from tasuki.web.guard import StaffRequest, public, requires
from tasuki.web.presenters.accounts import ROLE_NAMES
from tasuki.web.standing import Step


class LoginForm(forms.Form):
    """Who is there."""

    username = forms.CharField(
        label=gettext_lazy("ID"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=gettext_lazy("パスワード"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """The present password and, twice, the next."""

    current = forms.CharField(
        label=gettext_lazy("現在のパスワード"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("新しいパスワード"),
        help_text=gettext_lazy("12文字以上。よく使われる言葉やIDに似たものは使えません。長い文章でもかまいません。"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("新しいパスワード(確認)"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new"):
            raise forms.ValidationError(_("新しいパスワードと一致しません。"))
        return again


@public
@never_cache
@sensitive_post_parameters("username", "password")
@require_http_methods(["GET", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """Show the log-in, or open a session."""
    if request.method == "GET":
        if request.user.is_authenticated:
            return redirect("home")
        return _login_page(request, LoginForm())
    form = LoginForm(request.POST)
    if not form.is_valid():
        return _login_page(request, form, status=422)
    outcome = operations.log_in(
        request=request, **form.cleaned_data, is_dummy=runtime.node().is_dummy, at=runtime.now()
    )
    if outcome is LoginOutcome.OPENED:
        opened = redirect(_after_login(request))
        remember_device(request, opened, form.cleaned_data["username"])
        return opened
    # The lock-out page takes the place of this one when the attempt was one too many.
    form.add_error(None, str(_NOT_OPENED.get(outcome, _WRONG)))
    return _login_page(request, form, status=422)


_WRONG: Final = gettext_lazy("IDまたはパスワードが違います。")
_NOT_OPENED: Final = {
    LoginOutcome.LAPSED: gettext_lazy(
        "この利用者は、期限が切れたか、まだ使い始める日になっていません。システム管理者に連絡してください。"
    ),
    LoginOutcome.UNATTENDED: gettext_lazy(
        "委託先の利用者は、承認された作業の時間に、立ち会う職員が立会いを始めてから入れます。本番の環境には入れません。"
    ),
}


@public
@require_POST
def login_as_persona(request: HttpRequest) -> HttpResponse:
    """Open a session as a persona; outside a demonstration this address does not exist."""
    try:
        outcome = operations.log_in_as_persona(
            request=request,
            username=request.POST.get("persona", ""),
            kind=runtime.node().kind,
            demonstration=runtime.node().is_dummy,
            by=runtime.this_system(),
            at=runtime.now(),
        )
    except (NotADemonstrationError, UnknownPersonaError) as error:
        raise Http404 from error
    if outcome is LoginOutcome.UNATTENDED:
        messages.warning(request, str(_NOT_OPENED[outcome]))
        return redirect("login")
    return redirect(_after_login(request))


@public
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    ended = queries.sign_in_numbered(request.session.get(SIGN_IN, ""))
    if ended is not None and isinstance(request.user, Staff) and ended.staff_id == request.user.pk:
        by = request.user.member.as_actor()
        operations.end_sessions(staff_id=request.user.pk, sign_ins=[ended.sign_in], by=by, at=runtime.now())
    end_session(request)
    messages.success(request, _("ログアウトしました。"))
    return redirect("login")


@requires(Permission.CHANGE_OWN_PASSWORD, at_step=Step.PASSWORD)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: StaffRequest) -> HttpResponse:
    """Change one's own password."""
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        return _password_page(request, form)
    try:
        operations.change_password(
            request=request,
            current=form.cleaned_data["current"],
            new=form.cleaned_data["new"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except WrongPasswordError:
        form.add_error("current", _("現在のパスワードが違います。"))
    except PersonaPasswordError:
        form.add_error(None, _("体験用の利用者にはパスワードがありません。"))
    except WeakPasswordError as error:
        form.add_error("new", list(error.reasons))
    else:
        messages.success(request, _("パスワードを変えました。ほかの端末のログインは終了しました。"))
        return redirect("home")
    return _password_page(request, form)


def _password_page(request: StaffRequest, form: PasswordForm) -> HttpResponse:
    context = {"form": form, "is_first": request.step is Step.PASSWORD}
    return render(request, "session/password.html", context, status=422 if form.errors else 200)


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language and go back to the page."""
    chosen = request.POST.get("language", "")
    back = request.POST.get("next", "")
    response = redirect(back if _is_ours(request, back) else reverse("home"))
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Strict",
        )
    return response


def locked(request: HttpRequest, _original: HttpResponse | None, credentials: Mapping[str, str] | None) -> HttpResponse:
    """Explain a locked log-in and how long it lasts; django-axes asks for this page."""
    known = request.user.get_username() if request.user.is_authenticated else ""
    username = (credentials or {}).get("username") or request.POST.get("username", "") or known
    wait = remaining_wait(request, username, runtime.now())
    minutes = max(1, math.ceil(wait.total_seconds() / 60))
    response = render(request, "session/locked.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    return response


def _login_page(request: HttpRequest, form: LoginForm, status: int = 200) -> HttpResponse:
    own = runtime.node()
    offered = personas_at(own.kind) if own.is_dummy else ()
    english = get_language() == "en"
    choices = [
        {
            "username": one.username,
            "name": one.display_name_en if english else one.display_name,
            "department": one.department,
            "role": ROLE_NAMES[one.role],
            "purpose": one.purpose_en if english else one.purpose_ja,
        }
        for one in offered
    ]
    context = {"form": form, "personas": choices, "next": request.POST.get("next") or request.GET.get("next", "")}
    return render(request, "session/login.html", context, status=status)


def _after_login(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    return wanted if _is_ours(request, wanted) else resolve_url(settings.LOGIN_REDIRECT_URL)


def _is_ours(request: HttpRequest, address: str) -> bool:
    """Say whether an address leads back to this node, so that nobody is sent elsewhere by a prepared link."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, {request.get_host()})
