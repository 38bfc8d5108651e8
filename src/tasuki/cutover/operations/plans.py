"""Plans of the change over: made from a template, decided by two, ticked off step by step, closed with their report."""

import datetime as dt
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from django.db import transaction

from tasuki.cutover import queries, rules
from tasuki.cutover.catalogue import plan_template
from tasuki.cutover.documents import cutover_document
from tasuki.cutover.plan_types import NewPlan, Obstacle, Plan, PlanState, Step, Verdict
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import copy_rows, rows, run
from tasuki.shared.actor import Actor

_STEP: Final = ("plan", "place", "what_ja", "what_en", "who", "planned_at", "way_back_ja", "way_back_en", "remark")


@transaction.atomic
def make_plan(*, wanted: NewPlan, by: Actor, at: dt.datetime) -> int | list[Obstacle]:
    """Make a plan with the steps of the template, and give its number; a window in office hours makes none."""
    rehearsed = queries.find_rehearsal(wanted.rehearsal)
    found = rules.obstacles_to_window(wanted.opens_at, wanted.closes_at, at)
    if rehearsed is None:
        found.append(Obstacle.NOT_REHEARSED)
    if found or rehearsed is None:
        return found
    (made,) = rows(
        "INSERT INTO cutover_plan (title, rehearsal, export_digest, sheet_id, opens_at, closes_at, state, made_at,"
        " made_by, rolled_back_why, files, before, differing, sha256)"
        " VALUES (%s, %s, %s, %s, %s, %s, 'DRAFT', %s, %s, '', '[]', '{}', '[]', '') RETURNING number",
        [
            wanted.title, wanted.rehearsal, rehearsed.export_digest, wanted.sheet_id, wanted.opens_at,
            wanted.closes_at, at, str(by),
        ],
    )  # fmt: skip
    number = int(made["number"])
    copy_rows(
        "cutover_step",
        _STEP,
        (
            (
                number, place, *one.what, "",
                min(wanted.opens_at + dt.timedelta(minutes=one.minutes), wanted.closes_at), *one.way_back, "",
            )
            for place, one in enumerate(plan_template(), start=1)
        ),
    )  # fmt: skip
    body = {
        "plan": number,
        "rehearsal": wanted.rehearsal,
        "export_digest": rehearsed.export_digest,
        "sheet_id": None if wanted.sheet_id is None else str(wanted.sheet_id),
        "opens_at": wanted.opens_at.isoformat(),
        "closes_at": wanted.closes_at.isoformat(),
        "by": str(by),
    }
    append(kind=EntryKind.CUTOVER_PLANNED, body=body, at=at)
    return number


@transaction.atomic
def change_steps(*, number: int, steps: Sequence[Step], by: Actor, at: dt.datetime) -> list[Obstacle]:
    """Keep who does each step and when, as long as nobody has said a word about the plan."""
    plan = _locked(number)
    if plan is None:
        return [Obstacle.NO_SUCH_PLAN]
    if plan.state is not PlanState.DRAFT or queries.words_of(number):
        return [Obstacle.NOT_A_DRAFT]
    run(
        "UPDATE cutover_step s SET who = n.who, planned_at = n.planned_at"
        " FROM unnest(%s::int[], %s::text[], %s::timestamptz[]) AS n (place, who, planned_at)"
        " WHERE s.plan = %s AND s.place = n.place",
        [
            [one.place for one in steps], [one.who for one in steps],
            [one.planned_at.isoformat() for one in steps], number,
        ],
    )  # fmt: skip
    clock = {str(one.place): one.planned_at.isoformat() for one in steps}
    append(kind=EntryKind.CUTOVER_STEP_CHANGED, body={"plan": number, "clock": clock, "by": str(by)}, at=at)
    return []


@transaction.atomic
def say_word(*, number: int, verdict: Verdict, reason: str, by: Actor, at: dt.datetime) -> list[Obstacle]:
    """Keep somebody's go or no-go. The second person's go approves the plan, anybody's no-go stops it."""
    plan = _locked(number)
    if plan is None:
        return [Obstacle.NO_SUCH_PLAN]
    found = _obstacles_to_word(plan, verdict, by, at)
    if found:
        return found
    run(
        "INSERT INTO cutover_word (plan, verdict, reason, said_at, said_by) VALUES (%s, %s, %s, %s, %s)",
        [number, verdict.value, reason, at, str(by)],
    )
    state = rules.state_after(queries.words_of(number))
    run("UPDATE cutover_plan SET state = %s WHERE number = %s", [state.value, number])
    body = {"plan": number, "verdict": verdict.value, "state": state.value, "rehearsal": plan.rehearsal, "by": str(by)}
    append(kind=EntryKind.CUTOVER_WORD_SAID, body=body, at=at)
    return []


def _obstacles_to_word(plan: Plan, verdict: Verdict, by: Actor, at: dt.datetime) -> list[Obstacle]:
    """Return why a word does not count. To stop a plan needs nothing but that it has not begun."""
    if verdict is Verdict.NO_GO:
        return [] if plan.state in (PlanState.DRAFT, PlanState.APPROVED) else [Obstacle.NOT_A_DRAFT]
    said = queries.words_of(plan.number)
    same = [Obstacle.SAME_PERSON] if any(one.said_by == str(by) for one in said) else []
    return [*queries.obstacles_to_go(plan, at), *same]


@transaction.atomic
def tick_step(
    *, number: int, place: int, done_at: dt.datetime, remark: str, by: Actor, at: dt.datetime
) -> list[Obstacle]:
    """Enter when a step was really done; once."""
    plan = _locked(number)
    if plan is None:
        return [Obstacle.NO_SUCH_PLAN]
    if plan.state not in rules.TICKED_IN:
        return [Obstacle.NOT_APPROVED]
    ticked = run(
        "UPDATE cutover_step SET done_at = %s, ticked_at = %s, ticked_by = %s, remark = %s"
        " WHERE plan = %s AND place = %s AND done_at IS NULL",
        [done_at, at, str(by), remark, number, place],
    )
    if not ticked:
        return [Obstacle.NOT_A_DRAFT]
    body = {"plan": number, "step": place, "done_at": done_at.isoformat(), "by": str(by)}
    append(kind=EntryKind.CUTOVER_STEP_DONE, body=body, at=at)
    return []


@transaction.atomic
def close_plan(*, number: int, town: str, names: Mapping[str, str], by: Actor, at: dt.datetime) -> list[Obstacle]:
    """Make the report of a change over that is through or was taken back, and close the plan with it.

    :param names: what the members of staff are called who may stand in the report.
    """
    plan = _locked(number)
    if plan is None:
        return [Obstacle.NO_SUCH_PLAN]
    steps = queries.steps_of(number)
    found = rules.obstacles_to_report(plan, steps)
    if found:
        return found
    pdf = cutover_document(
        plan,
        steps,
        queries.words_of(number),
        queries.rehearsal(plan.rehearsal),
        town=town,
        names=names,
        at=at,
    )
    digest = sha256(pdf).hexdigest()
    run(
        "UPDATE cutover_plan SET state = 'CLOSED', closed_at = %s, closed_by = %s, pdf = %s, sha256 = %s"
        " WHERE number = %s",
        [at, str(by), pdf, digest, number],
    )
    body = {
        "plan": number,
        "sha256": digest,
        "rolled_back": plan.rolled_back_at is not None,
        "by": str(by),
    }
    append(kind=EntryKind.CUTOVER_CLOSED, body=body, at=at)
    return []


def _locked(number: int) -> Plan | None:
    """Keep everybody else from changing a plan until this transaction ends, and give it as it stands."""
    run("SELECT FROM cutover_plan WHERE number = %s FOR UPDATE", [number])
    return queries.plan(number)
