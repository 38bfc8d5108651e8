"""A plan carried out on the town's own database: only when it may be, on from where it stopped, and back again."""

import datetime as dt
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from django.db import DatabaseError, connections
from pypdf import PdfReader

from tasuki.cutover import queries
from tasuki.cutover.carrying_out import carry_out, take_back
from tasuki.cutover.exports import opened_export
from tasuki.cutover.loading import Tools
from tasuki.cutover.operations.plans import change_steps, close_plan, make_plan, say_word, tick_step
from tasuki.cutover.plan_types import NewPlan, Obstacle, Plan, PlanState, Verdict
from tasuki.cutover.types import Export, LoadedFile
from tasuki.jobs.imports import rules_of_today
from tasuki.jobs.town import number_cipher
from tasuki.nodes.sql import rows, run
from tasuki.shared.actor import Actor, staff_actor
from tasuki.shared.dates import JST
from tests.integration.cutover.conftest import Rehearsed
from tests.integration.cutover.predecessor import export
from tests.integration.screening.town import BY

# One town for all of them.
pytestmark = pytest.mark.xdist_group("cutover")

ONE, OTHER = staff_actor("901"), staff_actor("902")
#: A Saturday evening.
OPENS = dt.datetime(2026, 12, 5, 20, 0, tzinfo=JST)
CLOSES = OPENS + dt.timedelta(hours=6)
BEFORE, WITHIN = OPENS - dt.timedelta(days=3), OPENS + dt.timedelta(minutes=45)


def planned(rehearsed: Rehearsed, *, opens: dt.datetime = OPENS, closes: dt.datetime = CLOSES) -> int:
    """Make a plan whose every step somebody does."""
    wanted = NewPlan("旧システムからの切替", rehearsed.found.number, None, opens, closes)
    number = make_plan(wanted=wanted, by=ONE, at=BEFORE)
    assert isinstance(number, int)
    steps = [replace(one, who="健康づくり課 担当") for one in queries.steps_of(number)]
    assert change_steps(number=number, steps=steps, by=ONE, at=BEFORE) == []
    return number


def approved(rehearsed: Rehearsed) -> int:
    number = planned(rehearsed)
    for by in (ONE, OTHER):
        assert say_word(number=number, verdict=Verdict.GO, reason="", by=by, at=BEFORE) == []
    return number


def plan_of(number: int) -> Plan:
    found = queries.plan(number)
    assert found is not None
    return found


@pytest.fixture
def opened(place: Path, rehearsed: Rehearsed) -> Iterator[Export]:
    """The very export that was rehearsed."""
    with opened_export(export(place), place.parent / "scratch") as found:
        yield found


def load(
    number: int, opened: Export, at: dt.datetime = WITHIN, told: Callable[[str, int], None] = lambda _step, _count: None
) -> Plan | list[Obstacle] | LoadedFile:
    tools = Tools(number_cipher(), rules_of_today())
    return carry_out(number=number, export=opened, tools=tools, by=BY, clock=lambda: at, told=told)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def back(number: int) -> Plan:
    done = take_back(number=number, reason="件数が合わない", by=BY, clock=lambda: WITHIN)
    assert isinstance(done, Plan)
    return done


def standing() -> int:
    return int(rows("SELECT count(*) AS n FROM screening_result WHERE withdrawn_at IS NULL")[0]["n"])


def test_a_plan_is_loaded_taken_back_and_reported(rehearsed: Rehearsed, opened: Export) -> None:
    number = approved(rehearsed)
    done = load(number, opened)
    assert isinstance(done, Plan)
    assert (done.state, [one.loaded for one in done.files]) == (PlanState.LOADED, [2, 2, 2])
    assert all(one.is_as_expected for one in done.files)
    assert standing() == 4
    undone = back(number)
    assert (undone.state, undone.differing, undone.left, standing()) == (PlanState.ROLLED_BACK, (), 0, 0)
    assert close_plan(number=number, town="架空区", names={str(ONE): "甲"}, by=ONE, at=CLOSES) == []
    pdf = queries.report_of(number)
    assert pdf is not None
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    for said in ("取り消した", "51-2024.csv", "甲", "件数が合わない", "2026-12-05 20:00", "未了", opened.digest[:16]):
        assert said in text
    kinds = rows(
        "SELECT kind FROM evidence_entry WHERE kind LIKE 'cutover%%' AND convert_from(body, 'UTF8')::jsonb"
        "->>'plan' = %s ORDER BY entry_id",
        [str(number)],
    )
    assert [row["kind"].removeprefix("cutover_") for row in kinds] == [
        "planned", "step_changed", "word_said", "word_said", "file_loaded", "begun", "file_loaded", "file_loaded",
        "loaded", "file_undone", "file_undone", "rolled_back", "closed",
    ]  # fmt: skip
    with pytest.raises(DatabaseError, match="stays as it is"):
        run("UPDATE cutover_plan SET title = 'other' WHERE number = %s", [number])


def test_a_load_that_was_killed_goes_on_and_stores_nothing_twice(rehearsed: Rehearsed, opened: Export) -> None:
    """The process dies after a file was stored and before the plan knew of it: the worst moment there is."""
    number = approved(rehearsed)
    for connection in connections.all():
        connection.close()
    child = os.fork()
    if child == 0:
        try:
            load(number, opened, told=lambda step, place: die() if (step, place) == ("stored", 1) else None)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert [one.name for one in queries.parts_of(number)] == ["register.csv"]
    assert (plan_of(number).state, standing()) == (PlanState.RUNNING, 2)

    stored: list[int] = []
    done = load(number, opened, told=lambda step, place: stored.append(place) if step == "stored" else None)
    assert isinstance(done, Plan)
    assert stored == [1, 2]
    assert (done.state, [one.loaded for one in done.files], standing()) == (PlanState.LOADED, [2, 2, 2], 4)
    assert back(number).differing == ()


def test_what_was_stored_right_before_a_kill_is_taken_back_too(rehearsed: Rehearsed, opened: Export) -> None:
    number = approved(rehearsed)

    def stop(step: str, place: int) -> None:
        if (step, place) == ("stored", 2):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        load(number, opened, told=stop)
    assert (len(queries.parts_of(number)), standing()) == (2, 4)
    assert (back(number).left, standing()) == (0, 0)


def test_a_table_that_changed_meanwhile_is_named_after_the_way_back(rehearsed: Rehearsed, opened: Export) -> None:
    number = approved(rehearsed)
    assert isinstance(load(number, opened), Plan)
    run("UPDATE screening_facility SET name = '改称診療所'")
    try:
        assert back(number).differing == ("screening_facility",)
    finally:
        run("UPDATE screening_facility SET name = '模擬町診療所'")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (OPENS - dt.timedelta(seconds=1), [Obstacle.OUTSIDE_WINDOW]),
        (CLOSES, [Obstacle.OUTSIDE_WINDOW]),
    ],
)
def test_nothing_is_loaded_outside_the_window(
    rehearsed: Rehearsed, opened: Export, at: dt.datetime, expected: list[Obstacle]
) -> None:
    number = approved(rehearsed)
    assert load(number, opened, at) == expected
    assert (queries.parts_of(number), standing()) == ([], 0)
    [refused] = rows("SELECT convert_from(body, 'UTF8') AS body FROM evidence_entry ORDER BY entry_id DESC LIMIT 1")
    assert "outside_window" in refused["body"]


def test_a_window_that_ends_meanwhile_begins_no_further_file(rehearsed: Rehearsed, opened: Export) -> None:
    number = approved(rehearsed)
    entered: list[int] = []
    tools = Tools(number_cipher(), rules_of_today())
    stopped = carry_out(
        number=number,
        export=opened,
        tools=tools,
        by=BY,
        clock=lambda: CLOSES if len(entered) == 2 else WITHIN,
        told=lambda step, place: entered.append(place) if step == "entered" else None,
    )
    assert stopped == [Obstacle.OUTSIDE_WINDOW]
    assert ([one.name for one in queries.parts_of(number)], standing()) == (["register.csv", "51-2024.csv"], 2)
    assert back(number).left == 0


def test_another_export_is_not_loaded(rehearsed: Rehearsed, place: Path) -> None:
    number = approved(rehearsed)
    with opened_export(export(place, refused=0), place.parent / "scratch") as other:
        assert load(number, other) == [Obstacle.OTHER_EXPORT]
    assert standing() == 0


def test_one_persons_go_is_none(rehearsed: Rehearsed, opened: Export) -> None:
    number = planned(rehearsed)
    assert load(number, opened) == [Obstacle.NOT_APPROVED]
    assert say_word(number=number, verdict=Verdict.GO, reason="", by=ONE, at=BEFORE) == []
    assert say_word(number=number, verdict=Verdict.GO, reason="", by=ONE, at=BEFORE) == [Obstacle.SAME_PERSON]
    assert load(number, opened) == [Obstacle.NOT_APPROVED]
    with pytest.raises(DatabaseError, match="two people must say go"):
        run("UPDATE cutover_plan SET state = 'APPROVED' WHERE number = %s", [number])
    assert change_steps(number=number, steps=queries.steps_of(number), by=ONE, at=BEFORE) == [Obstacle.NOT_A_DRAFT]


@pytest.mark.parametrize("by", [staff_actor("903"), ONE], ids=["a third", "who said go"])
def test_anybodys_no_go_stops_an_approved_plan(rehearsed: Rehearsed, opened: Export, by: Actor) -> None:
    number = approved(rehearsed)
    assert say_word(number=number, verdict=Verdict.NO_GO, reason="書き出しが遅れている", by=by, at=BEFORE) == []
    assert plan_of(number).state is PlanState.STOPPED
    assert load(number, opened) == [Obstacle.NOT_APPROVED]
    assert say_word(number=number, verdict=Verdict.GO, reason="", by=OTHER, at=BEFORE) != []


def test_a_plan_in_office_hours_is_not_made(rehearsed: Rehearsed) -> None:
    monday = dt.datetime(2026, 12, 7, 6, 0, tzinfo=JST)
    wanted = NewPlan("昼の切替", rehearsed.found.number, None, monday, monday + dt.timedelta(hours=4))
    assert make_plan(wanted=wanted, by=ONE, at=BEFORE) == [Obstacle.IN_OFFICE_HOURS]


def test_steps_are_ticked_off_once_and_all_of_them_before_the_report(rehearsed: Rehearsed, opened: Export) -> None:
    number = approved(rehearsed)
    assert isinstance(load(number, opened), Plan)
    assert close_plan(number=number, town="架空区", names={}, by=ONE, at=CLOSES) == [Obstacle.STEPS_OPEN]
    for one in queries.steps_of(number):
        ticked = tick_step(number=number, place=one.place, done_at=WITHIN, remark="", by=ONE, at=WITHIN)
        assert ticked == []
    assert tick_step(number=number, place=1, done_at=CLOSES, remark="", by=ONE, at=CLOSES) == [Obstacle.NOT_A_DRAFT]
    back(number)
