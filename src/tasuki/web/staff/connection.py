"""The connection test on a page: one real message to a provider's town and back."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.jobs.connection import check_connection
from tasuki.linkage import queries
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import offer
from tasuki.web.presenters.connection import leg_rows, verdict
from tasuki.web.templatetags.tasuki import current_language


class ProviderForm(forms.Form):
    """To whom the message goes."""

    provider = forms.ChoiceField(label=gettext_lazy("相手の自治体"))

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # what was posted, or nothing
        english = current_language() == "en"
        own = runtime.node().own_town()
        others = [(one.institution, one.name_en if english else one.name) for one in queries.providers()]
        offer(self, {"provider": [(own.institution, _("自分の自治体（ネットワークを回って戻る）")), *others]})


@requires(Permission.VIEW_LINK)
@require_http_methods(["GET", "POST"])
def connection(request: StaffRequest) -> HttpResponse:
    """Offer the test, and show how it went."""
    form = ProviderForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        found = check_connection(provider=form.cleaned_data["provider"], by=request.member.as_actor())
        context |= {"verdict": verdict(found), "legs": leg_rows(found), "tested_at": runtime.now()}
    return render(request, "index/connection.html", context, status=422 if form.errors else 200)
