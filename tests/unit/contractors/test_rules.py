"""Who may work on a day, and the steps of a work."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest

from tasuki.contractors.rules import lacks, next_state, work_table
from tasuki.contractors.types import Cause, Lack, Standing, WorkState

DAY = date(2026, 11, 27)
FIT = Standing(
    contract_from=date(2026, 4, 1),
    contract_to=DAY,
    has_supervisor=True,
    designated_on=DAY,
    ended_on=None,
    pledged_on=DAY,
    trained_years=(2026,),
)


def test_whoever_lacks_nothing_may_work_on_the_first_and_last_day() -> None:
    assert lacks(FIT, DAY) == ()


@pytest.mark.parametrize(
    ("changed", "lack"),
    [
        ({"contract_to": date(2026, 11, 26)}, Lack.CONTRACT_NOT_RUNNING),
        ({"contract_from": date(2026, 11, 28)}, Lack.CONTRACT_NOT_RUNNING),
        ({"has_supervisor": False}, Lack.NO_SUPERVISOR),
        ({"designated_on": date(2026, 11, 28)}, Lack.NOT_YET_DESIGNATED),
        ({"ended_on": DAY}, Lack.ENDED),
        ({"pledged_on": None}, Lack.NO_PLEDGE),
        ({"pledged_on": date(2026, 11, 28)}, Lack.NO_PLEDGE),
        ({"trained_years": (2025, 2027)}, Lack.NOT_TRAINED),
    ],
)
def test_each_lack_is_named_and_stands_alone(changed: dict[str, object], lack: Lack) -> None:
    assert lacks(replace(FIT, **changed), DAY) == (lack,)  # type: ignore[arg-type]  # fields of the row


def test_training_of_one_fiscal_year_is_worth_nothing_on_the_first_of_april() -> None:
    lasting = replace(FIT, contract_to=date(2027, 9, 30))
    assert lacks(lasting, date(2027, 3, 31)) == ()
    assert lacks(lasting, date(2027, 4, 1)) == (Lack.NOT_TRAINED,)


def reached(start: WorkState | None) -> set[WorkState]:
    found: set[WorkState] = set()
    waiting: list[WorkState | None] = [start]
    while waiting:
        here = waiting.pop()
        for one in work_table().steps:
            if one.start == here and one.end not in found:
                found.add(one.end)
                waiting.append(one.end)
    return found


def test_every_state_is_reached_and_nothing_follows_where_a_work_ends() -> None:
    assert reached(None) == set(WorkState) == set(work_table().states)
    assert {state for state in WorkState if reached(state) <= {state}} == work_table().ending
    assert set(work_table().causes) == set(Cause)


def on_the_way_to_begun(without: Iterable[Cause]) -> bool:
    """Say whether a work can be begun by a way that never makes a step of these causes."""
    found, waiting = set[WorkState](), [WorkState.REQUESTED]
    while waiting:
        here = waiting.pop()
        found.add(here)
        steps = [one for one in work_table().steps if one.start == here and one.cause not in without]
        waiting += [one.end for one in steps if one.end not in found]
    return WorkState.BEGUN in found


def test_no_work_is_begun_without_both_approvals() -> None:
    assert on_the_way_to_begun(())
    assert not on_the_way_to_begun([Cause.FIRST_APPROVAL])
    assert not on_the_way_to_begun([Cause.SECOND_APPROVAL])
    assert next_state(WorkState.REQUESTED, Cause.ATTENDANCE) is None
