"""The lists of who is due: a year's counts, and one programme's people."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.eligibility import queries
from tasuki.eligibility.catalogue import rule_book
from tasuki.eligibility.operations.lists import refresh_changed
from tasuki.eligibility.types import DueFilter, DueOrder, Past, Reason, Status, StoredAssessment
from tasuki.eligibility.wording import method_label, reason_label, source_label, status_label
from tasuki.layouts.types import Programme
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.due import counts_view
from tasuki.web.presenters.people import person_row
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.templatetags.tasuki import current_language
from tasuki.work.operations import ask

FIRST_YEAR, LAST_YEAR = 2000, 2200
_ORDERS = {
    DueOrder.READING: gettext_lazy("フリガナ順"),
    DueOrder.OLDEST: gettext_lazy("年齢が高い順"),
    DueOrder.LONGEST_AGO: gettext_lazy("前回が古い順"),
    DueOrder.AREA: gettext_lazy("地区順"),
}
_PASTS = {
    Past.ANY: gettext_lazy("すべて"),
    Past.NEVER: gettext_lazy("受診の記録がない人"),
    Past.FIRST_IN_YEARS: gettext_lazy("過去3年に受診がない人"),
    Past.BEFORE: gettext_lazy("受診の記録がある人"),
}


class FilterForm(forms.Form):
    """Which people of a list are wanted. Nothing here tells of a person, so it stands in the address."""

    status = forms.ChoiceField(label=gettext_lazy("状態"), required=False)
    reason = forms.ChoiceField(label=gettext_lazy("わけ"), required=False)
    age_from = forms.IntegerField(label=gettext_lazy("年齢（基準日）から"), min_value=0, max_value=130, required=False)
    age_to = forms.IntegerField(label=gettext_lazy("年齢（基準日）まで"), min_value=0, max_value=130, required=False)
    sex = forms.ChoiceField(label=gettext_lazy("性別"), required=False)
    past = forms.ChoiceField(label=gettext_lazy("これまでの受診"), choices=list(_PASTS.items()), required=False)
    area = forms.ChoiceField(
        label=gettext_lazy("地区"),
        help_text=gettext_lazy("支援措置の記録がある人は、地区で絞ると出ません。"),
        required=False,
    )
    order = forms.ChoiceField(label=gettext_lazy("並べ方"), choices=list(_ORDERS.items()), required=False)

    def __init__(self, data: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # an address's query, which is what forms read
        language = current_language()
        choices = {
            "status": [(one.value, status_label(one, language)) for one in Status],
            "reason": [("", _("すべて")), *((one.value, reason_label(one, language)) for one in Reason)],
            "sex": [("", _("すべて")), ("1", _("男")), ("2", _("女"))],
            "area": [
                ("", _("すべて")),
                *((one.postal_code, f"{one.postal_code} {one.label}") for one in queries.areas()),
            ],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = offered

    def clean(self) -> dict[str, object]:
        """Refuse ages the wrong way round."""
        cleaned: dict[str, object] = self.cleaned_data
        start, end = self.cleaned_data.get("age_from"), self.cleaned_data.get("age_to")
        if start is not None and end is not None and start > end:
            self.add_error("age_to", _("「から」より小さい年齢です。入れ替えて入力してください。"))
        return cleaned

    def wanted(self) -> DueFilter:
        """Return the filter of valid input."""
        values = self.cleaned_data
        return DueFilter(
            status=Status(values["status"] or Status.DUE),
            reason=Reason(values["reason"]) if values["reason"] else None,
            age_from=values["age_from"],
            age_to=values["age_to"],
            sex=values["sex"],
            past=Past(values["past"]),
            postal_code=values["area"],
        )


@requires(Permission.VIEW_DUE)
@require_GET
def due(request: StaffRequest) -> HttpResponse:
    """Show a fiscal year's counts, and as of when they stand."""
    on = civil_date(runtime.now())
    this_year = fiscal_year_of(on)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else this_year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    context = _standing(request, year) | {
        "year": year,
        "this_year": this_year,
        "years": sorted({this_year - 1, this_year, this_year + 1, *queries.computed_years()}, reverse=True),
        "programmes": counts_view(queries.counts(year), current_language()),
    }
    return render(request, "due/due.html", context)


@requires(Permission.MANAGE_ELIGIBILITY)
@require_POST
def compute(request: StaffRequest) -> HttpResponse:
    """Ask the town's worker to compute a fiscal year anew."""
    year = _year(request.POST.get("year", ""))
    work = ask(kind="eligibility", parameters={"fiscal_year": year}, by=request.member.as_actor(), at=runtime.now())
    return redirect("work", work.work_id)


@requires(Permission.VIEW_DUE)
@require_POST
def refresh(request: StaffRequest) -> HttpResponse:
    """Bring whoever changed into the lists now, instead of a few seconds later."""
    year = _year(request.POST.get("year", ""))
    done = refresh_changed(by=request.member.as_actor(), at=runtime.now())
    if done.is_busy:
        messages.warning(request, _("いまほかの計算が動いています。終わると自動で反映されます。"))
    else:
        messages.success(request, _("変更を一覧に反映しました。"))
    return redirect(f"{reverse('due')}?{urlencode({'year': year})}")


@requires(Permission.VIEW_DUE)
@require_GET
def due_list(request: StaffRequest, fiscal_year: int, programme: str) -> HttpResponse:
    """Show one page of a programme's people."""
    if programme not in list(Programme) or not FIRST_YEAR <= fiscal_year <= LAST_YEAR:
        raise Http404
    chosen, language = Programme(programme), current_language()
    form = FilterForm(_with_defaults(request))
    context = _standing(request, fiscal_year) | {
        "year": fiscal_year,
        "programme": programme_view(chosen, language),
        "form": form,
    }
    if not form.is_valid():
        return render(request, "due/list.html", context, status=422)
    page = page_number(request.GET.get("page", "1"))
    order = DueOrder(form.cleaned_data["order"])
    wanted = form.wanted()
    found = queries.due_list(
        chosen, fiscal_year, wanted=wanted, order=order, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    people = screening.people([row.system_person_number for row in found.rows])
    context |= {
        "status": status_label(wanted.status, language),
        "rows": [_row(row, people[row.system_person_number]) for row in found.rows],
        "paging": paging(page, found.total),
        "query": urlencode({name: value for name, value in _given(request).items() if name != "page"}),
    }
    return render(request, "due/list.html", context)


def _with_defaults(request: StaffRequest) -> dict[str, str]:
    return {"status": Status.DUE.value, "order": DueOrder.READING.value} | _given(request)


def _given(request: StaffRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.GET.dict().items() if value}


def _standing(request: StaffRequest, fiscal_year: int) -> dict[str, object]:
    """Return as of when a year's list stands, and what this member may do about it."""
    return {
        "freshness": queries.freshness(fiscal_year, civil_date(runtime.now())),
        "may_manage": may(request.member, Permission.MANAGE_ELIGIBILITY),
    }


def _row(row: StoredAssessment, person: Person) -> dict[str, object]:
    language = current_language()
    book = rule_book()
    return {
        "person": person_row(person, civil_date(runtime.now())),
        "age": row.age,
        "reason": reason_label(row.reason, language),
        "last_year": row.last_year,
        "giver": "" if row.last_source is None else source_label(row.last_source, language),
        "next_year": row.next_year,
        "methods": [method_label(book.rule(name), language) for name in row.methods],
    }


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text) <= LAST_YEAR):
        raise Http404
    return int(text)
