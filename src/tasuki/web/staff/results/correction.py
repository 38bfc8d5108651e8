"""Correcting a result: its form, then what would change, then the reason, then it is stored beside what it was."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.screening.errors import AlreadyWithdrawn
from tasuki.screening.operations.results import correct_result
from tasuki.screening.types import Outdated, Person, Recorded, Rejected, Source, StoredResult
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.differences import Version, differences
from tasuki.web.presenters.results import result_view
from tasuki.web.staff.person import provider_names
from tasuki.web.staff.results.common import CORRECTION, ReasonForm, names_of, result_at, show, today
from tasuki.web.staff.results.entry import Entered, examine, form_context
from tasuki.web.staff.results.reading import read_form, typed_from
from tasuki.web.templatetags.tasuki import current_language

#: What the form sends of its own accord and is not carried from the form to the comparison.
_NOT_CARRIED = frozenset(
    {"csrfmiddlewaretoken", "step", "revision", "reason", "reason_text", "acknowledged", "shown", "distinct"}
)


@requires(Permission.RECORD_RESULTS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def correct(request: StaffRequest, token: str, result_id: UUID) -> HttpResponse:
    """Show the form of a stored result, what would change in it, and store that with its reason."""
    person, former = result_at(request, token, result_id, "correction")
    if former.source is not Source.OWN or former.withdrawn_at is not None:
        return _cannot(request, token, person, former)
    if request.method == "GET":
        return _form_page(request, token, person, former, _as_stored(former))
    entered = examine(request, person, former.record.programme, former.record.stage, former)
    step = request.POST.get("step", "")
    if step != "form" and request.POST.get("revision", "") != str(former.revision):
        return _conflict(request, token, person, former, entered)
    if step not in ("compare", "save") or entered.errors or entered.unacknowledged:
        # Whoever comes from the duplicate of an entry, or from a conflict, has not seen this form yet.
        status = 200 if step == "form" else 422
        return _form_page(request, token, person, former, entered, status=status)
    if not _differences(former, entered):
        messages.info(request, _("変わったところがないので、訂正していません。"))
        return _form_page(request, token, person, former, entered)
    if step == "compare":
        return _comparison(request, token, person, former, entered, ReasonForm(offered=CORRECTION))
    return _save(request, token, person, former, entered)


def _save(request: StaffRequest, token: str, person: Person, former: StoredResult, entered: Entered) -> HttpResponse:
    reason = ReasonForm(request.POST, offered=CORRECTION)
    if not reason.is_valid():
        return _comparison(request, token, person, former, entered, reason)
    try:
        outcome = correct_result(
            result_id=former.result_id,
            record=entered.reading.record,
            fee_class=entered.reading.fee_class,
            reason=reason.stored,
            by=request.member.as_actor(),
            at=runtime.now(),
            revision=former.revision,
            acknowledged=entered.acknowledged,
            objections=entered.objections,
        )
    except AlreadyWithdrawn:
        _person, stands = result_at(request, token, former.result_id, "correction")
        return _cannot(request, token, person, stands)
    match outcome:
        case Outdated():
            _person, stands = result_at(request, token, former.result_id, "correction")
            return _conflict(request, token, person, stands, entered)
        case Rejected():
            refused = Entered(entered.typed, entered.reading, outcome.problems, entered.acknowledged)
            return _form_page(request, token, person, former, refused, status=422)
        case Recorded():
            messages.success(request, _("検診結果を訂正しました。訂正前の内容は履歴に残っています。"))
    return redirect("result", token, former.result_id)


def _as_stored(former: StoredResult) -> Entered:
    """Return the form of a result as it stands, with nothing said against it yet."""
    typed = typed_from(former.record, former.fee_class)
    reading = read_form(former.record.programme, former.record.stage, typed, age=former.record.age)
    return Entered(typed, reading, (), frozenset())


def _differences(former: StoredResult, entered: Entered) -> list[object]:
    before = Version(former.record, former.fee_class)
    after = Version(entered.reading.record, entered.reading.fee_class)
    return list(differences(before, after, current_language()))


def _form_page(
    request: StaffRequest, token: str, person: Person, former: StoredResult, entered: Entered, *, status: int = 200
) -> HttpResponse:
    record = former.record
    context = form_context(entered, record.programme, record.stage, today(), current_language()) | {
        "action": reverse("result-correct", args=[token, former.result_id]),
        "former": _view(former, token),
        "revision": former.revision,
    }
    return show(request, "results/correction.html", person, token, context, status=status)


def _comparison(
    request: StaffRequest, token: str, person: Person, former: StoredResult, entered: Entered, reason: ReasonForm
) -> HttpResponse:
    """Show what would change, with everything that was typed carried along, and ask for the reason."""
    context: dict[str, object] = {
        "action": reverse("result-correct", args=[token, former.result_id]),
        "former": _view(former, token),
        "differences": _differences(former, entered),
        "form": reason,
        "carried": [(name, value) for name, value in sorted(entered.typed.items()) if name not in _NOT_CARRIED],
        "acknowledged": sorted(entered.acknowledged),
        "revision": former.revision,
    }
    return show(request, "results/comparison.html", person, token, context, status=422 if reason.errors else 200)


def _conflict(
    request: StaffRequest, token: str, person: Person, stands: StoredResult, entered: Entered
) -> HttpResponse:
    """Say that somebody else was faster, what stands now, and what of one's own would differ from it."""
    context: dict[str, object] = {
        "former": _view(stands, token),
        "who": names_of([stands.recorded_by])[stands.recorded_by],
        "when": stands.recorded_at,
        "differences": _differences(stands, entered),
        "again": reverse("result-correct", args=[token, stands.result_id]),
        "carried": [(name, value) for name, value in sorted(entered.typed.items()) if name not in _NOT_CARRIED],
        "revision": stands.revision,
    }
    return show(request, "results/conflict.html", person, token, context, status=409)


def _cannot(request: StaffRequest, token: str, person: Person, former: StoredResult) -> HttpResponse:
    """Explain why a result cannot be corrected here, and what to do instead."""
    context: dict[str, object] = {
        "result": _view(former, token),
        "is_others": former.source is Source.OTHER_MUNICIPALITY,
        "is_declared": former.source is Source.WORKPLACE,
        "is_withdrawn": former.withdrawn_at is not None,
    }
    return show(request, "results/cannot.html", person, token, context, status=409)


def _view(stored: StoredResult, token: str) -> object:
    language = current_language()
    return result_view(stored, token, provider_names(language), language)
