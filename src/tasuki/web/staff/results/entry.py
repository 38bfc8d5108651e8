"""Entering a result: which examination, then its form, then what speaks against it, then it is stored."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from tasuki import runtime
from tasuki.accounts.permissions import Permission
from tasuki.eligibility.queries import objections_to
from tasuki.layouts.outcomes import verdict_of
from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme, RecordProblem, ScreeningRecord, Stage
from tasuki.screening import queries
from tasuki.screening.circumstances import DUPLICATE_RULES, Other, duplicates_of
from tasuki.screening.operations.results import record_result
from tasuki.screening.rules import acknowledgement_key, split
from tasuki.screening.scrutiny import others_of, problems_of_record
from tasuki.screening.types import Objection, Person, Recorded, Source, StoredResult
from tasuki.shared.dates import fiscal_year_of
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.dates import understood
from tasuki.web.presenters.programmes import programme_view
from tasuki.web.presenters.results import ResultView, result_view, stage_label
from tasuki.web.presenters.sash import verdict_meaning
from tasuki.web.staff.person import opened, provider_names
from tasuki.web.staff.results.common import examination_at, facilities_for, show, today
from tasuki.web.staff.results.fields import form_view
from tasuki.web.staff.results.reading import Reading, Typed, age_on, completed, items_for, read_form
from tasuki.web.templatetags.tasuki import current_language


@dataclass(frozen=True, slots=True)
class Entered:
    """A form that was sent: what was typed, what it says, and what speaks against it."""

    typed: Typed
    reading: Reading
    problems: tuple[RecordProblem, ...]
    acknowledged: frozenset[str]
    objections: frozenset[Objection] = frozenset()

    @property
    def errors(self) -> list[RecordProblem]:
        return split(self.problems)[0]

    @property
    def unacknowledged(self) -> list[RecordProblem]:
        return [one for one in split(self.problems)[1] if acknowledgement_key(one) not in self.acknowledged]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A stored screening that may be the one being entered, beside it."""

    result: ResultView
    on_the_day: bool
    correct_address: str


@requires(Permission.RECORD_RESULTS)
@require_GET
def choose(request: StaffRequest, token: str) -> HttpResponse:
    """Ask which examination is to be entered."""
    person = opened(request, token, "entry")
    language = current_language()
    rows = [
        {
            "programme": programme_view(programme, language),
            "stages": [
                {"label": stage_label(stage), "address": reverse("result-enter", args=[token, programme, stage])}
                for stage in Stage
            ],
        }
        for programme in Programme
    ]
    return show(request, "results/choose.html", person, token, {"rows": rows})


@requires(Permission.RECORD_RESULTS)
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def enter(request: StaffRequest, token: str, programme: str, stage: str) -> HttpResponse:
    """Show the form of an examination, and store what it says once nothing speaks against it."""
    person = opened(request, token, f"entry {programme}-{stage}")
    kind, part = examination_at(programme, stage)
    if request.method == "GET":
        return _blank(request, token, person, kind, part)
    entered = examine(request, person, kind, part)
    duplicates = _unsettled(request, person, entered.reading.record)
    if "redraw" in request.POST or _has_new_items(request, entered.reading.record):
        return _form_page(request, token, person, kind, part, replace(entered, problems=()), redrawn=True)
    if entered.errors or entered.unacknowledged or duplicates:
        return _form_page(request, token, person, kind, part, entered, duplicates, status=422)
    outcome = record_result(
        person=person.system_person_number,
        record=entered.reading.record,
        fee_class=entered.reading.fee_class,
        by=request.member.as_actor(),
        at=runtime.now(),
        acknowledged=entered.acknowledged | (_DUPLICATE_KEYS if _distinct(request) else frozenset()),
        objections=entered.objections,
    )
    if not isinstance(outcome, Recorded):
        # Somebody else changed what it is held against between the look and the act.
        entered = replace(entered, problems=_without_duplicates(outcome.problems))
        duplicates = _unsettled(request, person, entered.reading.record)
        return _form_page(request, token, person, kind, part, entered, duplicates, status=422)
    messages.success(request, _("検診結果を登録しました。"))
    return redirect("result", token, outcome.result_id)


_DUPLICATE_KEYS = frozenset({"duplicate_in_year:X_FISCAL_YEAR", "duplicate_on_day:X_EXAMINED_DATE"})


def examine(
    request: StaffRequest, person: Person, programme: Programme, stage: Stage, former: StoredResult | None = None
) -> Entered:
    """Read the form that was sent and hold what it says against everything that is known.

    :param former: the result that is being corrected, if one is.
    """
    on = today()
    sent = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    typed = completed(sent, facilities_for(sent.get("examined_date", ""), on))
    distinct = _distinct(request)
    record = read_form(programme, stage, typed).record
    if distinct and former is None:
        typed["sequence"] = str(max(record.sequence, _next_sequence(person, record)))
    age = age_on(person.birth_date, record.examined_date)
    if age is None and former is not None and former.record.examined_date == record.examined_date:
        age = former.record.age
    reading = read_form(programme, stage, typed, age=age)
    replacing = former.result_id if former is not None else None
    objections = objections_to(person.system_person_number, reading.record, on, replacing=replacing)
    found = problems_of_record(
        person=person.system_person_number,
        record=reading.record,
        on=on,
        objections=objections,
        replacing=replacing,
    )
    unread = {problem.item for problem in reading.problems}
    known = tuple(found) if former is not None else _without_duplicates(found)
    problems = (*reading.problems, *(problem for problem in known if problem.item not in unread))
    return Entered(typed, reading, problems, frozenset(request.POST.getlist("acknowledged")), objections)


def _without_duplicates(problems: Sequence[RecordProblem]) -> tuple[RecordProblem, ...]:
    """Leave out what is not ticked off in a new entry but settled side by side."""
    return tuple(problem for problem in problems if problem.rule not in DUPLICATE_RULES)


def _distinct(request: StaffRequest) -> frozenset[str]:
    """Return the stored results that staff have said are other screenings than this one."""
    return frozenset(one for text in request.POST.getlist("distinct") for one in text.split(",") if one)


def _next_sequence(person: Person, record: ScreeningRecord) -> int:
    """Return the first free sequence of a year among our own results."""
    taken = [
        result.record.sequence
        for result in queries.results_of(person.system_person_number)
        if result.source is Source.OWN
        and result.record.programme is record.programme
        and result.record.fiscal_year == record.fiscal_year
        and result.record.stage is record.stage
    ]
    return 1 + max(taken, default=0)


def _unsettled(request: StaffRequest, person: Person, record: ScreeningRecord) -> list[tuple[Other, bool]]:
    """Return the stored screenings that may be this one and about which nobody has decided yet."""
    settled = _distinct(request)
    found = duplicates_of(record, others_of(person.system_person_number))
    return [(other, on_the_day) for other, on_the_day in found if str(other.result_id) not in settled]


def _has_new_items(request: StaffRequest, record: ScreeningRecord) -> bool:
    """Say whether the date asks for items that the form did not have when it was filled in."""
    shown = set(request.POST.get("shown", "").split())
    applying = items_for(record.programme, record.stage, examined=record.examined_date, on=today())
    return bool(shown) and any(item.code not in shown for item in applying)


def _blank(request: StaffRequest, token: str, person: Person, programme: Programme, stage: Stage) -> HttpResponse:
    """Show an empty form, its year preset; that of a detailed examination is the year of its primary."""
    primary = _primary(person, programme, request.GET.get("primary", ""))
    year = primary.record.fiscal_year if primary is not None else fiscal_year_of(today())
    sequence = primary.record.sequence if primary is not None else 1
    typed = {"fiscal_year": str(year), "sequence": str(sequence)}
    reading = read_form(programme, stage, typed)
    entered = Entered(typed, reading, (), frozenset())
    return _form_page(request, token, person, programme, stage, entered, primary=primary)


def _primary(person: Person, programme: Programme, text: str) -> StoredResult | None:
    """Return the primary screening that a detailed one is entered for, if the address names one of the person's."""
    return next(
        (
            result
            for result in queries.results_of(person.system_person_number)
            if str(result.result_id) == text and result.record.programme is programme
        ),
        None,
    )


def _form_page(
    request: StaffRequest,
    token: str,
    person: Person,
    programme: Programme,
    stage: Stage,
    entered: Entered,
    duplicates: Sequence[tuple[Other, bool]] = (),
    *,
    primary: StoredResult | None = None,
    redrawn: bool = False,
    status: int = 200,
) -> HttpResponse:
    on, language = today(), current_language()
    context: dict[str, object] = form_context(entered, programme, stage, on, language) | {
        "action": reverse("result-enter", args=[token, programme, stage]),
        "duplicates": _side_by_side(token, person, duplicates, language),
        "distinct": ",".join(sorted(_distinct(request))),
        "all_distinct": ",".join(sorted(_distinct(request) | {str(other.result_id) for other, _ in duplicates})),
        "typed_year": entered.reading.record.fiscal_year or "",
        "typed_facility": entered.reading.record.facility_name or entered.reading.record.facility_number or "",
        "typed_mark": verdict_meaning(verdict_of(entered.reading.record)),
        "redrawn": redrawn,
        "primary": None if primary is None else result_view(primary, token, provider_names(language), language),
    }
    return show(request, "results/entry.html", person, token, context, status=status)


def form_context(
    entered: Entered, programme: Programme, stage: Stage, on: dt.date, language: Language
) -> dict[str, object]:
    """Return what the page of any form of a record shows."""
    form = form_view(
        programme,
        stage,
        entered.typed,
        entered.problems,
        on=on,
        language=language,
        acknowledged=entered.acknowledged,
    )
    examined = entered.reading.record.examined_date
    applying = items_for(programme, stage, examined=examined, on=on)
    return {
        "form": form,
        "programme": programme_view(programme, language),
        "stage": stage_label(stage),
        "examined": understood(examined, language) if examined else "",
        "facilities": facilities_for(entered.typed.get("examined_date", ""), on),
        "shown": " ".join(sorted({item.code for item in applying})),
    }


def _side_by_side(
    token: str, person: Person, duplicates: Sequence[tuple[Other, bool]], language: Language
) -> list[Duplicate]:
    names = provider_names(language)
    stored = {result.result_id: result for result in queries.results_of(person.system_person_number)}
    return [
        Duplicate(
            result_view(stored[other.result_id], token, names, language),
            on_the_day,
            _correct_address(token, other.result_id, stored[other.result_id]),
        )
        for other, on_the_day in duplicates
        if other.result_id in stored
    ]


def _correct_address(token: str, result_id: UUID, stored: StoredResult) -> str:
    """Return where a stored result is corrected; empty for one that cannot be corrected here."""
    return reverse("result-correct", args=[token, result_id]) if stored.source is Source.OWN else ""
