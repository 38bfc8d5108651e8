"""What may be done about an incident next, and until when the law wants it. Pure."""

import datetime as dt
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from tasuki.audits.incident_types import Clock, Duty, Ground, Incident, Stage, Step, StepOutcome
from tasuki.shared.dates import civil_date

#: What must have been done before a step, beside that nothing is over and that it was not taken.
_AFTER: Final = {
    Step.CONFIRMED: {Step.SUSPECTED},
    Step.NO_INCIDENT: {Step.SUSPECTED},
    Step.CONTAINED: {Step.CONFIRMED},
    Step.PRELIMINARY: {Step.CONFIRMED},
    Step.PEOPLE_TOLD: {Step.CONFIRMED},
    Step.FULL: {Step.CONFIRMED},
    Step.CLOSED: {Step.CONFIRMED, Step.CONTAINED},
}


@cache
def duties() -> Sequence[Duty]:
    """Return what the law asks, for each kind of information."""
    content = tomllib.loads(files("tasuki.audits").joinpath("data", "duties.toml").read_text("utf-8"))
    return [
        Duty(
            key=one["key"],
            name=(one["ja"], one["en"]),
            basis=one["basis"],
            preliminary_days=one["preliminary_days"],
            full_days=one["full_days"],
            malicious_days=one["malicious_days"],
            grounds=frozenset(map(Ground, one["grounds"])),
            is_provisional=one["provisional"],
            checked=one["checked"],
        )
        for one in content["duty"]
    ]


def duties_of(grounds: frozenset[Ground]) -> list[Duty]:
    """Return the duties that hold for an incident of these grounds."""
    return [one for one in duties() if one.grounds & grounds]


def clocks(incident: Incident) -> list[Clock]:
    """Return until when each report is to be made; none while no ground for one is known, or nothing happened.

    They run from the day it became known, not from its confirmation: a mere fear of a leak is to be reported too.
    """
    found, grounds = duties_of(incident.assessment.grounds), incident.assessment.grounds
    if not found or incident.taken(Step.NO_INCIDENT) is not None:
        return []
    known = civil_date(incident.known_at)
    is_malicious = Ground.MALICIOUS in grounds
    bases = tuple(one.basis for one in found)
    days = {
        Step.PRELIMINARY: min(one.preliminary_days for one in found),
        Step.FULL: min(one.malicious_days if is_malicious else one.full_days for one in found),
    }
    return [
        Clock(
            step=step,
            due=known + dt.timedelta(days=number - 1),
            bases=bases,
            done_at=taken.at if (taken := incident.taken(step)) is not None else None,
            is_provisional=any(one.is_provisional for one in found),
        )
        for step, number in days.items()
    ]


def next_steps(incident: Incident) -> list[Step]:
    """Return the steps that may be taken now, in their order."""
    if incident.is_over:
        return []
    taken = {one.step for one in incident.steps}
    possible = [step for step, before in _AFTER.items() if step not in taken and before <= taken]
    if Step.CONFIRMED in taken:
        possible = [step for step in possible if step is not Step.NO_INCIDENT]
    if any(clock.done_at is None for clock in clocks(incident)):
        # What the law wants reported is not closed before it is.
        possible = [step for step in possible if step is not Step.CLOSED]
    return possible


def is_about(incident: Incident, by: str) -> bool:
    """Say whether an incident concerns what somebody did themself."""
    return incident.staff == by


def objection(incident: Incident, step: Step, by: str) -> StepOutcome | None:
    """Say why somebody may not take a step now; None when they may.

    Nobody decides alone that nothing happened, or that all is done: not who told, nor who confirmed.
    Whoever it is about handles nothing of it.
    """
    if is_about(incident, by):
        return StepOutcome.SUBJECT
    if step not in next_steps(incident):
        return StepOutcome.NOT_NOW
    before = {Step.NO_INCIDENT: Step.SUSPECTED, Step.CLOSED: Step.CONFIRMED}.get(step)
    first = None if before is None else incident.taken(before)
    if first is not None and first.by == by:
        return StepOutcome.SAME_PERSON
    return StepOutcome.LESSONS_MISSING if step is Step.CLOSED and not incident.lessons else None


def stage_of(incident: Incident) -> Stage:
    """Say how an incident stands."""
    reached = {
        Step.NO_INCIDENT: Stage.NO_INCIDENT,
        Step.CLOSED: Stage.CLOSED,
        Step.FULL: Stage.REPORTED,
        Step.CONTAINED: Stage.CONTAINED,
        Step.CONFIRMED: Stage.CONFIRMED,
    }
    return next((stage for step, stage in reached.items() if incident.taken(step)), Stage.SUSPECTED)
