"""The inspection of links: starting one, what the last one found, and the report as a file. Counts only."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.jobs.inspection import KIND
from tasuki.letters.rendering import make_list
from tasuki.letters.types import ListDocument
from tasuki.persons.queries.cases import open_cases
from tasuki.persons.queries.inspection import inspection as one_inspection
from tasuki.persons.queries.inspection import inspections
from tasuki.persons.types.cases import CaseKind
from tasuki.persons.types.inspection import InspectionReport
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.inspection import counted_rows, queued_rows, statement_rows, table_head
from tasuki.web.templatetags.tasuki import current_language, moment
from tasuki.work.operations import ask
from tasuki.work.queries import works_of_kind


@requires(Permission.VIEW_INDEX)
@require_GET
def inspection(request: StaffRequest) -> HttpResponse:
    """Show what the last inspection found, and what became of everything inspections ever found."""
    done = inspections()
    running = next((one for one in works_of_kind([KIND], limit=1) if not one.state.is_over), None)
    context = {
        "report": done[0] if done else None,
        "head": table_head(),
        "queued": queued_rows(done[0]) if done else [],
        "counted": counted_rows(done[0]) if done else [],
        "statements": statement_rows(done[0]) if done else [],
        "former": done[1:],
        "running": running,
        "held_back": open_cases(kind=CaseKind.MASS_STOP),
        "is_mine": running is not None and running.asked_by == str(request.member.as_actor()),
        "may_start": may(request.member, Permission.CHANGE_INDEX) and running is None,
    }
    return render(request, "index/inspection.html", context)


@requires(Permission.CHANGE_INDEX)
@require_POST
def start(request: StaffRequest) -> HttpResponse:
    """Ask for an inspection, unless one is under way."""
    running = [one for one in works_of_kind([KIND], limit=1) if not one.state.is_over]
    if running:
        return redirect("index-inspection")
    work = ask(kind=KIND, parameters={}, by=request.member.as_actor(), at=runtime.now())
    return redirect("work", work.work_id)


@requires(Permission.VIEW_INDEX, act=Act.EXPORT, leaves="index-inspection-file")
@require_GET
def file(request: StaffRequest, inspection_id: UUID, form: str) -> HttpResponse:
    """Give the report of an inspection as a file."""
    report = one_inspection(inspection_id)
    if report is None or form not in ("csv", "pdf"):
        raise Http404
    content = _pdf(request, report) if form == "pdf" else _csv(report)
    disposition = content_disposition_header(as_attachment=True, filename=f"inspection-{report.began_at:%Y%m%d}.{form}")
    kind = "application/pdf" if form == "pdf" else "text/csv; charset=utf-8"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition or ""})


def _csv(report: InspectionReport) -> bytes:
    return csv_file([table_head(), *(row.cells for row in (*queued_rows(report), *counted_rows(report)))])


def _pdf(request: StaffRequest, report: InspectionReport) -> bytes:
    head = table_head()
    rows = [row.cells for row in (*queued_rows(report), *counted_rows(report))]
    looked_at = "、".join(f"{name} {count:,}" for name, count in statement_rows(report))
    document = ListDocument(
        title=_("宛名の総点検の結果"),
        subtitle=_("%(at)s に点検") % {"at": moment(report.ended_at)},
        head=head,
        rows=[row + [""] * (len(head) - len(row)) for row in rows],
        notes=[_("点検した登録の数: %(counts)s") % {"counts": looked_at}],
        is_wide=True,
        numeric=tuple(range(3, len(head))),
    )
    footer = f"{request.member.display_name} {moment(runtime.now())}"
    return make_list(document, town=runtime.node().own_town().name, footer=footer, lang=current_language().value)
