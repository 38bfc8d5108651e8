"""The table of law: its editions with their dates, and what changes from one to another."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.network.comparing import compare
from tasuki.network.permitted import edition_named
from tasuki.shared.dates import civil_date
from tasuki.web.fields import offer
from tasuki.web.guard import StaffRequest, requires
from tasuki.web.presenters.law import change_rows, edition_rows


class TwoEditions(forms.Form):
    """Which edition is held against which."""

    former = forms.ChoiceField(label=gettext_lazy("前の版"))
    later = forms.ChoiceField(label=gettext_lazy("後の版"))

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # what was asked for, or nothing
        known = [(one.edition, f"{one.name} {one.edition}") for one in edition_rows(civil_date(runtime.now()))]
        offer(self, {"former": known, "later": known})


@requires(Permission.VIEW_EVIDENCE)
@require_GET
def law(request: StaffRequest) -> HttpResponse:
    """List the editions, and compare two when asked to."""
    return law_page(request)


def law_page(request: StaffRequest) -> HttpResponse:
    """Return the page, whoever may see it at this node."""
    form = TwoEditions(request.GET if "former" in request.GET else None)
    context: dict[str, object] = {"editions": edition_rows(civil_date(runtime.now()))}
    if form.is_valid():
        former, later = (edition_named(form.cleaned_data[name]) for name in ("former", "later"))
        if former is not None and later is not None:
            context |= {"former": former, "later": later, "changes": change_rows(compare(former, later))}
    return render(request, "evidence/law.html", context | {"form": form}, status=422 if form.errors else 200)
