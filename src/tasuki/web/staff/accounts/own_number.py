"""A member of staff's own 宛名番号: said once, shown to nobody, changed by an administrator."""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts import queries as accounts
from tasuki.accounts.permissions import Permission
from tasuki.watching.operations.declarations import declare_own_number, set_number_of
from tasuki.watching.queries.declarations import has_declared
from tasuki.watching.types import Declaring
from tasuki.web.access import StaffRequest, requires

_TOLD: Final[dict[Declaring, Promise]] = {
    Declaring.DECLARED: gettext_lazy(
        "宛名番号を残しました。番号は、家族・世帯と同僚の規則だけが使い、誰にも見えません。"
    ),
    Declaring.THERE_ALREADY: gettext_lazy("もう申告されています。違うときは、システム管理者に直してもらってください。"),
    Declaring.OWN_ACCOUNT: gettext_lazy("自分の番号は、自分では直せません。別のシステム管理者に頼んでください。"),
    Declaring.NOT_STAFF: gettext_lazy("住民の情報を扱う利用者ではないので、申告は要りません。"),
}


class NumberForm(forms.Form):
    """The number, twice, as nobody can look at it afterwards."""

    person = forms.RegexField(
        r"^[0-9]{1,15}$",
        label=gettext_lazy("本人の宛名番号"),
        help_text=gettext_lazy("15桁までの数字。住民税などの通知にあります。この町に住んでいない人は、申告しません。"),
        error_messages={"invalid": gettext_lazy("数字だけで、15桁までで入力してください。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    again = forms.CharField(
        label=gettext_lazy("本人の宛名番号(確認)"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    def clean_again(self) -> str:
        """Refuse two numbers that differ."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("person"):
            raise forms.ValidationError(gettext_lazy("上の番号と一致しません。"))
        return again


@requires(Permission.APPLY_FOR_ACCOUNT)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def own_number(request: StaffRequest) -> HttpResponse:
    """Say one's own number, this once."""
    form = NumberForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        outcome = declare_own_number(person=form.cleaned_data["person"], by=request.member.as_actor(), at=runtime.now())
        _tell(request, outcome)
        return redirect("own-number")
    context = {"form": form, "is_declared": has_declared(str(request.member.as_actor()))}
    return render(request, "accounts/own_number.html", context, status=422 if form.errors else 200)


@requires(Permission.MANAGE_ACCOUNTS, asks_again=True)
@sensitive_post_parameters()
@require_POST
def set_number(request: StaffRequest, staff_id: int) -> HttpResponse:
    """Put a number in the place of what somebody else declared."""
    if accounts.account_numbered(staff_id) is None:
        raise Http404
    form = NumberForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("account", staff_id)
    outcome = set_number_of(
        staff_id=staff_id, person=form.cleaned_data["person"], by=request.member.as_actor(), at=runtime.now()
    )
    _tell(request, outcome)
    return redirect("account", staff_id)


def _tell(request: StaffRequest, outcome: Declaring) -> None:
    tell = messages.success if outcome is Declaring.DECLARED else messages.error
    tell(request, str(_TOLD[outcome]))
