"""The register of rehearsed restores (復旧の訓練)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.audits.operations.rehearsals import record_rehearsal
from tasuki.audits.queries import rehearsals as queries
from tasuki.audits.rehearsals import NewRehearsal, RehearsalOutcome, RehearsalProblem, is_due, rehearsal_rule
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.rehearsals import PROBLEM_WORDS, RehearsalForm, rehearsal_rows, rehearsals_head


@requires(Permission.VIEW_CHECKS)
@require_http_methods(["GET", "HEAD", "POST"])
def rehearsals(request: StaffRequest) -> HttpResponse:
    """Show the register. Words to look for are posted, so no address holds them."""
    words = request.POST.get("words", "")[:100] if request.method == "POST" else ""
    return _page(request, RehearsalForm(today=civil_date(runtime.now())), words)


@requires(Permission.RECORD_REHEARSAL)
@require_POST
def record(request: StaffRequest) -> HttpResponse:
    """Keep a rehearsal, once what was restored is held against the log."""
    at = runtime.now()
    form = RehearsalForm(request.POST, today=civil_date(at))
    if not form.is_valid():
        return _page(request, form)
    typed = dict(form.cleaned_data)
    found = NewRehearsal(**typed | {"outcome": RehearsalOutcome(typed["outcome"])})
    kept = record_rehearsal(found=found, by=request.member.as_actor(), at=at)
    if isinstance(kept, RehearsalProblem):
        name, text = PROBLEM_WORDS[kept]
        form.add_error(name, str(text))
        return _page(request, form)
    messages.success(request, _("訓練を記録しました。"))
    return redirect("rehearsals")


@requires(Permission.VIEW_CHECKS, leaves="rehearsals-file")
@require_POST
def file(request: StaffRequest) -> HttpResponse:
    """Give the register as CSV."""
    content = csv_file([rehearsals_head(), *(row.cells for row in rehearsal_rows(queries.rehearsals()))])
    headers = {"Content-Disposition": 'attachment; filename="restore-rehearsals.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _page(request: StaffRequest, form: RehearsalForm, words: str = "") -> HttpResponse:
    today, last = civil_date(runtime.now()), queries.last_restored()
    context = {
        "form": form if may(request.member, Permission.RECORD_REHEARSAL) else None,
        "rows": rehearsal_rows(queries.rehearsals(words)),
        "words": words,
        "last": last,
        "is_due": is_due(last, today),
        "days": rehearsal_rule(today).days,
    }
    return render(request, "audits/rehearsals.html", context, status=422 if form.errors else 200)
