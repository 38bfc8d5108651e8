"""When a change over may be approved and carried out, one condition after the other; each stands alone."""

import datetime as dt
from dataclasses import replace

import pytest

from tasuki.cutover import rules
from tasuki.cutover.plan_types import Obstacle, Plan, PlanState, Step, Verdict, Word
from tasuki.cutover.types import Rehearsal, RehearsalState
from tasuki.shared.dates import JST

#: A Saturday evening, and the Thursday before.
OPENS = dt.datetime(2026, 12, 5, 20, 0, tzinfo=JST)
CLOSES, AT = OPENS + dt.timedelta(hours=6), OPENS - dt.timedelta(days=2)
PLAN = Plan(
    number=1, title="", rehearsal=1, export_digest="d", sheet_id=None, opens_at=OPENS, closes_at=CLOSES,
    state=PlanState.DRAFT, made_at=AT, made_by="STAFF:1", begun_at=None, loaded_at=None, rolled_back_at=None,
    rolled_back_by=None, rolled_back_why="", files=(), before={}, differing=(), left=None, closed_at=None,
    closed_by=None, sha256="",
)  # fmt: skip
STEP = Step(1, ("", ""), "担当", OPENS, ("", ""))
REHEARSAL = Rehearsal(
    number=1, title="", export_digest="d", state=RehearsalState.ENDED, begun_at=AT, begun_by="SYSTEM:x", ended_at=AT,
    copy_dropped_at=AT, files=(), differing=(), tables=1, differences=0, passed=True, way_back=True, report_sha256="",
)  # fmt: skip
HOUR = dt.timedelta(hours=1)
PAST = {"opens_at": OPENS - 168 * HOUR, "closes_at": CLOSES - 168 * HOUR}


@pytest.mark.parametrize(
    ("plan", "step", "rehearsal", "settled", "expected"),
    [
        ({}, {}, {}, True, []),
        ({"state": PlanState.APPROVED}, {}, {}, True, [Obstacle.NOT_A_DRAFT]),
        ({"closes_at": OPENS + 36 * HOUR}, {}, {}, True, [Obstacle.IN_OFFICE_HOURS]),
        (PAST, {"planned_at": PAST["opens_at"]}, {}, True, [Obstacle.WINDOW_OVER]),
        ({}, {}, None, True, [Obstacle.NOT_REHEARSED]),
        ({}, {}, {"state": RehearsalState.RUNNING}, True, [Obstacle.NOT_REHEARSED]),
        ({}, {}, {"copy_dropped_at": None}, True, [Obstacle.NOT_REHEARSED]),
        ({}, {}, {"passed": False}, True, [Obstacle.REHEARSAL_FAILED]),
        ({}, {}, {"way_back": False}, True, [Obstacle.WAY_BACK_NOT_PROVEN]),
        ({}, {}, {}, False, [Obstacle.SHEET_NOT_SETTLED]),
        ({}, {"planned_at": CLOSES + HOUR}, {}, True, [Obstacle.STEP_OUTSIDE]),
        ({}, {"who": ""}, {}, True, [Obstacle.STEP_WITHOUT_PERSON]),
        (
            {}, {"who": ""}, {"passed": False, "way_back": False}, False,
            [Obstacle.REHEARSAL_FAILED, Obstacle.WAY_BACK_NOT_PROVEN, Obstacle.SHEET_NOT_SETTLED,
             Obstacle.STEP_WITHOUT_PERSON],
        ),
    ],
)  # fmt: skip
def test_nobody_says_go_while_something_stands_in_the_way(
    plan: dict[str, object],
    step: dict[str, object],
    rehearsal: dict[str, object] | None,
    settled: bool,
    expected: list[Obstacle],
) -> None:
    newest = None if rehearsal is None else replace(REHEARSAL, **rehearsal)  # type: ignore[arg-type]  # each row names its fields
    found = rules.obstacles_to_go(
        replace(PLAN, **plan),  # type: ignore[arg-type]  # as above
        [replace(STEP, **step)],  # type: ignore[arg-type]  # as above
        newest,
        sheet_is_settled=settled,
        at=AT,
    )
    assert found == expected


GO, NO_GO = Verdict.GO, Verdict.NO_GO


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], PlanState.DRAFT),
        ([(GO, "STAFF:1")], PlanState.DRAFT),
        ([(GO, "STAFF:1"), (GO, "STAFF:1")], PlanState.DRAFT),
        ([(GO, "STAFF:1"), (GO, "STAFF:2")], PlanState.APPROVED),
        ([(NO_GO, "STAFF:1")], PlanState.STOPPED),
        ([(GO, "STAFF:1"), (NO_GO, "STAFF:2")], PlanState.STOPPED),
        ([(GO, "STAFF:1"), (GO, "STAFF:2"), (NO_GO, "STAFF:3")], PlanState.STOPPED),
    ],
)
def test_two_people_say_go_and_one_says_no(words: list[tuple[Verdict, str]], expected: PlanState) -> None:
    assert rules.state_after([Word(verdict, "", AT, by) for verdict, by in words]) is expected


@pytest.mark.parametrize(
    ("state", "digest", "at", "expected"),
    [
        (PlanState.APPROVED, "d", OPENS, []),
        (PlanState.RUNNING, "d", CLOSES - HOUR, []),
        (PlanState.DRAFT, "d", OPENS, [Obstacle.NOT_APPROVED]),
        (PlanState.STOPPED, "d", OPENS, [Obstacle.NOT_APPROVED]),
        (PlanState.LOADED, "d", OPENS, [Obstacle.NOT_APPROVED]),
        (PlanState.ROLLED_BACK, "d", OPENS, [Obstacle.NOT_APPROVED]),
        (PlanState.CLOSED, "d", OPENS, [Obstacle.NOT_APPROVED]),
        (PlanState.APPROVED, "d", OPENS - dt.timedelta(microseconds=1), [Obstacle.OUTSIDE_WINDOW]),
        (PlanState.APPROVED, "d", CLOSES, [Obstacle.OUTSIDE_WINDOW]),
        (PlanState.APPROVED, "e", OPENS, [Obstacle.OTHER_EXPORT]),
    ],
)
def test_an_export_is_loaded_by_an_approved_plan_within_its_window(
    state: PlanState, digest: str, at: dt.datetime, expected: list[Obstacle]
) -> None:
    assert rules.obstacles_to_load(replace(PLAN, state=state), digest, at) == expected


@pytest.mark.parametrize(
    ("state", "is_done", "expected"),
    [
        (PlanState.LOADED, True, []),
        (PlanState.LOADED, False, [Obstacle.STEPS_OPEN]),
        (PlanState.RUNNING, True, [Obstacle.NOT_FINISHED]),
        (PlanState.APPROVED, False, [Obstacle.NOT_FINISHED, Obstacle.STEPS_OPEN]),
        (PlanState.ROLLED_BACK, False, []),
    ],
)
def test_the_report_waits_for_the_end(state: PlanState, is_done: bool, expected: list[Obstacle]) -> None:
    step = replace(STEP, done_at=OPENS if is_done else None)
    assert rules.obstacles_to_report(replace(PLAN, state=state), [step]) == expected
