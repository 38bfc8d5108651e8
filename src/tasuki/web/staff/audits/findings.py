"""Findings of the yearly check (指摘): what is to be mended, and that it was."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.audits.operations import checks as operations
from tasuki.audits.queries import checks as queries
from tasuki.audits.types import CheckOutcome, NewFinding
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.checks import FindingForm, MendedForm, finding_head, finding_rows
from tasuki.web.staff.audits.checks import check_page


@requires(Permission.ANSWER_CHECK)
@require_POST
def add(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Keep a finding, or show the sheet with what was typed."""
    found, at = queries.check(fiscal_year), runtime.now()
    if found is None:
        raise Http404
    form = FindingForm(request.POST, lines=queries.check_lines(fiscal_year), today=civil_date(at))
    if not form.is_valid():
        return check_page(request, found, finding_form=form)
    outcome = operations.raise_finding(
        fiscal_year=fiscal_year, finding=NewFinding(**form.cleaned_data), by=request.member.as_actor(), at=at
    )
    if isinstance(outcome, CheckOutcome):
        messages.warning(request, _("署名された確認記録票には、指摘を加えられません。"))
    else:
        messages.success(request, _("指摘を加えました。期限を過ぎると、ホームに出ます。"))
    return redirect("check", fiscal_year)


@requires(Permission.VIEW_CHECKS)
@require_http_methods(["GET", "HEAD", "POST"])
def finding(request: StaffRequest, finding_id: UUID) -> HttpResponse:
    """Show one finding, or record that it was mended."""
    found = queries.finding(finding_id)
    if found is None:
        raise Http404
    may_mend = may(request.member, Permission.ANSWER_CHECK) and found.mended_at is None
    form = MendedForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and not may_mend:
        messages.warning(request, _("改善を記録できるのは監査担当とセキュリティ担当で、一度だけです。"))
        return redirect("finding", finding_id)
    if request.method == "POST" and form.is_valid():
        operations.mend_finding(
            finding_id=finding_id, note=form.cleaned_data["note"], by=request.member.as_actor(), at=runtime.now()
        )
        messages.success(request, _("改善を確かめたことを記録しました。"))
        return redirect("finding", finding_id)
    [row] = finding_rows([found], civil_date(runtime.now()))
    context = {"row": row, "form": form, "may_mend": may_mend}
    return render(request, "audits/finding.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_CHECKS, leaves="findings-file")
@require_POST
def file(request: StaffRequest) -> HttpResponse:
    """Give the register of findings as CSV."""
    rows = finding_rows(queries.findings(), civil_date(runtime.now()))
    headers = {"Content-Disposition": 'attachment; filename="findings.csv"'}
    content = csv_file([finding_head(), *(row.cells for row in rows)])
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
