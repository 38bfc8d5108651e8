"""Plans of the change over (切替計画): who does what when, decided by two, ticked off, and reported."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tasuki import runtime
from tasuki.accounts.permissions import Permission, may
from tasuki.accounts.queries import names_of_staff
from tasuki.changes.queries import sheet
from tasuki.cutover import queries
from tasuki.cutover.operations import plans as operations
from tasuki.cutover.plan_types import Obstacle, Plan, PlanState, Verdict
from tasuki.cutover.rules import TICKED_IN, obstacles_to_report
from tasuki.web.access import StaffRequest, requires
from tasuki.web.presenters.cutovers import (
    StepForm,
    TickForm,
    WordForm,
    file_rows,
    obstacle_lines,
    plan_rows,
    rehearsal_name,
    step_rows,
    typed,
    word_rows,
)


@requires(Permission.VIEW_CHANGES)
@require_http_methods(["GET", "HEAD"])
def plan(request: StaffRequest, plan: int) -> HttpResponse:
    """Show a plan, and what may be done with it now."""
    return _page(request, _found(plan))


def _found(number: int) -> Plan:
    found = queries.plan(number)
    if found is None:
        raise Http404
    return found


def _page(
    request: StaffRequest, found: Plan, *, word: WordForm | None = None, tick: TickForm | None = None, ticked: int = 0
) -> HttpResponse:
    at, steps, said = runtime.now(), queries.steps_of(found.number), queries.words_of(found.number)
    [row] = plan_rows([found])
    has_said = any(one.said_by == str(request.member.as_actor()) for one in said)
    is_undecided = found.state in (PlanState.DRAFT, PlanState.APPROVED)
    may_plan = may(request.member, Permission.PLAN_CUTOVER)
    may_tick = may(request.member, Permission.SIGN_CHANGES) and found.state in TICKED_IN
    open_step = next((one.place for one in steps if one.done_at is None), 0) if may_tick else 0
    context: dict[str, Any] = {
        "row": row,
        "steps": step_rows(steps),
        "words": word_rows(said),
        "files": file_rows(found.files),
        "rehearsal": rehearsal_name(queries.rehearsal(found.rehearsal)),
        "sheet": None if found.sheet_id is None else sheet(found.sheet_id),
        "in_the_way": obstacle_lines(queries.obstacles_to_go(found, at)) if found.state is PlanState.DRAFT else [],
        "has_said": has_said and is_undecided,
        "word_form": (word or WordForm(only_stops=has_said))
        if may(request.member, Permission.DECIDE_CUTOVER) and is_undecided
        else None,
        "tick_form": tick or TickForm(initial={"done_at": typed(at)}),
        "open_step": ticked or open_step,
        "may_change": may_plan and found.state is PlanState.DRAFT and not said,
        "may_close": may_plan and not obstacles_to_report(found, steps),
    }
    wrong = (word is not None and word.errors) or (tick is not None and tick.errors)
    return render(request, "cutovers/plan.html", context, status=422 if wrong else 200)


@requires(Permission.PLAN_CUTOVER)
@require_http_methods(["GET", "HEAD", "POST"])
def steps(request: StaffRequest, plan: int) -> HttpResponse:
    """Name who does each step and when, until somebody says a word about the plan."""
    found, known = _found(plan), queries.steps_of(plan)
    data = request.POST if request.method == "POST" else None
    forms = [
        StepForm(data, prefix=str(one.place), initial={"who": one.who, "planned_at": typed(one.planned_at)})
        for one in known
    ]
    # Each is looked at, so that every fault is told at once.
    wrong = [form for form in forms if form.is_bound and not form.is_valid()]
    if data is not None and not wrong:
        changed = [
            replace(one, who=form.cleaned_data["who"], planned_at=form.cleaned_data["planned_at"])
            for one, form in zip(known, forms, strict=True)
        ]
        at, by = runtime.now(), request.member.as_actor()
        _tell(request, operations.change_steps(number=plan, steps=changed, by=by, at=at), _("手順を保存しました。"))
        return redirect("cutover", plan)
    context = {"plan": found, "rows": list(zip(step_rows(known), forms, strict=True))}
    return render(request, "cutovers/steps.html", context | {"wrong": bool(wrong)}, status=422 if wrong else 200)


def _tell(request: StaffRequest, obstacles: list[Obstacle], done: str) -> None:
    """Say that something was done, or what stood in its way and what to do about it."""
    if not obstacles:
        messages.success(request, done)
    for line in obstacle_lines(obstacles):
        messages.error(request, line)


@requires(Permission.DECIDE_CUTOVER, asks_again=True)
@require_POST
def word(request: StaffRequest, plan: int) -> HttpResponse:
    """Keep somebody's go or no-go."""
    found = _found(plan)
    form = WordForm(request.POST)
    if not form.is_valid():
        return _page(request, found, word=form)
    obstacles = operations.say_word(
        number=plan, verdict=Verdict(form.cleaned_data["verdict"]), reason=form.cleaned_data["reason"],
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    _tell(request, obstacles, _("判定を記録しました。"))
    return redirect("cutover", plan)


@requires(Permission.SIGN_CHANGES)
@require_POST
def tick(request: StaffRequest, plan: int, place: int) -> HttpResponse:
    """Enter when a step was really done."""
    found = _found(plan)
    form = TickForm(request.POST)
    if not form.is_valid():
        return _page(request, found, tick=form, ticked=place)
    obstacles = operations.tick_step(
        number=plan, place=place, done_at=form.cleaned_data["done_at"], remark=form.cleaned_data["remark"],
        by=request.member.as_actor(), at=runtime.now(),
    )  # fmt: skip
    _tell(request, obstacles, _("手順の終わりを記録しました。"))
    return redirect("cutover", plan)


@requires(Permission.PLAN_CUTOVER, asks_again=True)
@require_POST
def close(request: StaffRequest, plan: int) -> HttpResponse:
    """Make the report of a change over, and close the plan with it."""
    found, own = _found(plan), runtime.node().own_town()
    actors = {one.ticked_by or "" for one in queries.steps_of(plan)} | {one.said_by for one in queries.words_of(plan)}
    names = names_of_staff(sorted({*actors, found.rolled_back_by or ""} - {""}))
    obstacles = operations.close_plan(
        number=plan, town=own.name, names=names, by=request.member.as_actor(), at=runtime.now()
    )
    _tell(request, obstacles, _("報告書を作りました。計画はもう変わりません。"))
    return redirect("cutover", plan)


@requires(Permission.VIEW_CHANGES, leaves="cutover-report")
@require_GET
def report(_request: StaffRequest, plan: int) -> HttpResponse:
    """Give the report of a change over, byte for byte."""
    content = queries.report_of(plan)
    if content is None:
        raise Http404
    headers = {"Content-Disposition": f'attachment; filename="cutover-{plan}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
