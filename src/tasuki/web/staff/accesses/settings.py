"""The numbers of a rule about accesses, as the town sets them (監視の規則の数)."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.shared.dates import civil_date
from tasuki.watching.operations.settings import set_rule
from tasuki.watching.queries.settings import settings
from tasuki.watching.rules import rules_on
from tasuki.watching.types import Rule, RuleKind, SettingOutcome
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.access_alerts import RULE_LABELS
from tasuki.web.presenters.accounts import actor_names

_PROBLEMS: Final[dict[SettingOutcome, tuple[str, Promise]]] = {
    SettingOutcome.NOT_SETTABLE: ("", gettext_lazy("この規則の数は、町では変えられません。")),
    SettingOutcome.LEAST_OUTSIDE: ("least", gettext_lazy("範囲の外です。下の範囲の数を入力してください。")),
    SettingOutcome.TIMES_OUTSIDE: ("times", gettext_lazy("範囲の外です。下の範囲の数を入力してください。")),
    SettingOutcome.SAME: ("least", gettext_lazy("いまと同じ数です。")),
}


class SettingForm(forms.Form):
    """From how many on, and why."""

    least = forms.IntegerField(label=gettext_lazy("警告にする数"))
    times = forms.IntegerField(label=gettext_lazy("中央値の何倍以上か"))
    reason = forms.CharField(
        label=gettext_lazy("変える理由"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any, rule: Rule) -> None:
        super().__init__(data, initial={"least": rule.least, "times": rule.times})
        for name, between in (("least", rule.least_between), ("times", rule.times_between)):
            if between is None:
                del self.fields[name]
            else:
                text = _("%(low)sから%(high)sまで。") % {"low": between[0], "high": between[1]}
                self.fields[name].help_text = text


@requires(Permission.SET_ACCESS_RULES, asks_again=True)
@require_http_methods(["GET", "POST"])
def rule(request: StaffRequest, rule: str) -> HttpResponse:
    """Show the numbers of a rule with their history, or set others from tomorrow on."""
    stated = settings()
    found = next((one for one in rules_on(civil_date(runtime.now()), stated) if one.kind == rule), None)
    if found is None or found.least_between is None:
        raise Http404
    form = SettingForm(request.POST if request.method == "POST" else None, found)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        outcome = set_rule(
            kind=RuleKind(found.kind),
            least=typed["least"],
            times=typed.get("times", found.times),
            reason=typed["reason"],
            by=request.member.as_actor(),
            at=runtime.now(),
        )
        if outcome is SettingOutcome.SET:
            messages.success(request, _("数を決めました。明日からの操作に当てはめます。"))
            return redirect("access-rule", rule)
        field, text = _PROBLEMS[outcome]
        form.add_error(field or None, str(text))
    history = [one for one in reversed(stated) if one.kind is found.kind]
    names = actor_names(one.set_by for one in history)
    context = {
        "label": RULE_LABELS[found.kind],
        "rule": found,
        "form": form,
        "history": [{"one": one, "by": names[one.set_by]} for one in history],
    }
    return render(request, "accesses/rule.html", context, status=422 if form.errors else 200)
