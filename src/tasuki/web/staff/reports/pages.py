"""Pages of the report: what is frozen, the national table, the people behind a count."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import staff_names
from tasuki.layouts.types import Programme
from tasuki.reporting import queries
from tasuki.reporting.operations import take_snapshot
from tasuki.reporting.types import Column, Dimension, NotComputed, Tally
from tasuki.screening import queries as screening
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.people import person_row
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.presenters.reports import (
    COLUMN_LABELS,
    DIMENSION_LABELS,
    CellView,
    RowView,
    columns_of,
    group_label,
    method_label,
)
from tasuki.web.presenters.residents import by_whom
from tasuki.web.staff.reports.choice import Choice, chosen, parameter_of
from tasuki.web.templatetags.tasuki import current_language
from tasuki.web.watching import look_at

#: By what a table's rows may be parted.
ROWS = (
    Dimension.AGE_BAND,
    Dimension.SEX,
    Dimension.METHOD,
    Dimension.ENCOUNTER,
    Dimension.IS_FIRST,
    Dimension.FACILITY,
)
YEARS_BACK = 6


class FreezeForm(forms.Form):
    """Which year to freeze."""

    fiscal_year = forms.TypedChoiceField(label=gettext_lazy("年度"), coerce=int)
    note = forms.CharField(
        label=gettext_lazy("メモ"), help_text=gettext_lazy("例: 国への報告、確認用"), max_length=100, required=False
    )
    without_population = forms.BooleanField(
        label=gettext_lazy("対象者数を数えないまま凍結する(受診率は出ません)"), required=False
    )

    def __init__(self, data: object, year: int) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # what was posted, or nothing
        field = self.fields["fiscal_year"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [(one, _("%(year)s年度") % {"year": one}) for one in range(year, year - YEARS_BACK, -1)]


@requires(Permission.VIEW_REPORTS)
@require_http_methods(["GET", "POST"])
def reports(request: StaffRequest) -> HttpResponse:
    """List what is frozen, and freeze a year."""
    year = fiscal_year_of(civil_date(runtime.now()))
    may_freeze = may(request.member, Permission.FREEZE_REPORT)
    form = FreezeForm(request.POST if request.method == "POST" and may_freeze else None, year)
    if form.is_bound and form.is_valid():
        taken = take_snapshot(
            fiscal_year=form.cleaned_data["fiscal_year"],
            note=form.cleaned_data["note"],
            by=request.member.as_actor(),
            at=runtime.now(),
            without_population=form.cleaned_data["without_population"],
        )
        if not isinstance(taken, NotComputed):
            messages.success(request, _("%(lines)s件の受診を数えて凍結しました。") % {"lines": f"{taken.lines:,}"})
            return redirect("report", taken.snapshot_id)
        form.add_error(
            "fiscal_year",
            _(
                "この年度の対象者がまだ計算されていないため、受診率の分母が分かりません。先に「検診対象」で計算してください。"
            ),
        )
    names = staff_names()
    listed = [
        {"snapshot": one, "by": by_whom(one.taken_by, names), "is_intact": queries.is_intact(one)}
        for one in queries.snapshots()
    ]
    context = {"form": form, "snapshots": listed, "may_freeze": may_freeze}
    return render(request, "reports/reports.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_REPORTS)
@require_GET
def report(request: StaffRequest, snapshot_id: UUID) -> HttpResponse:
    """Show the national table of one programme, its rows parted as asked for."""
    choice = chosen(request, snapshot_id)
    by = next((one for one in ROWS if one.value == request.GET.get("rows")), Dimension.AGE_BAND)
    columns = columns_of(choice.programme)
    (total,) = queries.tallies(snapshot_id, (), choice.wanted, columns)
    parts = queries.tallies(snapshot_id, (by,), choice.wanted, columns)
    names = {number: name for number, name, _count in queries.facilities(snapshot_id, choice.programme)}
    context = page_context(request, choice) | {
        "columns": [{"label": COLUMN_LABELS[one], "column": one} for one in columns],
        "rows": [_row(choice, by, one, columns, names) for one in parts],
        "total": RowView(_("合計"), _cells(choice, total, columns, {})),
        "row_choices": [{"value": one.value, "label": DIMENSION_LABELS[one], "is_chosen": one is by} for one in ROWS],
        "may_drill": may(request.member, Permission.DRILL_REPORT),
        "rows_by": DIMENSION_LABELS[by],
        "rows_value": by.value,
    }
    return render(request, "reports/report.html", context)


def _row(choice: Choice, by: Dimension, tally: Tally, columns: tuple[Column, ...], names: dict[str, str]) -> RowView:
    value = tally.group[by]
    label = group_label(by, value, choice.programme, current_language())
    if by is Dimension.FACILITY:
        label = f"{names.get(value, '')} {value}".strip() or label
    return RowView(label, _cells(choice, tally, columns, parameter_of(by, value)))


def _cells(choice: Choice, tally: Tally, columns: tuple[Column, ...], changed: dict[str, str]) -> tuple[CellView, ...]:
    query = choice.query(**changed)
    return tuple(CellView(one, tally.counts[one], query) for one in columns)


def page_context(request: StaffRequest, choice: Choice) -> dict[str, object]:
    """Return what every page of a snapshot shows: which programme, which part of it, and what else may be chosen."""
    language = current_language()
    wanted = choice.wanted
    facilities = queries.facilities(choice.snapshot.snapshot_id, choice.programme)
    methods = queries.tallies(choice.snapshot.snapshot_id, (Dimension.METHOD,), choice.wanted_programme_only())
    return {
        "snapshot": choice.snapshot,
        "programme": programme_view(choice.programme, language),
        "programmes": [
            {"view": programme_view(one, language), "query": choice.query(programme=one.value, method="", facility="")}
            for one in Programme
        ],
        "query": choice.query(),
        "wanted": wanted,
        "methods": [
            (one.group[Dimension.METHOD], method_label(choice.programme, one.group[Dimension.METHOD], language))
            for one in methods
        ],
        "facilities": [(number or "unknown", name or _("不明"), count) for number, name, count in facilities],
        "chosen_facility": "" if wanted.facility is None else wanted.facility or "unknown",
        "chosen_first": "" if wanted.is_first is None else "1" if wanted.is_first else "0",
    }


@requires(Permission.DRILL_REPORT)
@require_GET
def people_behind(request: StaffRequest, snapshot_id: UUID, column: str) -> HttpResponse:
    """Show whose screenings a count is made of; that they were looked at is recorded with each of them."""
    choice = chosen(request, snapshot_id)
    counted = next((one for one in Column if one.value == column), Column.EXAMINED)
    page = page_number(request.GET.get("page", "1"))
    found = queries.lines_behind(snapshot_id, counted, choice.wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    people = screening.people([one.system_person_number for one in found.rows])
    look_at(sorted(people), part=f"report {counted}")
    on = civil_date(runtime.now())
    language = current_language()
    rows = [
        {
            "person": person_row(people[one.system_person_number], on),
            "age": one.age,
            "method": method_label(one.programme, one.method, language),
            "facility": one.facility_name,
        }
        for one in found.rows
        if one.system_person_number in people
    ]
    context = {
        "snapshot": choice.snapshot,
        "programme": programme_view(choice.programme, language),
        "column": COLUMN_LABELS[counted],
        "rows": rows,
        "paging": paging(page, found.total),
        "query": choice.query(),
    }
    return render(request, "reports/people.html", context)
