"""Cases of the index: the queue, one of them side by side with whom it may be, and what is decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.jobs.town import number_cipher
from tasuki.linkage.operations import identity
from tasuki.persons.queries import cases as queries
from tasuki.persons.queries.people import IndexPerson
from tasuki.persons.queries.statements import statement_of
from tasuki.persons.types.cases import Case, CaseAct, CaseKind, CaseState, Decided, Decision, Proposed
from tasuki.web.access import StaffRequest, requires
from tasuki.web.paging import PAGE_SIZE, page_number, paging
from tasuki.web.presenters.identity import (
    ACT_LABELS,
    HELD_BACK_HELP,
    KIND_HELP,
    KIND_LABELS,
    REFUSALS,
    STATE_LABELS,
    Choice,
    choices,
    comparison,
    person_heading,
    system_names,
)
from tasuki.web.presenters.inspection import cause_of
from tasuki.web.presenters.matching import falls
from tasuki.web.staff.index.people import looked_up


class DecisionForm(forms.Form):
    """What is decided, and why."""

    act = forms.ChoiceField(label=gettext_lazy("決めること"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy(
            "何を見て確かめたかを書きます。例: 個人番号カードの原本で確認。個人番号は書かないでください。"
        ),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, offered: list[Choice], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["act"].choices = [  # type: ignore[attr-defined]  # a ChoiceField, as declared above
            (one.act.value, f"{one.label}（{one.note}）" if one.note else one.label) for one in offered
        ]


class ReasonForm(forms.Form):
    """Why a proposal is approved or returned."""

    reason = forms.CharField(
        label=gettext_lazy("承認者の確認"),
        help_text=gettext_lazy("何を見て確かめたかを書きます。個人番号は書かないでください。"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@requires(Permission.VIEW_INDEX)
@require_GET
def case_list(request: StaffRequest) -> HttpResponse:
    """List the cases that nobody has decided, oldest first, by kind and state."""
    kind = request.GET.get("kind", "")
    state = request.GET.get("state", "")
    chosen_kind = next((one for one in CaseKind if one.value == kind), None)
    states = tuple(one for one in queries.UNDECIDED if one.value == state) or queries.UNDECIDED
    counted = queries.counts()
    total = sum(count for (one, at), count in counted.items() if (chosen_kind in (None, one)) and at in states)
    where = paging(page_number(request.GET.get("page", "1")), total)
    found = queries.open_cases(kind=chosen_kind, states=states, offset=where.offset, limit=PAGE_SIZE)
    named = system_names()
    context = {
        "rows": [
            {
                "case": one,
                "kind": KIND_LABELS[one.kind],
                "cause": cause_of(one),
                "state": STATE_LABELS[one.state],
                "system": named.get(one.subject.get("system", one.system), one.system),
            }
            for one in found
        ],
        "paging": where,
        "query": f"kind={kind}&state={state}" if kind or state else "",
        "kinds": [
            (one.value, KIND_LABELS[one], sum(count for (k, _s), count in counted.items() if k is one))
            for one in CaseKind
        ],
        "states": [(one.value, STATE_LABELS[one]) for one in queries.UNDECIDED],
        "chosen_kind": kind,
        "chosen_state": state,
    }
    return render(request, "index/cases.html", context)


@requires(Permission.VIEW_INDEX)
@require_GET
def case(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Show one case."""
    return _page(request, _found(case_id), None, None)


@requires(Permission.CHANGE_INDEX)
@require_POST
def decide(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Decide a case, or propose what a second person has to approve."""
    found = _found(case_id)
    form = DecisionForm(choices(found, _people(request, found)), request.POST)
    if not form.is_valid():
        return _page(request, found, form, None)
    decision = identity.decide(
        case_id=case_id,
        act=CaseAct(form.cleaned_data["act"]),
        reason=form.cleaned_data["reason"],
        cipher=number_cipher(),
        by=request.member.as_actor(),
        at=runtime.now(),
    )
    return _told(request, case_id, decision)


@requires(Permission.DECIDE_INDEX, asks_again=True)
@require_POST
def approve(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Approve a proposal, or return it unapproved."""
    found = _found(case_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, None, form)
    by, at, reason = request.member.as_actor(), runtime.now(), form.cleaned_data["reason"]
    if request.POST.get("decision") == "return":
        decision = identity.send_back(case_id=case_id, reason=reason, by=by, at=at)
        if isinstance(decision, Decided):
            messages.success(request, _("承認せずに戻しました。"))
            return redirect("index-case", case_id)
    else:
        decision = identity.approve(case_id=case_id, reason=reason, cipher=number_cipher(), by=by, at=at)
    return _told(request, case_id, decision)


@requires(Permission.CHANGE_INDEX)
@require_POST
def take_back(request: StaffRequest, case_id: UUID) -> HttpResponse:
    """Take one's own proposal back."""
    found = _found(case_id)
    by = request.member.as_actor()
    if found.proposed_by != str(by):
        raise Http404
    decision = identity.send_back(case_id=case_id, reason=_("起案者が取り下げた"), by=by, at=runtime.now())
    if isinstance(decision, Decided):
        messages.success(request, _("起案を取り下げました。"))
        return redirect("index-case", case_id)
    return _told(request, case_id, decision)


def _told(request: StaffRequest, case_id: UUID, decision: Decision) -> HttpResponse:
    match decision:
        case Proposed():
            messages.success(request, _("起案しました。承認者が承認すると登録されます。"))
        case Decided():
            messages.success(request, _("決定しました。"))
        case _:
            messages.error(request, str(REFUSALS[decision.refusal]))
    return redirect("index-case", case_id)


def _found(case_id: UUID) -> Case:
    try:
        return queries.case(case_id)
    except queries.NoSuchCase as error:
        raise Http404 from error


def _page(request: StaffRequest, found: Case, form: DecisionForm | None, approval: ReasonForm | None) -> HttpResponse:
    people = _people(request, found)
    stated = statement_of(found.system, found.system_person_number) if found.system else None
    events = queries.events_of(found.case_id)
    staff = names_of_staff({one.happened_by for one in events})
    leading = [] if stated is not None else people[:1]
    offered, named = choices(found, people), system_names()
    actor = str(request.member.as_actor())
    context = {
        "case": found,
        "kind": KIND_LABELS[found.kind],
        "help": HELD_BACK_HELP if _is_held_back(found) else KIND_HELP[found.kind],
        "mass": _mass(found, named),
        "cause": cause_of(found),
        "state": STATE_LABELS[found.state],
        "act": ACT_LABELS[found.act] if found.act else "",
        "has_statement": stated is not None,
        "leading": [person_heading(one) for one in leading],
        "people": [person_heading(one) for one in people[len(leading) :]],
        "comparison": comparison(stated, people),
        "falls": falls(stated, people),
        "system": named.get(found.system, found.system),
        "links": [(named.get(system, system), number) for system, number in found.subject.get("links", [])],
        "events": [
            {"event": one, "by": staff.get(one.happened_by, _("自動")), "state": STATE_LABELS[one.state],
             "act": ACT_LABELS[one.act] if one.act else ""}
            for one in events
        ],
        "form": form or (DecisionForm(offered) if found.state is CaseState.OPEN else None),
        "approval": approval or (ReasonForm() if found.state is CaseState.PROPOSED else None),
        "is_mine": found.proposed_by == actor,
        "may_change": may(request.member, Permission.CHANGE_INDEX),
        "may_decide": may(request.member, Permission.DECIDE_INDEX),
    }  # fmt: skip
    wrong = (form is not None and form.errors) or (approval is not None and approval.errors)
    return render(request, "index/case.html", context, status=422 if wrong else 200)


def _is_held_back(found: Case) -> bool:
    """Say whether a case would have stopped provision, had there not been too many like it."""
    mass = found.subject.get("held_by")
    if mass is None or found.state is not CaseState.OPEN:
        return False
    decided = queries.case(UUID(mass))
    return decided.state in queries.UNDECIDED or decided.act is not CaseAct.STOP_ALL


def _mass(found: Case, named: dict[str, str]) -> dict[str, object] | None:
    """Return what is shown of a mass stop."""
    if found.kind is not CaseKind.MASS_STOP:
        return None
    subject = found.subject
    return {
        "system": named.get(subject["system"], subject["system"]),
        "people": subject["people"],
        "statements": subject["statements"],
        "due_at": datetime.fromisoformat(subject["due_at"]),
    }


def _people(request: StaffRequest, found: Case) -> list[IndexPerson]:
    """Return whom a case is about, after recording who is about to look."""
    people: list[IndexPerson] = []
    for number in (found.person, found.other):
        if number is None:
            continue
        shown = looked_up(request, number, "index-case")
        if all(one.person != shown.person for one in people):
            people.append(shown)
    return people
