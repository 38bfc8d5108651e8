"""Finding residents."""

import datetime as dt

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.screening import queries
from tasuki.shared.dates import civil_date
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import BirthDateField
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.people import person_row
from tasuki.web.searches import UnknownSearchError, keep_search, kept_search
from tasuki.web.watching import note


class SearchForm(forms.Form):
    """Whom to look for. Whatever spelling a resident gives at the counter is good enough."""

    text = forms.CharField(
        label=gettext_lazy("氏名・フリガナ・住所・宛名番号"),
        help_text=gettext_lazy("例: かくう あやの、髙橋、模擬町2-1。全角・半角、新旧の漢字のどちらでも探せます。"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    birth_date = BirthDateField()

    def clean(self) -> dict[str, str]:
        """Ask for something to look for: a list of everybody is no search."""
        words: dict[str, str] = {key: value.strip() for key, value in self.cleaned_data.items()}
        if not self.errors and not any(words.values()):
            raise forms.ValidationError(_("探す人の氏名・フリガナ・番号・生年月日のどれかを入力してください。"))
        return words


@requires(Permission.SEARCH_PEOPLE, shows_nobody=True)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def people(request: StaffRequest) -> HttpResponse:
    """Show the search, or keep what was typed and go to its list."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return redirect("people-found", keep_search(request.session, form.cleaned_data))
    # The cursor waits in the box only while there is nothing else to read.
    form.fields["text"].widget.attrs["autofocus"] = True
    return render(request, "people/search.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.SEARCH_PEOPLE, act=Act.SEARCH)
@require_GET
def people_found(request: StaffRequest, key: str) -> HttpResponse:
    """Show one page of what a search found."""
    try:
        words = kept_search(request.session, key)
    except UnknownSearchError as error:
        raise Http404 from error
    birth_date = dt.date.fromisoformat(words["birth_date"]) if words["birth_date"] else None
    page = page_number(request.GET.get("page", "1"))
    offset = (page - 1) * PAGE_SIZE
    found = queries.search_people(text=words["text"], birth_date=birth_date, limit=PAGE_SIZE, offset=offset)
    note(shown=found.total, fields=[name for name, word in words.items() if word])
    on = civil_date(runtime.now())
    context = {
        "form": SearchForm(initial=words),
        "rows": [person_row(one, on) for one in found.rows],
        "paging": paging(page, found.total),
        "is_cut": found.is_cut,
    }
    return render(request, "people/search.html", context)
