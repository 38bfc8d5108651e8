"""Until when an incident is to be reported, and who may take which step (個人情報保護法68条、番号法29条の4)."""

import datetime as dt
from dataclasses import replace
from uuid import UUID

import pytest

from tasuki.audits.incident_rules import clocks, next_steps, objection
from tasuki.audits.incident_types import Assessment, Ground, Incident, Source, Step, StepOutcome, TakenStep
from tasuki.shared.dates import JST

KNOWN = dt.datetime(2026, 11, 27, 23, 30, tzinfo=JST)


def incident(*steps: Step, grounds: tuple[Ground, ...] = (Ground.SENSITIVE,), lessons: str = "x") -> Incident:
    taken = tuple(TakenStep(step, KNOWN, f"STAFF:{step}", "") for step in (Step.SUSPECTED, *steps))
    assessment = Assessment(frozenset(grounds), 1, "", "", "", "")
    return Incident(UUID(int=1), "t", "s", Source.STAFF, KNOWN, KNOWN, None, assessment, lessons, taken)


@pytest.mark.parametrize(
    ("grounds", "preliminary", "full"),
    [
        ((Ground.SENSITIVE,), "2026-12-01", "2026-12-26"),
        ((Ground.PROPERTY,), "2026-12-01", "2026-12-26"),
        ((Ground.MANY,), "2026-12-01", "2026-12-26"),
        ((Ground.SYSTEM,), "2026-12-01", "2026-12-26"),
        ((Ground.PUBLIC,), "2026-12-01", "2026-12-26"),
        ((Ground.MALICIOUS,), "2026-12-01", "2027-01-25"),
        ((Ground.SENSITIVE, Ground.MALICIOUS), "2026-12-01", "2027-01-25"),
    ],
)
def test_reports_are_due_by_the_day_it_became_known(grounds: tuple[Ground, ...], preliminary: str, full: str) -> None:
    assert [str(one.due) for one in clocks(incident(grounds=grounds))] == [preliminary, full]


def test_without_a_ground_or_an_incident_no_report_is_due() -> None:
    assert clocks(incident(grounds=())) == []
    assert clocks(incident(Step.NO_INCIDENT)) == []


def test_a_clock_is_overdue_after_its_day_until_the_report_is_made() -> None:
    first, _full = clocks(incident())
    assert (first.is_overdue(first.due), first.is_overdue(first.due + dt.timedelta(days=1))) == (False, True)
    made, _full = clocks(incident(Step.CONFIRMED, Step.PRELIMINARY))
    assert not made.is_overdue(dt.date(2030, 1, 1))


def test_each_kind_of_information_tells_its_law() -> None:
    bases = [one.bases for one in (clocks(incident(grounds=(Ground.SYSTEM,)))[0], clocks(incident())[0])]
    assert ["番号法29条の4" in text[0] for text in bases] == [True, False]
    assert len(clocks(incident(grounds=(Ground.MALICIOUS,)))[0].bases) == 2


@pytest.mark.parametrize(
    ("taken", "following"),
    [
        ((), {Step.CONFIRMED, Step.NO_INCIDENT}),
        ((Step.CONFIRMED,), {Step.CONTAINED, Step.PRELIMINARY, Step.PEOPLE_TOLD, Step.FULL}),
        ((Step.CONFIRMED, Step.CONTAINED, Step.PRELIMINARY), {Step.PEOPLE_TOLD, Step.FULL}),
        ((Step.CONFIRMED, Step.CONTAINED, Step.PRELIMINARY, Step.FULL), {Step.PEOPLE_TOLD, Step.CLOSED}),
        ((Step.NO_INCIDENT,), set()),
        ((Step.CONFIRMED, Step.CONTAINED, Step.PRELIMINARY, Step.FULL, Step.CLOSED), set()),
    ],
)
def test_which_steps_follow(taken: tuple[Step, ...], following: set[Step]) -> None:
    assert set(next_steps(incident(*taken))) == following


def test_an_incident_without_duty_closes_without_reports() -> None:
    assert Step.CLOSED in next_steps(incident(Step.CONFIRMED, Step.CONTAINED, grounds=()))


def test_nobody_dismisses_or_closes_alone_and_nothing_is_closed_without_lessons() -> None:
    told = incident()
    assert objection(told, Step.NO_INCIDENT, "STAFF:SUSPECTED") is StepOutcome.SAME_PERSON
    assert objection(told, Step.NO_INCIDENT, "STAFF:2") is None
    done = (Step.CONFIRMED, Step.CONTAINED, Step.PRELIMINARY, Step.FULL)
    assert objection(incident(*done), Step.CLOSED, "STAFF:CONFIRMED") is StepOutcome.SAME_PERSON
    assert objection(incident(*done), Step.CLOSED, "STAFF:2") is None
    assert objection(incident(*done, lessons=""), Step.CLOSED, "STAFF:2") is StepOutcome.LESSONS_MISSING
    assert objection(told, Step.CLOSED, "STAFF:2") is StepOutcome.NOT_NOW


def test_whoever_it_is_about_takes_no_step_of_it() -> None:
    about = replace(incident(), staff="STAFF:7")
    assert {objection(about, step, "STAFF:7") for step in Step} == {StepOutcome.SUBJECT}
    assert objection(about, Step.CONFIRMED, "STAFF:8") is None
