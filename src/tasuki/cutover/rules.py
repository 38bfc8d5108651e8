"""When a change over may be approved and carried out: pure decisions over what was planned and rehearsed."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from tasuki.cutover.plan_types import Obstacle, Plan, PlanState, Step, Verdict, Word
from tasuki.cutover.types import Rehearsal, RehearsalState
from tasuki.watching.rules import is_off_hours_throughout

#: While a plan is so, its steps are ticked off.
TICKED_IN: Final = (PlanState.APPROVED, PlanState.RUNNING, PlanState.LOADED, PlanState.ROLLED_BACK)


def obstacles_to_window(opens_at: dt.datetime, closes_at: dt.datetime, at: dt.datetime) -> list[Obstacle]:
    """Return why nobody may change over in a window."""
    found = [] if is_off_hours_throughout(opens_at, closes_at) else [Obstacle.IN_OFFICE_HOURS]
    return [*found, Obstacle.WINDOW_OVER] if closes_at <= at else found


def obstacles_to_rehearsal(newest: Rehearsal | None) -> list[Obstacle]:
    """Return why the newest rehearsal of an export permits no change over with it."""
    if newest is None or newest.state is not RehearsalState.ENDED or newest.copy_dropped_at is None:
        return [Obstacle.NOT_REHEARSED]
    found = [] if newest.passed else [Obstacle.REHEARSAL_FAILED]
    return found if newest.way_back else [*found, Obstacle.WAY_BACK_NOT_PROVEN]


def obstacles_to_go(
    plan: Plan, steps: Sequence[Step], newest: Rehearsal | None, *, sheet_is_settled: bool, at: dt.datetime
) -> list[Obstacle]:
    """Return why nobody may say go about a plan."""
    found = [] if plan.state is PlanState.DRAFT else [Obstacle.NOT_A_DRAFT]
    found += obstacles_to_window(plan.opens_at, plan.closes_at, at)
    found += obstacles_to_rehearsal(newest)
    if not sheet_is_settled:
        found.append(Obstacle.SHEET_NOT_SETTLED)
    if any(not plan.opens_at <= one.planned_at <= plan.closes_at for one in steps):
        found.append(Obstacle.STEP_OUTSIDE)
    if any(not one.who for one in steps):
        found.append(Obstacle.STEP_WITHOUT_PERSON)
    return found


def state_after(words: Sequence[Word]) -> PlanState:
    """Return where the words about a plan lead: one no-go stops it, two people's go approve it."""
    if any(one.verdict is Verdict.NO_GO for one in words):
        return PlanState.STOPPED
    return PlanState.APPROVED if len({one.said_by for one in words}) >= 2 else PlanState.DRAFT


def obstacles_to_load(plan: Plan, export_digest: str, at: dt.datetime) -> list[Obstacle]:
    """Return why an export may not be loaded by a plan now."""
    found = [] if plan.state in (PlanState.APPROVED, PlanState.RUNNING) else [Obstacle.NOT_APPROVED]
    if not plan.opens_at <= at < plan.closes_at:
        found.append(Obstacle.OUTSIDE_WINDOW)
    if export_digest != plan.export_digest:
        found.append(Obstacle.OTHER_EXPORT)
    return found


def obstacles_to_report(plan: Plan, steps: Sequence[Step]) -> list[Obstacle]:
    """Return why the report of a change over cannot be made yet; after a way back open steps stay open."""
    if plan.state is PlanState.ROLLED_BACK:
        return []
    found = [] if plan.state is PlanState.LOADED else [Obstacle.NOT_FINISHED]
    return found if all(one.done_at is not None for one in steps) else [*found, Obstacle.STEPS_OPEN]
