"""An inspection that would stop too many people of one system leaves it to two people, and to the clock after them."""

from datetime import timedelta

import pytest

from tasuki.linkage.operations import identity
from tasuki.nodes.sql import rows
from tasuki.persons import inspecting
from tasuki.persons.inspecting import rules
from tasuki.persons.operations import admit_system, return_case
from tasuki.persons.queries import cases
from tasuki.persons.queries.people import gateway_tasks, open_quarantines
from tasuki.persons.types.cases import Case, CaseAct, CaseKind, CaseState, Decided, Proposed, Refusal, RefusedDecision
from tasuki.persons.types.items import BasicItems, Registration
from tests.integration.persons.index import APPROVER, AT, CIPHER, CLERK, HANAKO, JIRO, TARO, registered, the_usual_three
from tests.integration.persons.test_inspection import approve, decide, inspect, link, state

pytestmark = pytest.mark.django_db(databases=["default", "index"])

SHIRO = BasicItems("仮想　四郎", "カソウ　シロウ", "1970-05-05", "1", "架空区四丁目4")


def the_mass() -> Case:
    [found] = cases.open_cases(kind=CaseKind.MASS_STOP)
    return found


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A care system whose numbers are shifted by one, and a town that stops two people at most by itself."""
    monkeypatch.setattr(inspecting, "rules", lambda: few)
    monkeypatch.setattr("tasuki.persons.mass_stopping.rules", lambda: few)
    few = inspecting.Rules(rules().causes, rules().sent_back_days, 0.005, 2, rules().decide_within)
    the_usual_three()
    admit_system(system="tax", name="税", name_en="Tax", by=CLERK, at=AT)
    for number, linked, stated in (("K1", "0001", HANAKO), ("K2", "0002", JIRO), ("K3", "0003", TARO)):
        link(number, linked, stated)


def test_too_many_of_one_system_are_put_to_two_people_and_nobody_is_stopped(shifted: None) -> None:
    report = inspect()
    assert (report.opened, report.stopped, open_quarantines(), gateway_tasks()) == (3, 0, [], [])
    mass = the_mass()
    assert (mass.subject["system"], mass.subject["people"], mass.subject["statements"]) == ("care", 3, 3)
    assert {one.subject["held_by"] for one in cases.open_cases(kind=CaseKind.LINKED_TO_OTHER)} == {str(mass.case_id)}


def test_two_people_stop_everybody_at_once(shifted: None) -> None:
    inspect()
    assert isinstance(decide(the_mass(), CaseAct.STOP_ALL), Proposed)
    assert open_quarantines() == []
    assert isinstance(approve(the_mass()), Decided)
    assert len({one.person for one in open_quarantines()}) == 3
    assert len(gateway_tasks()) == 3
    assert cases.open_cases(kind=CaseKind.MASS_STOP) == []
    # Each case still stands, and ends its own stop.
    assert len(cases.open_cases(kind=CaseKind.LINKED_TO_OTHER)) == 3


def test_one_person_can_neither_stop_nor_wave_it_through(shifted: None) -> None:
    inspect()
    decide(the_mass(), CaseAct.LEAVE_ALL)
    alone = identity.approve(case_id=the_mass().case_id, reason="x", cipher=CIPHER, by=CLERK, at=AT)
    assert alone == RefusedDecision(Refusal.SAME_PERSON_TWICE)
    return_case(case_id=the_mass().case_id, reason="まだ", by=APPROVER, at=AT)
    assert the_mass().state is CaseState.OPEN


def test_what_two_people_left_alone_is_not_stopped_by_the_next_inspection(shifted: None) -> None:
    inspect()
    decide(the_mass(), CaseAct.LEAVE_ALL)
    approve(the_mass())
    report = inspect()
    assert (report.standing, report.stopped, open_quarantines()) == (3, 0, [])
    assert cases.open_cases(kind=CaseKind.MASS_STOP) == []


def test_undecided_in_time_everybody_is_stopped(shifted: None) -> None:
    inspect()
    decide(the_mass(), CaseAct.LEAVE_ALL)
    due = AT + rules().decide_within
    assert identity.stop_overdue(by=CLERK, at=due - timedelta(seconds=1)) == 0
    assert open_quarantines() == []
    assert identity.stop_overdue(by=CLERK, at=due) == 3
    assert len({one.person for one in open_quarantines()}) == 3
    assert identity.stop_overdue(by=CLERK, at=due) == 0
    kinds = [row["kind"] for row in rows("SELECT kind FROM evidence_entry")]
    assert kinds.count("identity_decided") == 1


def test_what_is_found_meanwhile_joins_and_what_was_mended_ends_it(shifted: None) -> None:
    inspect()
    registered(Registration("0004", SHIRO))
    link("K4", "0004", HANAKO)
    assert inspect().stopped == 0
    assert the_mass().subject["people"] == 4
    for number, right in (("K1", TARO), ("K2", HANAKO), ("K3", JIRO), ("K4", SHIRO)):
        state(number, right, at=AT + timedelta(minutes=1))
    inspect()
    assert cases.open_cases() == []


def test_a_system_within_its_share_is_stopped_beside_one_that_is_not(shifted: None) -> None:
    link("T1", "0001", HANAKO, system="tax")
    assert inspect().stopped == 2
    [own] = [one for one in cases.open_cases() if one.system == "tax"]
    assert {one.person for one in open_quarantines()} == {own.person, own.other}
    assert the_mass().subject["system"] == "care"


@pytest.mark.parametrize(("statements", "most"), [(100, 20), (4_000, 20), (10_000, 50), (350_000, 1_750)])
def test_the_share_counts_from_where_it_is_more_than_the_least(statements: int, most: int) -> None:
    assert rules().most_stopped(statements) == most
