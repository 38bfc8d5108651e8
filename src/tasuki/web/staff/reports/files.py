"""The report as files: CSV for spreadsheets and for older systems, PDF for paper. Counts only, nobody's name."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.layouts.types import Programme
from tasuki.letters.rendering import make_list
from tasuki.letters.types import ListDocument
from tasuki.reporting import queries
from tasuki.reporting.operations import record_report_taken
from tasuki.reporting.types import Column, Dimension, Filter, Snapshot
from tasuki.shared.dates import civil_date, display_date
from tasuki.shared.spreadsheets import csv_text
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.reports import columns_of, programme_name, table_head, table_row
from tasuki.web.templatetags.tasuki import current_language

_ENCODINGS = {"utf-8": "utf-8-sig", "cp932": "cp932"}


@requires(Permission.VIEW_REPORTS, leaves="report-file")
@require_GET
def file(request: StaffRequest, snapshot_id: UUID, form: str) -> HttpResponse:
    """Give the report of a snapshot as a file, and record that it was taken."""
    found = queries.snapshot(snapshot_id)
    if found is None or form not in (*_ENCODINGS, "pdf"):
        raise Http404
    content = _pdf(request, found) if form == "pdf" else _csv(found).encode(_ENCODINGS[form], errors="replace")
    record_report_taken(snapshot_id=snapshot_id, form=form, by=request.member.as_actor(), at=runtime.now())
    name = f"{found.fiscal_year}-report.{'pdf' if form == 'pdf' else 'csv'}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    kind = "application/pdf" if form == "pdf" else f"text/csv; charset={'shift_jis' if form == 'cp932' else 'utf-8'}"
    return HttpResponse(content, content_type=kind, headers=headers)


def _csv(snapshot: Snapshot) -> str:
    """Write every cell of the report, one line for each group, with the year and the day it was frozen."""
    columns = tuple(Column)
    on = civil_date(snapshot.taken_at).isoformat()
    return csv_text(
        [
            [_("年度"), _("凍結した日"), *table_head(queries.REPORT, columns)],
            *(
                [snapshot.fiscal_year, on, *table_row(tally, queries.REPORT, columns, current_language())]
                for tally in queries.cells(snapshot.snapshot_id)
            ),
        ]
    )


def _pdf(request: StaffRequest, snapshot: Snapshot) -> bytes:
    by = (Dimension.METHOD, Dimension.SEX, Dimension.AGE_BAND)
    rows: list[list[str]] = []
    shown = (
        Column.EXAMINED, Column.NEEDS_DETAIL, Column.DETAIL_TAKEN, Column.FOUND_NONE, Column.FOUND_CANCER,
        Column.FOUND_EARLY, Column.FOUND_SUSPECTED, Column.FOUND_OTHER, Column.DETAIL_NOT_TAKEN, Column.DETAIL_UNKNOWN,
    )  # fmt: skip
    for programme in Programme:
        known = columns_of(programme)
        for tally in queries.tallies(snapshot.snapshot_id, by, Filter(programme), shown):
            # The groups do not name the programme, so its name comes first.
            line = table_row(tally, by, shown, current_language())
            counts = [number if column in known else "–" for column, number in zip(shown, line[len(by) :], strict=True)]
            rows.append([programme_name(programme), *line[: len(by)], *counts])
    document = ListDocument(
        title=_("地域保健・健康増進事業報告 %(year)s年度") % {"year": snapshot.fiscal_year},
        subtitle=_("%(day)s 現在で凍結した集計") % {"day": display_date(civil_date(snapshot.taken_at))},
        head=[_("検診"), *table_head(by, shown)],
        rows=rows,
        notes=[snapshot.digest],
        is_wide=True,
        numeric=tuple(range(len(by) + 1, len(by) + 1 + len(shown))),
    )
    town = runtime.node().own_town()
    footer = f"{town.name} {request.member.display_name} {civil_date(runtime.now()).isoformat()}"
    return make_list(document, town=town.name, footer=footer, lang=current_language())
