"""The second factor (二要素認証): enrolled when somebody first logs in, and asked for each time after that."""

import base64
import binascii

import segno
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts import operations, queries
from tasuki.accounts.codes import address_of, new_secret, spelled
from tasuki.accounts.errors import FactorDamagedError
from tasuki.accounts.lockout import count_failure, remaining_wait
from tasuki.accounts.permissions import Permission
from tasuki.accounts.types import FactorOutcome
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.staff.session import locked
from tasuki.web.standing import Step


def _code_field(label: object, help_text: object) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]  # a text that is translated late
        help_text=help_text,  # type: ignore[arg-type]  # as above
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class CodeForm(forms.Form):
    """A code of the authenticator, or a recovery code."""

    code = _code_field(gettext_lazy("コード"), gettext_lazy("認証アプリの6桁の数字。端末がないときは、回復コード。"))


class EnrolForm(forms.Form):
    """The first code, and the sealed secret it was made from."""

    sealed = forms.CharField(widget=forms.HiddenInput, max_length=200)
    code = _code_field(gettext_lazy("認証アプリに出た6桁の数字"), "")


@requires(Permission.CHANGE_OWN_PASSWORD, at_step=Step.CODE)
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code(request: StaffRequest) -> HttpResponse:
    """Ask for a code; until it is given nothing else opens."""
    if request.step is not Step.CODE:
        return redirect("home")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "session/code.html", {"form": form}, status=422 if form.is_bound else 200)
    if remaining_wait(request, request.member.username, runtime.now()):
        return locked(request, None, {"username": request.member.username})
    outcome = operations.pass_factor(
        code=form.cleaned_data["code"], sign_in=request.sign_in.sign_in, cipher=runtime.factor_cipher(),
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    if outcome is FactorOutcome.WRONG:
        count_failure(request, request.member.username)
        form.add_error("code", _("コードが違うか、一度使われています。次の数字に変わるのを待って、入力してください。"))
        return render(request, "session/code.html", {"form": form}, status=422)
    request.session.cycle_key()
    if outcome is FactorOutcome.RECOVERED:
        left = queries.recovery_codes_left(int(request.member.identifier))
        messages.warning(
            request,
            _(
                "回復コードを一つ使いました。残りは%(left)s個です。端末をなくしたときは、管理者に作り直しを頼んでください。"
            )
            % {"left": left},
        )
    return redirect("home")


@requires(Permission.CHANGE_OWN_PASSWORD, at_step=Step.ENROL)
@sensitive_post_parameters("code", "sealed")
@require_http_methods(["GET", "POST"])
def enrol(request: StaffRequest) -> HttpResponse:
    """Show a fresh secret as a picture and as letters, and take its first code."""
    if request.step is not Step.ENROL:
        return redirect("home")
    if request.method == "GET":
        return _enrol_page(request, new_secret(), None)
    form = EnrolForm(request.POST)
    try:
        sealed = base64.urlsafe_b64decode(request.POST.get("sealed", ""))
        secret = runtime.factor_cipher().open(request.member.identifier, sealed)
    except (binascii.Error, FactorDamagedError):
        # Not made here for this account: another is shown, and nothing is kept.
        return redirect("second-factor-enrol")
    codes = None
    if form.is_valid():
        codes = operations.enrol_factor(
            sealed=sealed, code=form.cleaned_data["code"].replace(" ", ""), sign_in=request.sign_in.sign_in,
            cipher=runtime.factor_cipher(), by=request.member.as_actor(), at=runtime.now(),
        )  # fmt: skip
        if codes is None:
            form.add_error("code", _("数字が違います。アプリに登録し直したときは、いまの数字を入力してください。"))
    if codes is None:
        return _enrol_page(request, secret, form)
    request.session.cycle_key()
    return render(request, "session/recovery_codes.html", {"codes": codes})


def _enrol_page(request: StaffRequest, secret: bytes, form: EnrolForm | None) -> HttpResponse:
    sealed = base64.urlsafe_b64encode(runtime.factor_cipher().seal(request.member.identifier, secret)).decode()
    address = address_of(secret, username=request.member.username, issuer=f"Tasuki {runtime.node().name}")
    text = spelled(secret)
    context = {
        "form": form or EnrolForm(initial={"sealed": sealed}),
        "picture": _picture(address),
        "secret": " ".join(text[place : place + 4] for place in range(0, len(text), 4)),
    }
    return render(request, "session/enrol.html", context, status=422 if form is not None else 200)


def _picture(address: str) -> SafeString:
    # Drawn into the page without a style of its own: the policy of the pages allows neither styles nor data: images.
    drawn = segno.make(address, error="m").svg_inline(
        scale=5, border=4, dark="#000000", light="#ffffff", omitsize=False
    )
    return mark_safe(drawn)  # noqa: S308 — a drawing made here, from letters and digits
