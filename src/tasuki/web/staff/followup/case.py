"""One case: where it stands, what was done and learnt, and recording more."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.followup import queries
from tasuki.followup.errors import NoSuchActError
from tasuki.followup.operations.cases import record_act, revoke_act
from tasuki.followup.rules import missing_facts
from tasuki.followup.types import ActKind, Answer, Case, Refused
from tasuki.layouts.types import Stage
from tasuki.letters import queries as letters
from tasuki.letters.types import NOTICES, LetterKind
from tasuki.screening import queries as screening
from tasuki.screening.types import Person
from tasuki.shared.dates import civil_date
from tasuki.watching.types import Act
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.followup import FACTS, STATES, act_views, case_view
from tasuki.web.presenters.results import result_view
from tasuki.web.staff.followup.forms import ActForm, RevokeForm, form_of, offered_kinds, put_problems
from tasuki.web.staff.person import identity, opened, provider_names
from tasuki.web.staff.results.common import names_of
from tasuki.web.templatetags.tasuki import current_language


@requires(Permission.VIEW_FOLLOWUP)
@require_GET
def case(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Show a case."""
    person, found = _case_at(request, token, result_id)
    return _page(request, token, person, found)


@requires(Permission.RECORD_FOLLOWUP)
@sensitive_post_parameters()
@require_POST
def record(request: StaffRequest, token: str, result_id: UUID, kind: str) -> HttpResponse:
    """Record what was done or learnt."""
    person, found = _case_at(request, token, result_id)
    if kind not in {one.value for one in offered_kinds(found)}:
        raise Http404
    at = runtime.now()
    form = form_of(ActKind(kind), found, civil_date(at), request.POST)
    if form.is_valid():
        outcome = record_act(
            result_id=result_id,
            kind=ActKind(kind),
            acted_date=form.cleaned_data["acted_date"],
            answer=form.answer(),
            by=request.member.as_actor(),
            at=at,
        )
        if not isinstance(outcome, Refused):
            _say_what_was_done(request, ActKind(kind), form.answer(), outcome)
            return redirect("case", token, result_id)
        put_problems(form, outcome.problems)
    return _page(request, token, person, found, wrong=form)


def _say_what_was_done(request: StaffRequest, kind: ActKind, answer: Answer, case: Case) -> None:
    """Say what was recorded, and where the case stands now; a self-report that does not count yet is a warning."""
    if kind is ActKind.SELF_REPORT and (missing := missing_facts(answer)):
        text = _("申告を記録しました。%(missing)sが分からないので、まだ「精検受診」に数えません。")
        messages.warning(request, text % {"missing": _("・").join(str(FACTS[name]) for name in missing)})
    else:
        text = _("記録しました。今の状態は「%(state)s」です。")
        messages.success(request, text % {"state": STATES[case.state].label})


@requires(Permission.RECORD_FOLLOWUP, sent=Act.VIEW)
@sensitive_post_parameters()
@require_POST
def facts(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Say which of the four facts a self-report that is being typed still lacks; nothing is stored."""
    _person, found = _case_at(request, token, result_id)
    form = form_of(ActKind.SELF_REPORT, found, civil_date(runtime.now()), request.POST)
    form.is_valid()
    return render(request, "followup/facts.html", {"facts": _facts(form.answer())})


def _facts(answer: Answer) -> list[tuple[object, bool]]:
    missing = missing_facts(answer)
    return [(label, name not in missing) for name, label in FACTS.items()]


@requires(Permission.RECORD_FOLLOWUP)
@sensitive_post_parameters()
@require_POST
def revoke(request: StaffRequest, token: str, result_id: UUID, act_id: UUID) -> HttpResponse:
    """Take back something recorded by mistake, with the reason."""
    person, found = _case_at(request, token, result_id)
    act = queries.act(act_id)
    if act is None or act.result_id != result_id:
        raise Http404
    form = RevokeForm(request.POST, prefix=str(act_id))
    if not form.is_valid():
        return _page(request, token, person, found, wrong_revocation=(act_id, form))
    try:
        stands = revoke_act(
            act_id=act_id, reason=form.cleaned_data["reason"], by=request.member.as_actor(), at=runtime.now()
        )
    except NoSuchActError as error:
        messages.warning(request, _(error.user_message))
        return redirect("case", token, result_id)
    messages.success(
        request, _("記録を取り消しました。今の状態は「%(state)s」です。") % {"state": STATES[stands.state].label}
    )
    return redirect("case", token, result_id)


def _case_at(request: StaffRequest, token: str, result_id: UUID) -> tuple[Person, Case]:
    """Return a resident and their case of an address, after recording who looks.

    :raises Http404: when the address is nobody's, or the case is not theirs.
    """
    person = opened(request, token, f"follow-up {result_id}")
    found = queries.case(result_id)
    if found is None or found.system_person_number != person.system_person_number:
        raise Http404
    return person, found


def _page(
    request: StaffRequest,
    token: str,
    person: Person,
    case: Case,
    *,
    wrong: ActForm | None = None,
    wrong_revocation: tuple[UUID, RevokeForm] | None = None,
) -> HttpResponse:
    on, language = civil_date(runtime.now()), current_language()
    names = provider_names(language)
    primary = screening.result(case.result_id)
    detailed = screening.result(case.detailed_id) if case.detailed_id is not None else None
    context: dict[str, object] = identity(person, on) | {
        "token": token,
        "case": case_view(case, token, language, on),
        "primary": None if primary is None else result_view(primary, token, names, language),
        "detailed": None if detailed is None else result_view(detailed, token, names, language),
        "timeline": _timeline(case, wrong_revocation),
        "forms": _forms(case, on, wrong) if may(request.member, Permission.RECORD_FOLLOWUP) else [],
        "wrong_form": wrong if wrong is not None else None if wrong_revocation is None else wrong_revocation[1],
        "facts": _facts(wrong.answer() if wrong is not None and wrong.kind is ActKind.SELF_REPORT else Answer()),
        "may_record": may(request.member, Permission.RECORD_FOLLOWUP),
        "enter_address": _enter_address(request, token, case),
        "may_print": may(request.member, Permission.PRINT_LETTERS),
        "letters": _letters(case),
    }
    is_wrong = wrong is not None or wrong_revocation is not None
    return render(request, "followup/case.html", context, status=422 if is_wrong else 200)


def _enter_address(request: StaffRequest, token: str, case: Case) -> str:
    """Return where the institution's report on this screening is entered; empty for whoever may not."""
    if not may(request.member, Permission.RECORD_RESULTS):
        return ""
    return f"{reverse('result-enter', args=[token, case.programme, Stage.DETAILED])}?primary={case.result_id}"


def _timeline(case: Case, wrong: tuple[UUID, RevokeForm] | None) -> list[dict[str, object]]:
    acts = queries.acts_of(case.result_id)
    names = names_of(name for act in acts for name in (act.recorded_by, act.revoked_by) if name)
    views = act_views(acts, case.programme, names, current_language())
    return [
        {
            "act": view,
            "form": wrong[1] if wrong is not None and wrong[0] == view.act_id else RevokeForm(prefix=str(view.act_id)),
            "is_wrong": wrong is not None and wrong[0] == view.act_id,
        }
        for view in reversed(views)
    ]


def _forms(case: Case, on: dt.date, wrong: ActForm | None) -> Sequence[ActForm]:
    return [
        wrong if wrong is not None and wrong.kind is kind else form_of(kind, case, on) for kind in offered_kinds(case)
    ]


def _letters(case: Case) -> list[tuple[LetterKind, dt.datetime | None]]:
    """Return the letters that can be made about a case, and when each was made last."""
    kinds = (LetterKind.REFERRAL, LetterKind.DETAIL_REMINDER) if case.state.is_open else (LetterKind.REFERRAL,)
    return [(kind, _made_last(kind, case.result_id)) for kind in (LetterKind.RESULT_NOTICE, *kinds)]


def _made_last(kind: LetterKind, result_id: UUID) -> dt.datetime | None:
    made = letters.letters_about(NOTICES if kind in NOTICES else [kind], [str(result_id)])
    return made[0].issued_at if made else None
