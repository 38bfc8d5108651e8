"""Signing in and ending: a typed code stands for the card, which only fictitious people have not."""

import unicodedata
from typing import Final

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki.portal import asking, own
from tasuki.portal.guard import COOKIE, for_everybody
from tasuki.portal.sittings import TooManySittings
from tasuki.portal.tries import MOST_TRIES
from tasuki.shared.identifiers import is_resident_record_code

_TOO_MANY_TRIES: Final = 429
_FULL: Final = 503


class SignInForm(forms.Form):
    """The stand-in for a card: eleven digits, however they were typed. What was typed is never shown again."""

    code = forms.CharField(
        label=gettext_lazy("住民票コード(架空の人のもの)"),
        help_text=gettext_lazy("11桁の数字です。空白やハイフンが入っていてもかまいません。"),
        max_length=40,
        error_messages={"required": gettext_lazy("住民票コードを入力してください。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_code(self) -> str:
        typed = unicodedata.normalize("NFKC", str(self.cleaned_data["code"]))
        code = "".join(sign for sign in typed if sign in "0123456789")
        if not is_resident_record_code(code):
            # One answer, whatever is wrong with it.
            raise forms.ValidationError(
                _("本人を確かめられませんでした。住民票コードを確かめて、もう一度入力してください。")
            )
        return code


@for_everybody
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Begin a sitting for whoever has a code, or offer to."""
    if own.sittings().find(request.COOKIES.get(COOKIE, "")) is not None:
        return redirect("home")
    if request.method != "POST":
        return _offered(request, SignInForm())
    form = SignInForm(request.POST)
    if not own.tries().may_try(request.META.get("REMOTE_ADDR", "")):
        form = SignInForm()
        text = _("1分間に試せるのは%(most)d回までです。1分ほど待ってから、もう一度入力してください。")
        return _offered(request, form, status=_TOO_MANY_TRIES, problem=text % {"most": MOST_TRIES})
    if not form.is_valid():
        return _offered(request, form, status=400)
    try:
        token = own.sittings().begin(asking.portal_code(form.cleaned_data["code"]))
    except TooManySittings:
        text = _("いま、とても混みあっています。数分待ってから、もう一度入力してください。")
        return _offered(request, SignInForm(), status=_FULL, problem=text)
    response = redirect("home")
    response.set_cookie(COOKIE, token, httponly=True, samesite="Strict", secure=request.is_secure())
    return response


def _offered(request: HttpRequest, form: SignInForm, *, status: int = 200, problem: str = "") -> HttpResponse:
    if form.is_bound:
        # What was typed is not shown again; what was wrong with it is.
        form.data = {}
    context = {"form": form, "problem": problem}
    return render(request, "portal/sign_in.html", context, status=status)


@for_everybody
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget the sitting at once, and say so."""
    own.sittings().end(request.COOKIES.get(COOKIE, ""))
    response = redirect("ended")
    response.delete_cookie(COOKIE, samesite="Strict")
    return response


@for_everybody
@require_GET
def ended(request: HttpRequest) -> HttpResponse:
    """Say that a sitting was ended by whoever sat."""
    return render(request, "portal/ended.html", {"is_over": False})


@for_everybody
@require_GET
def over(request: HttpRequest) -> HttpResponse:
    """Say that a sitting ended by itself; a page left open comes here by its own, and shows nobody any more."""
    own.sittings().end(request.COOKIES.get(COOKIE, ""))
    response = render(request, "portal/ended.html", {"is_over": True})
    response.delete_cookie(COOKIE, samesite="Strict")
    return response


@for_everybody
@require_GET
def health(_request: HttpRequest) -> HttpResponse:
    """Say that pages are served; whether the network is there they say themselves."""
    return JsonResponse({"ok": True})


@for_everybody
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language and go back to the page."""
    chosen, back = request.POST.get("language", ""), request.POST.get("next", "")
    response = redirect(back if back.startswith("/") and not back.startswith(("//", "/\\")) else reverse("sign-in"))
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            httponly=True,
            samesite="Strict",
        )
    return response
