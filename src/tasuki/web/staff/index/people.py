"""People of the index: found by number, or by birth date and name; one person with all that systems state of them."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.persons.queries import cases
from tasuki.persons.queries.people import IndexPerson, NoSuchPerson, acts_of, index_person
from tasuki.persons.queries.search import FoundPerson, find_people
from tasuki.persons.types.cases import CaseState
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import BirthDateField
from tasuki.web.presenters.identity import (
    ACT_KIND_LABELS,
    CAUSE_LABELS,
    KIND_LABELS,
    STATE_LABELS,
    birth_words,
    person_heading,
    system_name,
)
from tasuki.web.presenters.people import sex_label
from tasuki.web.sealed import SealBrokenError, open_unified, seal_unified
from tasuki.web.searches import UnknownSearchError, keep_search, kept_search
from tasuki.web.watching import look_at


class IndexSearchForm(forms.Form):
    """Whom to look for: never by a name alone, because a name is half a town's."""

    number = forms.CharField(
        label=gettext_lazy("統合宛名番号・宛名番号"),
        help_text=gettext_lazy("統合宛名番号か、どれかの業務システムの宛名番号。個人番号では探せません。"),
        max_length=15,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "inputmode": "numeric"}),
    )
    birth_date = BirthDateField()
    name = forms.CharField(
        label=gettext_lazy("氏名・フリガナ"),
        help_text=gettext_lazy("初めの一部だけでも探せます。生年月日と合わせて入力します。"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, str]:
        """Ask for a number or a day."""
        words: dict[str, str] = {key: value.strip() for key, value in self.cleaned_data.items()}
        if not self.errors and not (words.get("number") or words.get("birth_date")):
            raise forms.ValidationError(_("番号か生年月日を入力してください。氏名だけでは探せません。"))
        return words


@requires(Permission.VIEW_INDEX, shows_nobody=True)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def search(request: StaffRequest) -> HttpResponse:
    """Show the search, or keep what was typed and go to its list."""
    form = IndexSearchForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return redirect("index-found", keep_search(request.session, form.cleaned_data))
    form.fields["number"].widget.attrs["autofocus"] = True
    context = {"form": form, "may_register": may(request.member, Permission.CHANGE_INDEX)}
    return render(request, "index/search.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_INDEX, act=Act.SEARCH)
@require_GET
def found(request: StaffRequest, key: str) -> HttpResponse:
    """Show what a search found."""
    try:
        words = kept_search(request.session, key)
    except UnknownSearchError as error:
        raise Http404 from error
    people = find_people(number=words["number"], birth_date=words["birth_date"], name=words["name"])
    context = {
        "form": IndexSearchForm(initial=words),
        "rows": [_row(one) for one in people],
        "is_result": True,
        "may_register": may(request.member, Permission.CHANGE_INDEX),
    }
    return render(request, "index/search.html", context)


def _row(one: FoundPerson) -> dict[str, str]:
    items = one.items
    return {
        "token": seal_unified(one.person),
        "number": one.person,
        "name": "" if items is None else items.name,
        "kana": "" if items is None else items.kana_name,
        "birth_date": "—" if items is None else birth_words(items.birth_date),
        "sex": "—" if items is None or not items.sex else sex_label(items.sex),
        "address": "—" if items is None else items.address or "—",
    }


def opened(request: StaffRequest, token: str, part: str) -> IndexPerson:
    """Return the person of an address, after recording who is about to look.

    :raises Http404: when the address is nobody's.
    """
    try:
        number = open_unified(token)
    except SealBrokenError as error:
        raise Http404 from error
    return looked_up(request, number, part)


def looked_up(request: StaffRequest, number: str, part: str) -> IndexPerson:
    """Return a person by number, after recording who is about to look.

    :raises Http404: when nobody has it.
    """
    look_at(unified=[number], part=part)
    try:
        return index_person(number)
    except NoSuchPerson as error:
        raise Http404 from error


@requires(Permission.VIEW_INDEX)
@require_GET
def person(request: StaffRequest, token: str) -> HttpResponse:
    """Show one person: every system's statement, number and code, what is in doubt, what was done."""
    shown = opened(request, token, "index")
    everyone = [shown.person, *shown.aliases]
    acts, about = acts_of(everyone), cases.cases_of(everyone)
    staff = names_of_staff(
        {act.done_by for act in acts}
        | {act.undone_by for act in acts}
        | {act.proposed_by for act in acts}
        | {one.began_by for one in shown.quarantines}
        | {one.ended_by for one in shown.quarantines}
    )
    context = {
        "person": shown,
        "heading": person_heading(shown),
        "stated": [
            {
                "stated": one,
                "system": system_name(one),
                "birth_date": birth_words(one.items.birth_date) if one.items else "",
                "sex": sex_label(one.items.sex) if one.items and one.items.sex else "—",
            }
            for one in shown.stated
        ],
        "former": [{"items": items, "ended_at": ended} for items, ended in shown.former],
        "acts": [
            {
                "act": act,
                "kind": ACT_KIND_LABELS[act.kind],
                "other": seal_unified(act.other if act.person == shown.person else act.person),
                "by": staff.get(act.done_by, ""),
                "proposed_by": staff.get(act.proposed_by, ""),
                "undone_by": staff.get(act.undone_by, ""),
            }
            for act in acts
        ],
        "cases": [
            {"case": one, "kind": KIND_LABELS[one.kind], "state": STATE_LABELS[one.state],
             "is_open": one.state in (CaseState.OPEN, CaseState.PROPOSED)}
            for one in about
        ],
        "quarantines": [
            {"stop": one, "cause": CAUSE_LABELS[one.cause], "by": staff.get(one.began_by, ""),
             "ended_by": staff.get(one.ended_by, "")}
            for one in shown.quarantines
        ],
        "causes": [(cause.value, label) for cause, label in CAUSE_LABELS.items() if cause.value != "CASE"],
        "may_change": may(request.member, Permission.CHANGE_INDEX),
        "may_quarantine": may(request.member, Permission.QUARANTINE_PERSON),
    }  # fmt: skip
    return render(request, "index/person.html", context)
