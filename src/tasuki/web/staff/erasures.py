"""Erasures (消去): what is due, what goes and what stays, two approvals, and the certificate."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.erasure import operations, queries
from tasuki.erasure.catalogue import Fate, rule_named, rules
from tasuki.erasure.due import before_their_time, due_by_year, due_keys
from tasuki.erasure.places import counted
from tasuki.erasure.types import Decided, Erasure, NotRequested, Obstacle, Requested, Rule, State, Subject
from tasuki.jobs.erasing import erasure_secret
from tasuki.layouts.render import Language
from tasuki.letters.rendering import make_list
from tasuki.shared.dates import civil_date
from tasuki.shared.spreadsheets import csv_file
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.erasures import (
    OBSTACLE_LABELS,
    DecisionForm,
    EarlyForm,
    PeopleForm,
    ReasonForm,
    RuleRow,
    SearchForm,
    beyond_lines,
    certificate_document,
    erasure_rows,
    obstacle_lines,
    places,
    register_head,
    rule_row,
    staying,
)
from tasuki.web.templatetags.tasuki import current_language, moment

_MOST_IN_FILE: Final = 100_000
#: So much one request erases; the rest is due afterwards.
_MOST_AT_ONCE: Final = 5_000


@requires(Permission.VIEW_ERASURES)
@require_http_methods(["GET", "HEAD", "POST"])
def erasures(request: StaffRequest) -> HttpResponse:
    """Show the register. What to look for is posted, so that no address holds a number."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    typed = form.cleaned_data if form.is_bound and form.is_valid() else {"words": "", "number": ""}
    page = page_number(request.GET.get("page", "1"))
    erased = queries.keyed(erasure_secret(), Subject.PERSON.value, typed["number"]) if typed["number"] else None
    total, found = queries.erasures(words=typed["words"], erased=erased, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    context = {
        "rows": erasure_rows(found),
        "paging": paging(page, total),
        "form": form,
        "is_search": any(typed.values()),
        "may_request": may(request.member, Permission.REQUEST_ERASURE),
    }
    return render(request, "erasures/erasures.html", context)


@requires(Permission.VIEW_ERASURES, leaves="erasure-register")
@require_POST
def register_file(request: StaffRequest) -> HttpResponse:
    """Give the register as CSV."""
    _total, found = queries.erasures(limit=_MOST_IN_FILE)
    content = csv_file([register_head(), *(row.cells for row in erasure_rows(found))])
    headers = {"Content-Disposition": 'attachment; filename="erasures.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@requires(Permission.VIEW_ERASURES)
@require_GET
def retention(request: StaffRequest) -> HttpResponse:
    """Show how long everything is kept, on what ground, and how much is due now."""
    on = civil_date(runtime.now())
    rows = [rule_row(rule, sum(due_by_year(rule, on).values())) for rule in rules()]
    return render(request, "erasures/retention.html", {"rows": rows, "checked_on": rules()[0].checked_on})


@requires(Permission.VIEW_ERASURES)
@require_GET
def due(request: StaffRequest, rule: str) -> HttpResponse:
    """Show what is due by a rule, by year, and where it may be asked for."""
    return _due_page(request, _requested(rule), ReasonForm())


@requires(Permission.REQUEST_ERASURE)
@require_POST
def ask_due(request: StaffRequest, rule: str) -> HttpResponse:
    """Ask to erase what is due by a rule; two others decide."""
    chosen, form, at = _requested(rule), ReasonForm(request.POST), runtime.now()
    if not form.is_valid():
        return _due_page(request, chosen, form)
    keys = due_keys(chosen, civil_date(at), most=_MOST_AT_ONCE)
    done = _request(request, chosen, keys, form.cleaned_data["reason"])
    if isinstance(done, Requested):
        _tell_left_out(request, done.left_out)
        return redirect("erasure", done.erasure_id)
    for line in obstacle_lines(done.obstacles) or [_("期間の過ぎたものはありません。")]:
        form.add_error(None, line)
    return _due_page(request, chosen, form)


@requires(Permission.REQUEST_ERASURE)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_people(request: StaffRequest) -> HttpResponse:
    """Ask to erase people by their numbers; two others decide."""
    form = PeopleForm(request.POST if request.method == "POST" else None)
    early, confirmed = 0, EarlyForm(request.POST).is_valid()
    if request.method == "POST" and form.is_valid():
        early = len(before_their_time(form.cleaned_data["numbers"], civil_date(runtime.now())))
        if early and not confirmed:
            form.add_error(
                None, _("保存期間の前の人がいます。下の警告を読み、消去してよければ印を付けて申請してください。")
            )
    if request.method == "POST" and form.is_valid():
        done = _request(request, None, form.cleaned_data["numbers"], form.cleaned_data["reason"])
        if isinstance(done, Requested):
            return redirect("erasure", done.erasure_id)
        for line in obstacle_lines(done.obstacles):
            form.add_error("numbers", line)
    context = {"form": form, "early": early, "early_form": EarlyForm(), "rule": _people_rule()}
    return render(request, "erasures/people.html", context, status=422 if form.errors else 200)


@requires(Permission.VIEW_ERASURES)
@require_GET
def erasure(request: StaffRequest, erasure_id: UUID) -> HttpResponse:
    """Show one erasure: what goes or went, what stays, and what may be done now."""
    return _page(request, _known(erasure_id), DecisionForm())


@requires(Permission.REQUEST_ERASURE)
@require_POST
def withdraw(request: StaffRequest, erasure_id: UUID) -> HttpResponse:
    """Take one's own request back before two approved it."""
    _known(erasure_id)
    outcome = operations.withdraw_erasure(erasure_id=erasure_id, by=request.member.as_actor(), at=runtime.now())
    _tell(request, outcome, _("申請を取り下げました。"))
    return redirect("erasure", erasure_id)


@requires(Permission.DECIDE_ERASURE, asks_again=True)
@require_POST
def decide(request: StaffRequest, erasure_id: UUID) -> HttpResponse:
    """Approve somebody else's request, or refuse it with a reason."""
    found, by, at = _known(erasure_id), request.member.as_actor(), runtime.now()
    if request.POST.get("act") == "approve":
        outcome = operations.approve_erasure(erasure_id=erasure_id, by=by, at=at)
        _tell(request, outcome, _("承認しました。"))
        return redirect("erasure", erasure_id)
    form = DecisionForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["reason"]:
        if form.is_valid():
            form.add_error("reason", _("承認しない理由を書いてください。申請した人に伝わります。"))
        return _page(request, found, form)
    outcome = operations.refuse_erasure(erasure_id=erasure_id, reason=form.cleaned_data["reason"], by=by, at=at)
    _tell(request, outcome, _("承認しないことを記録しました。何も消えません。"))
    return redirect("erasure", erasure_id)


@requires(Permission.VIEW_ERASURES, leaves="erasure-certificate")
@require_POST
def certificate(request: StaffRequest, erasure_id: UUID) -> HttpResponse:
    """Give the certificate of an erasure that is proven as PDF."""
    found = _known(erasure_id)
    if found.state is not State.PROVEN:
        raise Http404
    at = runtime.now()
    operations.record_certificate(erasure_id=erasure_id, by=request.member.as_actor(), at=at)
    own = runtime.node().own_town()
    [row] = erasure_rows([found])
    footer = _("%(who)s が %(when)s に発行") % {"who": request.member.display_name, "when": moment(at)}
    town = own.name_en if current_language() is Language.EN else own.name
    document = certificate_document(row, town=town)
    pdf = make_list(document, town=town, footer=footer, lang=current_language().value)
    headers = {"Content-Disposition": f'attachment; filename="erasure-{found.number}.pdf"'}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def _request(request: StaffRequest, rule: Rule | None, keys: list[str], reason: str) -> Requested | NotRequested:
    subject = Subject.PERSON if rule is None or rule.subject is None else rule.subject
    done = operations.request_erasure(
        subject=subject,
        rule="" if rule is None else rule.name,
        keys=keys,
        reason=reason,
        secret=erasure_secret(),
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if isinstance(done, Requested):
        messages.success(request, _("申請しました。別の二人が承認するまで、何も消えません。"))
    return done


def _people_rule() -> RuleRow:
    return rule_row(next(one for one in rules() if one.subject is Subject.PERSON), 0)


def early_of(found: Erasure, keys: Mapping[str, list[str]]) -> int:
    """Count the people of a request who were named before their time."""
    if found.rule or found.subject is not Subject.PERSON:
        return 0
    return len(before_their_time(keys.get(Subject.PERSON.value, []), civil_date(found.requested_at)))


def _due_page(request: StaffRequest, rule: Rule, form: ReasonForm) -> HttpResponse:
    on = civil_date(runtime.now())
    years = due_by_year(rule, on)
    context = {
        "rule": rule_row(rule, sum(years.values())),
        "years": sorted(years.items()),
        "most": _MOST_AT_ONCE,
        "form": form,
        "may_request": may(request.member, Permission.REQUEST_ERASURE) and bool(years),
    }
    return render(request, "erasures/due.html", context, status=422 if form.errors else 200)


def _page(request: StaffRequest, found: Erasure, form: DecisionForm) -> HttpResponse:
    state, actor = found.state, str(request.member.as_actor())
    [row] = erasure_rows([found])
    keys = queries.keys_of(found.erasure_id)
    is_waiting = state in (State.REQUESTED, State.APPROVED_ONCE)
    before = counted(keys, [Fate.ERASED, Fate.INDEX]) if keys else {}
    goes = found.proof.erased if found.proof is not None else before
    stays = found.proof.kept if state is State.PROVEN and found.proof is not None else counted(keys, [Fate.KEPT])
    context = {
        "row": row,
        "one": found,
        "goes": places(goes),
        "beyond": beyond_lines(found),
        "early": early_of(found, keys) if is_waiting else 0,
        "stays": staying(stays),
        "is_waiting": is_waiting,
        "is_over": state in (State.WITHDRAWN, State.REFUSED),
        "is_proven": state is State.PROVEN,
        "is_under_way": state in (State.APPROVED, State.UNDER_WAY),
        "stopped": [OBSTACLE_LABELS[Obstacle(word)] for word in found.stopped_by.split()],
        "may_withdraw": is_waiting and found.requested_by == actor,
        "may_decide": may(request.member, Permission.DECIDE_ERASURE)
        and (is_waiting or state is State.APPROVED)
        and actor not in (found.requested_by, found.first_by),
        "may_approve": is_waiting,
        "is_own": found.requested_by == actor,
        "form": form,
    }
    return render(request, "erasures/erasure.html", context, status=422 if form.errors else 200)


_OUTCOMES: Final = {
    Decided.NOT_WAITING: gettext_lazy("いまは決められません。先に決まったか、取り下げられたか、消去が始まっています。"),
    Decided.SAME_PERSON: gettext_lazy("申請した人と、先に承認した人は、承認できません。別の人に頼んでください。"),
}


def _tell(request: StaffRequest, outcome: Decided, done: str) -> None:
    if outcome is Decided.DECIDED:
        messages.success(request, done)
    else:
        messages.warning(request, str(_OUTCOMES[outcome]))


def _tell_left_out(request: StaffRequest, left_out: Mapping[Obstacle, int]) -> None:
    for line in obstacle_lines(left_out):
        messages.warning(request, _("申請から外しました。%(line)s") % {"line": line})


def _requested(name: str) -> Rule:
    rule = rule_named(name)
    if rule is None or rule.subject is None:
        raise Http404
    return rule


def _known(erasure_id: UUID) -> Erasure:
    found = queries.erasure(erasure_id)
    if found is None:
        raise Http404
    return found
