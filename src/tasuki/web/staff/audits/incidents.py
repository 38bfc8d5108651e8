"""Incidents (漏えい等の事案): told by any member of staff, handled by few, against the clocks of the law."""

import datetime as dt
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.audits.drafts import DraftKind
from tasuki.audits.drafts import draft as drafted
from tasuki.audits.incident_rules import duties, is_about, next_steps
from tasuki.audits.incident_types import Assessment, Ground, Incident, NewIncident, Source, Step, StepOutcome
from tasuki.audits.operations import incidents as operations
from tasuki.audits.queries import incidents as queries
from tasuki.audits.queries.rehearsals import rehearsal
from tasuki.jobs.town import gateway_link
from tasuki.letters.queries import sender
from tasuki.linkage.operations.impact import sum_exchanges
from tasuki.shared.dates import civil_date, to_jst
from tasuki.shared.spreadsheets import csv_file
from tasuki.watching.queries.alerts import alert
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.incidents import (
    STEP_LABELS,
    AssessmentForm,
    StepForm,
    TellForm,
    assessment_initial,
    incident_rows,
    register_head,
    step_rows,
    sum_rows,
)

#: So many residents are listed on one page; all are counted.
_MOST_LISTED: Final = 500
_TOLD: Final[dict[StepOutcome, Promise]] = {
    StepOutcome.DONE: gettext_lazy("経過を記録しました。"),
    StepOutcome.NOT_NOW: gettext_lazy("いまはその手順を記録できません。ほかの人が先に記録したかもしれません。"),
    StepOutcome.SAME_PERSON: gettext_lazy(
        "届け出た人が「事案ではない」とすることも、確認した人が終結させることもできません。別の人が決めてください。"
    ),
    StepOutcome.SUBJECT: gettext_lazy("自分の操作に関わる事案です。ほかの人が扱います。"),
    StepOutcome.LESSONS_MISSING: gettext_lazy("終結の前に、得た教訓を書いてください。"),
}


@requires(Permission.TELL_INCIDENT)
@require_http_methods(["GET", "HEAD", "POST"])
def incidents(request: StaffRequest) -> HttpResponse:
    """Take in what somebody tells; whoever handles incidents sees the register too."""
    at, handles = runtime.now(), may(request.member, Permission.HANDLE_INCIDENT)
    words = request.POST.get("words", "")[:100] if "words" in request.POST else ""
    is_told = request.method == "POST" and "words" not in request.POST
    form = TellForm(request.POST if is_told else None, now=at, initial=_begun(request, at))
    if is_told and form.is_valid():
        typed = form.cleaned_data
        told = NewIncident(
            typed["title"], typed["says"], Source(typed["source"]), typed["known_at"], typed["since"],
            typed["staff"] or None, typed["origin"],
        )  # fmt: skip
        incident_id = operations.tell_incident(told=told, by=request.member.as_actor(), at=at)
        messages.success(request, _("届け出ました。セキュリティ担当・承認者・監査担当のホームに出ています。"))
        is_shown = handles and told.staff != str(request.member.as_actor())
        return redirect("incident", incident_id) if is_shown else redirect("incidents")
    context = {
        "form": form,
        "handles": handles,
        "rows": incident_rows(_readable(request, words), civil_date(at)) if handles else [],
        "words": words,
    }
    return render(request, "audits/incidents.html", context, status=422 if form.errors else 200)


@requires(Permission.HANDLE_INCIDENT)
@require_http_methods(["GET", "HEAD", "POST"])
def incident(request: StaffRequest, incident_id: UUID) -> HttpResponse:
    """Show one incident with its clocks, or keep what it is in the eyes of the law."""
    found = _found(request, incident_id)
    if request.method != "POST":
        return _page(request, found, AssessmentForm(initial=assessment_initial(found)), StepForm())
    form = AssessmentForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, StepForm())
    typed = dict(form.cleaned_data)
    lessons, grounds = typed.pop("lessons"), frozenset(map(Ground, typed.pop("grounds")))
    outcome = operations.assess_incident(
        incident_id=incident_id,
        assessment=Assessment(grounds=grounds, **typed),
        lessons=lessons,
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    if outcome is StepOutcome.DONE:
        messages.success(request, _("保存しました。期限と案は、この内容から作り直されます。"))
    else:
        messages.warning(request, str(_TOLD[outcome]))
    return redirect("incident", incident_id)


@requires(Permission.HANDLE_INCIDENT)
@require_POST
def step(request: StaffRequest, incident_id: UUID) -> HttpResponse:
    """Record that a step was taken."""
    found = _found(request, incident_id)
    form = StepForm(request.POST)
    wanted = request.POST.get("step", "")
    if wanted not in list(Step):
        raise Http404
    if not form.is_valid():
        return _page(request, found, AssessmentForm(initial=assessment_initial(found)), form)
    outcome = operations.take_step(
        incident_id=incident_id,
        step=Step(wanted),
        note=form.cleaned_data["note"],
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    tell = messages.success if outcome is StepOutcome.DONE else messages.warning
    tell(request, str(_TOLD[outcome]))
    return redirect("incident", incident_id)


@requires(Permission.VIEW_WHOM_ACCESSED, act=Act.SEARCH)
@require_http_methods(["GET", "HEAD", "POST"])
def affected(request: StaffRequest, incident_id: UUID) -> HttpResponse:
    """List by number whom accesses showed since an incident may have begun; posted, sum up the exchanges about them."""
    found, at = _found(request, incident_id), runtime.now()
    everybody = queries.affected(found, at)
    context: dict[str, object] = {
        "one": found,
        "total": len(everybody),
        "protected": sum(one.is_protected for one in everybody),
        "rows": everybody[:_MOST_LISTED],
        "most": _MOST_LISTED,
    }
    if request.method == "POST":
        sums = sum_exchanges(
            people=[one.person for one in everybody],
            since=found.since,
            institution=runtime.node().own_town().institution,
            link=gateway_link(),
            by=request.member.as_actor(),
            at=at,
        )
        context |= {"is_summed": True, "is_unreachable": sums is None, "sums": sum_rows(sums or ())}
    return render(request, "audits/affected.html", context)


@requires(Permission.HANDLE_INCIDENT, leaves="incident-draft")
@require_GET
def draft(request: StaffRequest, incident_id: UUID, kind: str) -> HttpResponse:
    """Give a draft as PDF, written from what is known now."""
    if kind not in list(DraftKind):
        raise Http404
    found = _found(request, incident_id)
    content = drafted(DraftKind(kind), found, town=runtime.node().own_town().name, telephone=sender().phone)
    headers = {"Content-Disposition": f'attachment; filename="incident-{kind}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@requires(Permission.HANDLE_INCIDENT, leaves="incidents-file")
@require_POST
def file(request: StaffRequest) -> HttpResponse:
    """Give the register as CSV: dates and counts."""
    rows = incident_rows(_readable(request), civil_date(runtime.now()))
    headers = {"Content-Disposition": 'attachment; filename="incidents.csv"'}
    content = csv_file([register_head(), *(row.cells for row in rows)])
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _page(request: StaffRequest, found: Incident, form: AssessmentForm, step_form: StepForm) -> HttpResponse:
    [row] = incident_rows([found], civil_date(runtime.now()))
    context = {
        "row": row,
        "steps": step_rows(found),
        "next": [(one.value, STEP_LABELS[one]) for one in next_steps(found)],
        "form": form,
        "step_form": step_form,
        "may_list": may(request.member, Permission.VIEW_WHOM_ACCESSED),
        "checked": max(one.checked for one in duties()),
    }
    is_wrong = bool(form.errors or step_form.errors)
    return render(request, "audits/incident.html", context, status=422 if is_wrong else 200)


def _readable(request: StaffRequest, words: str = "") -> list[Incident]:
    return queries.incidents(words, reader=str(request.member.as_actor()))


def _found(request: StaffRequest, incident_id: UUID) -> Incident:
    """Return an incident to whoever may handle it.

    :raises Http404: where there is none, and for whoever it is about: they are not to know how it stands.
    """
    found = queries.incident(incident_id)
    if found is None or is_about(found, str(request.member.as_actor())):
        raise Http404
    return found


def _begun(request: StaffRequest, at: dt.datetime) -> dict[str, object]:
    """Return what is known already of an incident that comes out of an alert or a rehearsal of a restore."""
    kind, _colon, number = request.GET.get("origin", "").partition(":")
    try:
        wanted = UUID(number)
    except ValueError:
        return {}
    known = {"known_at": to_jst(at).strftime("%Y-%m-%dT%H:%M"), "origin": f"{kind}:{wanted}"}
    if kind == "alert" and may(request.member, Permission.REVIEW_ACCESSES) and (found := alert(wanted)):
        return known | {"source": Source.ALERT.value, "since": civil_date(found.since), "staff": found.staff}
    if kind == "rehearsal" and may(request.member, Permission.VIEW_CHECKS) and (tried := rehearsal(wanted)):
        return known | {"source": Source.STAFF.value, "since": tried.rehearsed_on}
    return {}
