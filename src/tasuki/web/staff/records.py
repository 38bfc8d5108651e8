"""The exchange records (情報提供等の記録): searched, taken as a file, disclosed to whom they concern."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.jobs.town import gateway_link
from tasuki.linkage import queries
from tasuki.linkage.errors import PersonInQuarantine, TooManyRecords, UnknownPerson
from tasuki.linkage.operations.records import (
    MOST_EXPORTED,
    disclose_records,
    export_records,
    search_records,
)
from tasuki.linkage.portal import portal_records
from tasuki.linkage.queries.notices import notices_to
from tasuki.linkage.types.records import RecordSearch
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import Direction, State
from tasuki.protocol.records import records as law
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.exchange_words import state_label
from tasuki.web.presenters.notices import shown_notices
from tasuki.web.presenters.portal import portal_results
from tasuki.web.presenters.records import (
    DIRECTION_LABELS,
    disclosed_rows,
    record_rows,
    records_head,
)
from tasuki.web.searches import UnknownSearchError, keep_search, kept_search
from tasuki.web.staff.person import identity, opened
from tasuki.web.templatetags.tasuki import current_language

#: Looked back at first; the records themselves go back seven years.
_FIRST_LOOK = dt.timedelta(days=30)


class RecordSearchForm(forms.Form):
    """Which records are looked for."""

    since = DayField(label=gettext_lazy("いつから"), help_text=gettext_lazy("照会の日。例: 令和8年4月1日、2026/4/1"))
    until = DayField(label=gettext_lazy("いつまで"), help_text=gettext_lazy("この日を含みます"))
    person = forms.CharField(
        label=gettext_lazy("宛名番号"),
        help_text=gettext_lazy("一人の記録だけを見るとき。入力した番号は、アドレスには残りません。"),
        max_length=15,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    direction = forms.ChoiceField(label=gettext_lazy("向き"), required=False)
    other = forms.ChoiceField(label=gettext_lazy("相手方"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("状態"), required=False)
    procedure = forms.RegexField(
        r"^JT[0-9]{14}$",
        label=gettext_lazy("事務手続コード"),
        help_text=gettext_lazy("JTと14桁の数字"),
        error_messages={"invalid": gettext_lazy("JTに続けて14桁の数字を入力してください。")},
        required=False,
        strip=True,
    )
    non_disclosure = forms.ChoiceField(label=gettext_lazy("不開示"), required=False)

    def __init__(self, data: Any = None, *, shows_people: bool, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not shows_people:
            del self.fields["person"]
        every = [("", _("すべて"))]
        place = int(current_language() == "en")
        others = [(code, names[place]) for code, names in queries.institution_names().items()]
        offer(
            self,
            {
                "direction": [*every, *((one.value, label) for one, label in DIRECTION_LABELS.items())],
                "other": [*every, *others],
                "state": [*every, *((one.value, state_label(one)) for one in State if one in _SHOWN)],
                "non_disclosure": [*every, ("yes", _("不開示のものだけ")), ("no", _("不開示でないものだけ"))],
            },
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins or lies ahead."""
        values: dict[str, Any] = self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since and since > civil_date(runtime.now()):
            self.add_error("since", _("今日までの日付を入力してください。"))
        elif since and until and until < since:
            self.add_error("until", _("「いつから」より後の日付を入力してください。"))
        return values

    def words(self) -> dict[str, str]:
        """Return what was typed in a form that a session keeps."""
        return {name: f"{value}" for name, value in self.cleaned_data.items() if value}


#: States a record can be found in: what a side holds for itself alone is no state of the record.
_SHOWN = frozenset(State) - {State.CREATED, State.NOTIFIED, State.RELEASED, State.PROVIDED}


def _search(words: dict[str, str], *, shows_people: bool) -> RecordSearch:
    hidden = words.get("non_disclosure")
    return RecordSearch(
        since=dt.date.fromisoformat(words["since"]),
        until=dt.date.fromisoformat(words["until"]),
        person=words.get("person") if shows_people else None,
        other=words.get("other"),
        direction=Direction(words["direction"]) if "direction" in words else None,
        procedure=words.get("procedure"),
        state=State(words["state"]) if "state" in words else None,
        non_disclosure=None if hidden is None else hidden == "yes",
    )


def _shows_people(request: StaffRequest) -> bool:
    return may(request.member, Permission.DISCLOSE_RECORDS)


@requires(Permission.VIEW_RECORDS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def records(request: StaffRequest) -> HttpResponse:
    """Show the search, or keep what was typed and go to its list."""
    shows_people = _shows_people(request)
    today = civil_date(runtime.now())
    first = {"since": (today - _FIRST_LOOK).isoformat(), "until": today.isoformat()}
    form = RecordSearchForm(
        request.POST if request.method == "POST" else None, shows_people=shows_people, initial=first
    )
    if request.method == "POST" and form.is_valid():
        return redirect("records-found", keep_search(request.session, form.words()))
    context = {"form": form, "law": law()}
    return render(request, "records/records.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_RECORDS, act=Act.SEARCH)
@require_GET
def found(request: StaffRequest, key: str) -> HttpResponse:
    """Show one page of what a search found."""
    words = _kept(request, key)
    shows_people = _shows_people(request)
    page = page_number(request.GET.get("page", "1"))
    form = RecordSearchForm(shows_people=shows_people, initial=words)
    context: dict[str, object] = {"form": form, "law": law(), "key": key, "shows_people": shows_people}
    try:
        part = search_records(
            search=_search(words, shows_people=shows_people),
            institution=runtime.node().own_town().institution,
            link=gateway_link(),
            offset=(page - 1) * PAGE_SIZE,
            most=PAGE_SIZE,
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except UnknownPerson:
        context["is_unknown"] = True
        return render(request, "records/records.html", context, status=422)
    except ExchangeFailed:
        context["is_away"] = True
        return render(request, "records/records.html", context, status=503)
    context |= {
        "rows": record_rows(part.lines, shows_people=shows_people),
        "paging": paging(page, part.total),
    }
    return render(request, "records/records.html", context)


@requires(Permission.VIEW_RECORDS, act=Act.EXPORT, leaves="records-file")
@require_POST
def file(request: StaffRequest, key: str) -> HttpResponse:
    """Give what a search found as CSV; that it was taken is recorded."""
    shows_people = _shows_people(request)
    try:
        lines = export_records(
            search=_search(_kept(request, key), shows_people=shows_people),
            institution=runtime.node().own_town().institution,
            link=gateway_link(),
            by=request.member.as_actor(),
            at=runtime.now(),
        )
    except TooManyRecords as many:
        text = _("当てはまる記録が%(total)s件あります。1つのファイルには%(most)s件までです。期間を分けてください。")
        messages.error(request, text % {"total": f"{many.total:,}", "most": f"{MOST_EXPORTED:,}"})
        return redirect("records-found", key)
    except (ExchangeFailed, UnknownPerson):
        # The page itself says what is wrong and what to do.
        return redirect("records-found", key)
    cells = [row.cells for row in record_rows(lines, shows_people=shows_people)]
    headers = {"Content-Disposition": 'attachment; filename="exchange-records.csv"'}
    return HttpResponse(csv_file([records_head(), *cells]), content_type="text/csv; charset=utf-8", headers=headers)


def _kept(request: StaffRequest, key: str) -> dict[str, str]:
    try:
        return kept_search(request.session, key)
    except UnknownSearchError as error:
        raise Http404 from error


@requires(Permission.DISCLOSE_RECORDS)
@require_GET
def disclosure(request: StaffRequest, token: str) -> HttpResponse:
    """Show the exchange records of one person in words, as a page to be printed and handed over."""
    person = opened(request, token, "records-disclosure")
    context = _disclosed(request, person, token, "disclosure")
    context["may_view"] = may(request.member, Permission.VIEW_PERSON)
    return render(request, "records/disclosure.html", context, status=503 if "is_away" in context else 200)


@requires(Permission.PREVIEW_PORTAL)
@require_GET
def portal(request: StaffRequest, token: str) -> HttpResponse:
    """Show what the portal shows a person: their own results as far as they travel, and the exchanges about them."""
    person = opened(request, token, "portal-preview")
    context = _disclosed(request, person, token, "portal-preview")
    own = screening.results_of(person.system_person_number)
    at = runtime.now()
    context["notices"] = shown_notices(notices_to(person.system_person_number), at)
    context["results"] = portal_results(portal_records(own, civil_date(at)))
    return render(request, "records/portal.html", context)


def _disclosed(request: StaffRequest, person: Person, token: str, purpose: str) -> dict[str, object]:
    """Return what may be disclosed to a person, recorded before; or why it cannot be had."""
    own = runtime.node().own_town()
    town = own.name_en if current_language() == "en" else own.name
    context = identity(person, civil_date(runtime.now())) | {"token": token, "law": law(), "town": town}
    try:
        drawn = disclose_records(
            person=person.system_person_number,
            institution=own.institution,
            link=gateway_link(),
            by=request.member.as_actor(),
            at=runtime.now(),
            purpose=purpose,
        )
    except UnknownPerson:
        return context | {"is_unknown": True}
    except PersonInQuarantine:
        return context | {"is_in_quarantine": True}
    except ExchangeFailed:
        return context | {"is_away": True}
    return context | {"drawn": drawn, "rows": disclosed_rows(drawn.disclosed, town)}
