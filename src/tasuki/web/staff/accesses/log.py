"""The log of accesses (アクセス記録): searched, taken as a file, and told to whom it concerns."""

import datetime as dt
from typing import Any, Final

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
from tasuki.accounts.queries import staff_names
from tasuki.accounts.types import Role, roles_at
from tasuki.linkage.types import SYSTEM
from tasuki.nodes.types import NodeKind
from tasuki.persons.queries import unified_numbers
from tasuki.shared.actor import staff_actor
from tasuki.shared.dates import civil_date, day_begins
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.queries.accesses import MOST_COUNTED, accesses_about, search_accesses
from tasuki.watching.types import AccessFilter, Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.fields import DayField, offer
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.accesses import ACT_LABELS, access_head, access_rows, page_label
from tasuki.web.presenters.accounts import ROLE_NAMES
from tasuki.web.searches import UnknownSearchError, keep_search, kept_search
from tasuki.web.staff.person import identity, opened
from tasuki.web.watching import note

#: Looked back at first.
_FIRST_LOOK: Final = dt.timedelta(days=7)


class AccessForm(forms.Form):
    """Which accesses are looked for."""

    since = DayField(label=gettext_lazy("いつから"), help_text=gettext_lazy("例: 令和8年4月1日、2026/4/1"))
    until = DayField(label=gettext_lazy("いつまで"), help_text=gettext_lazy("この日を含みます"))
    staff = forms.ChoiceField(label=gettext_lazy("職員"), required=False)
    role = forms.ChoiceField(label=gettext_lazy("役割"), required=False)
    act = forms.ChoiceField(label=gettext_lazy("操作"), required=False)
    person = forms.CharField(
        label=gettext_lazy("宛名番号"),
        help_text=gettext_lazy("一人の情報を誰が扱ったかを見るとき。入力した番号は、アドレスには残りません。"),
        max_length=15,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )

    in_emergency = forms.BooleanField(label=gettext_lazy("緊急時の権限でした操作だけ"), required=False)

    def __init__(self, data: Any = None, *, names_people: bool, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        if not names_people:
            del self.fields["person"]
        every = [("", _("すべて"))]
        roles = sorted(roles_at(NodeKind.TOWN), key=list(Role).index)
        offer(
            self,
            {
                "staff": [*every, *staff_names().items()],
                "role": [*every, *((one.value, ROLE_NAMES[one]) for one in roles)],
                "act": [*every, *((one.value, label) for one, label in ACT_LABELS.items())],
            },
        )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        values: dict[str, Any] = self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("「いつから」より後の日付を入力してください。"))
        return values

    def words(self) -> dict[str, str]:
        """Return what was typed in a form that a session keeps."""
        return {name: f"{value}" for name, value in self.cleaned_data.items() if value}


@requires(Permission.VIEW_ACCESS_LOG, act=Act.SEARCH)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def accesses(request: StaffRequest) -> HttpResponse:
    """Show the newest accesses and the search, or keep what was typed and go to its list."""
    names_people = may(request.member, Permission.VIEW_WHOM_ACCESSED)
    if request.method == "POST":
        form = AccessForm(request.POST, names_people=names_people)
        if form.is_valid():
            return redirect("accesses-found", keep_search(request.session, form.words()))
        return render(request, "accesses/log.html", {"form": form, "names_people": names_people}, status=422)
    today = civil_date(runtime.now())
    return _listed(request, {"since": f"{today - _FIRST_LOOK}", "until": f"{today}"}, "")


@requires(Permission.VIEW_ACCESS_LOG, act=Act.SEARCH)
@require_GET
def found(request: StaffRequest, key: str) -> HttpResponse:
    """Show one page of what a search found."""
    return _listed(request, _kept(request, key), key)


def _listed(request: StaffRequest, words: dict[str, str], key: str) -> HttpResponse:
    names_people = may(request.member, Permission.VIEW_WHOM_ACCESSED)
    page = page_number(request.GET.get("page", "1"))
    part = search_accesses(_filter(words, names_people), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    note(shown=part.total, fields=sorted(words))
    context = {
        "form": AccessForm(names_people=names_people, initial=words),
        "names_people": names_people,
        "may_review": may(request.member, Permission.REVIEW_ACCESSES),
        "key": key,
        "rows": access_rows(part.rows, request.member),
        "paging": paging(page, part.total),
        "is_cut": part.is_cut,
    }
    return render(request, "accesses/log.html", context)


@requires(Permission.VIEW_ACCESS_LOG, act=Act.EXPORT, leaves="access-log-file")
@require_POST
def file(request: StaffRequest, key: str) -> HttpResponse:
    """Give what a search found as CSV; that it was taken is recorded."""
    wanted = _filter(_kept(request, key), may(request.member, Permission.VIEW_WHOM_ACCESSED))
    part = search_accesses(wanted, limit=MOST_COUNTED, offset=0)
    note(shown=part.total)
    if part.is_cut:
        text = _("当てはまる記録が%(most)s件より多くあります。期間を分けてください。")
        messages.error(request, text % {"most": f"{MOST_COUNTED:,}"})
        return redirect("accesses-found", key)
    content = csv_file([access_head(), *(row.cells for row in access_rows(part.rows, request.member))])
    headers = {"Content-Disposition": 'attachment; filename="accesses.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@requires(Permission.DISCLOSE_ACCESSES)
@require_GET
def of_person(request: StaffRequest, token: str) -> HttpResponse:
    """Show every access to one person in words, as a page to be printed and handed over."""
    person = opened(request, token, "accesses-of")
    number = person.system_person_number
    part = accesses_about(number, unified_numbers(SYSTEM, [number]).get(number), limit=MOST_COUNTED)
    rows = [
        {"at": one.at, "role": ROLE_NAMES[Role(one.role)], "act": ACT_LABELS[one.act], "page": page_label(one.page)}
        for one in part.rows
    ]
    at = runtime.now()
    context = identity(person, civil_date(at)) | {
        "token": token,
        "rows": rows,
        "total": part.total,
        "is_cut": part.is_cut,
        "made_at": at,
        "may_view": may(request.member, Permission.VIEW_PERSON),
    }
    return render(request, "accesses/of_person.html", context)


def _filter(words: dict[str, str], names_people: bool) -> AccessFilter:
    person = words.get("person") if names_people else None
    return AccessFilter(
        since=day_begins(dt.date.fromisoformat(words["since"])),
        until=day_begins(dt.date.fromisoformat(words["until"]) + dt.timedelta(days=1)),
        staff=str(staff_actor(words["staff"])) if "staff" in words else None,
        act=Act(words["act"]) if "act" in words else None,
        role=words.get("role"),
        in_emergency="in_emergency" in words,
        person=person,
        unified=unified_numbers(SYSTEM, [person]).get(person) if person else None,
    )


def _kept(request: StaffRequest, key: str) -> dict[str, str]:
    try:
        return kept_search(request.session, key)
    except UnknownSearchError as error:
        raise Http404 from error
