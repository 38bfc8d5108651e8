"""The yearly check (確認記録票): each clause with what the system says, answered by people and signed by two."""

from typing import Final

from cryptography import x509
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.audits.operations import checks as operations
from tasuki.audits.queries import checks as queries
from tasuki.audits.rules import missing
from tasuki.audits.types import Check, CheckOutcome, CheckState, Surroundings
from tasuki.shared.dates import civil_date, fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.checks import (
    FindingForm,
    LineForm,
    ReasonForm,
    check_rows,
    finding_rows,
    line_form,
    part_rows,
)

_REFUSED: Final[dict[CheckOutcome, Promise]] = {
    CheckOutcome.NONE: gettext_lazy("この年度の確認記録票は、すでにあるか、まだありません。"),
    CheckOutcome.CLOSED: gettext_lazy("署名された確認記録票は変えられません。"),
    CheckOutcome.SAME_PERSON: gettext_lazy("一人目に署名した人は、二人目になれません。別の人が署名してください。"),
    CheckOutcome.INCOMPLETE: gettext_lazy(
        "評価していない項か、指摘のない×の項があります。すべて終えてから署名してください。"
    ),
}


@requires(Permission.VIEW_CHECKS)
@require_http_methods(["GET", "HEAD", "POST"])
def checks(request: StaffRequest) -> HttpResponse:
    """List the check of every year and the findings; words to look for are posted."""
    on = civil_date(runtime.now())
    this_year = fiscal_year_of(on)
    words = request.POST.get("words", "")[:100] if request.method == "POST" else ""
    found = queries.checks()
    context = {
        "rows": check_rows(found),
        "this_year": this_year,
        "may_begin": may(request.member, Permission.ANSWER_CHECK)
        and all(one.fiscal_year != this_year for one in found),
        "findings": finding_rows(queries.findings(words=words), on),
        "words": words,
    }
    return render(request, "audits/checks.html", context)


@requires(Permission.ANSWER_CHECK)
@require_POST
def begin(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Begin the check of this fiscal year."""
    at = runtime.now()
    if fiscal_year != fiscal_year_of(civil_date(at)):
        raise Http404
    outcome = operations.open_check(
        fiscal_year=fiscal_year, surroundings=_surroundings(), by=request.member.as_actor(), at=at
    )
    _tell(request, outcome, gettext_lazy("確認記録票を作りました。システムの記録を見て、項ごとに評価してください。"))
    return redirect("check", fiscal_year)


@requires(Permission.ANSWER_CHECK)
@require_POST
def gather(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Attach what the system says now."""
    outcome = operations.gather_facts(
        fiscal_year=fiscal_year, surroundings=_surroundings(), by=request.member.as_actor(), at=runtime.now()
    )
    _tell(request, outcome, gettext_lazy("システムの記録を、いまのものにしました。"))
    return redirect("check", fiscal_year)


@requires(Permission.VIEW_CHECKS)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Show the check of one year, or keep what was found about the clauses that were sent."""
    found = _found(fiscal_year)
    if request.method != "POST":
        return check_page(request, found)
    if not may(request.member, Permission.ANSWER_CHECK):
        messages.error(request, str(gettext_lazy("評価を書けるのは、監査担当とセキュリティ担当です。")))
        return redirect("check", fiscal_year)
    typed = {
        one.clause: line_form(one, request.POST)
        for one in queries.check_lines(fiscal_year)
        if f"{one.clause}-answer" in request.POST
    }
    if not all(form.is_valid() for form in typed.values()):
        return check_page(request, found, typed=typed)
    answers = [said for clause, form in typed.items() if (said := form.answered(clause)) is not None]
    outcome = operations.answer_lines(
        fiscal_year=fiscal_year, answers=answers, by=request.member.as_actor(), at=runtime.now()
    )
    _tell(request, outcome, gettext_lazy("評価を保存しました。"))
    return redirect("check", fiscal_year)


@requires(Permission.SIGN_CHECK, asks_again=True)
@require_POST
def sign(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Sign the check of one year, as the first or the second."""
    found = _found(fiscal_year)
    by = request.member.as_actor()
    outcome = operations.sign_check(
        fiscal_year=fiscal_year,
        town=runtime.node().own_town().name,
        names=names_of_staff([str(by), found.first_signed_by or ""]),
        by=by,
        at=runtime.now(),
    )
    done = (
        gettext_lazy("二人目として署名しました。確認記録票は確定し、もう変わりません。")
        if found.state is CheckState.HALF_SIGNED
        else gettext_lazy("一人目として署名しました。別の人が署名すると確定します。")
    )
    _tell(request, outcome, done)
    return redirect("check", fiscal_year)


@requires(Permission.SIGN_CHECK)
@require_POST
def take_back(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Take the first signature back, so that something can be put right."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(gettext_lazy("取り消すわけを、200文字までで書いてください。")))
        return redirect("check", fiscal_year)
    outcome = operations.take_signature_back(
        fiscal_year=fiscal_year, reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=runtime.now()
    )
    _tell(request, outcome, gettext_lazy("一人目の署名を取り消しました。評価を直せます。"))
    return redirect("check", fiscal_year)


@requires(Permission.VIEW_CHECKS, leaves="check-file")
@require_GET
def file(request: StaffRequest, fiscal_year: int) -> HttpResponse:
    """Give the document that two people signed, byte for byte."""
    found = queries.signed_document(fiscal_year)
    if found is None:
        raise Http404
    content, _digest = found
    headers = {"Content-Disposition": f'attachment; filename="check-{fiscal_year}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def check_page(
    request: StaffRequest,
    found: Check,
    *,
    typed: dict[str, LineForm] | None = None,
    finding_form: FindingForm | None = None,
) -> HttpResponse:
    """Show the check of one year with whatever was typed and could not be kept."""
    on = civil_date(runtime.now())
    lines = queries.check_lines(found.fiscal_year)
    raised = queries.findings(fiscal_year=found.fiscal_year)
    lacks = missing(lines, {one.clause for one in raised})
    [row] = check_rows([found])
    is_open, is_first = found.state is CheckState.ANSWERING, found.first_signed_by == str(request.member.as_actor())
    may_answer = may(request.member, Permission.ANSWER_CHECK) and is_open
    may_sign = may(request.member, Permission.SIGN_CHECK) and found.state is not CheckState.SIGNED
    wrong = [form for form in (typed or {}).values() if form.errors]
    context = {
        "row": row,
        "parts": part_rows(lines, typed or {}),
        "findings": finding_rows(raised, on),
        "may_answer": may_answer,
        "may_sign": may_sign and not lacks and not (found.state is CheckState.HALF_SIGNED and is_first),
        "may_take_back": may_sign and found.state is CheckState.HALF_SIGNED,
        "is_first": is_first,
        "unanswered": len(lacks.unanswered),
        "without_finding": len(lacks.without_finding),
        "wrong": wrong,
        "finding_form": finding_form or FindingForm(lines=lines, today=on),
        "reason_form": ReasonForm(),
    }
    is_wrong = bool(wrong) or bool(finding_form and finding_form.errors)
    return render(request, "audits/check.html", context, status=422 if is_wrong else 200)


def _found(fiscal_year: int) -> Check:
    found = queries.check(fiscal_year)
    if found is None:
        raise Http404
    return found


def _surroundings() -> Surroundings:
    """Return what only the machine knows; a node without its own certificate has none to say anything of."""
    file = runtime.keys().certificate
    if not file.exists():
        return Surroundings(None)
    return Surroundings(x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc)


def _tell(request: StaffRequest, outcome: CheckOutcome, done: Promise) -> None:
    if outcome is CheckOutcome.DONE:
        messages.success(request, str(done))
    else:
        messages.warning(request, str(_REFUSED[outcome]))
