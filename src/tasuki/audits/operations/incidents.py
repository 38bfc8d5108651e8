"""Incidents (漏えい等の事案): told, assessed, and taken step by step; what they say stays out of the evidence."""

import datetime as dt
from uuid import UUID, uuid4

from django.db import transaction

from tasuki.audits.incident_rules import is_about, objection
from tasuki.audits.incident_types import Assessment, Incident, NewIncident, Step, StepOutcome
from tasuki.audits.queries import incidents as queries
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor


@transaction.atomic
def tell_incident(*, told: NewIncident, by: Actor, at: dt.datetime) -> UUID:
    """Keep what somebody fears or knows; the clocks of the law run from the time it became known."""
    incident_id = uuid4()
    run(
        "INSERT INTO audits_incident (incident_id, title, says, source, known_at, since, staff, origin, grounds,"
        " people, items, cause, harm, prevention, lessons)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, '{}', 0, '', '', '', '', '')",
        [incident_id, told.title, told.says, told.source.value, told.known_at, told.since, told.staff, told.origin],
    )
    _add(incident_id, Step.SUSPECTED, "", by, at)
    body = {
        "incident_id": str(incident_id),
        "source": told.source.value,
        "origin": told.origin,
        "known_at": told.known_at.astimezone(dt.UTC).isoformat(),
        "by": str(by),
    }
    append(kind=EntryKind.INCIDENT_TOLD, body=body, at=at)
    return incident_id


@transaction.atomic
def assess_incident(
    *, incident_id: UUID, assessment: Assessment, lessons: str, by: Actor, at: dt.datetime
) -> StepOutcome:
    """Keep what an incident is in the eyes of the law, and what is learnt from it, until it is over."""
    found = _locked(incident_id)
    if found is None or found.is_over:
        return StepOutcome.NOT_NOW
    if is_about(found, str(by)):
        return StepOutcome.SUBJECT
    grounds = sorted(one.value for one in assessment.grounds)
    run(
        "UPDATE audits_incident SET grounds = %s, people = %s, items = %s, cause = %s, harm = %s, prevention = %s,"
        " lessons = %s WHERE incident_id = %s",
        [
            grounds, assessment.people, assessment.items, assessment.cause, assessment.harm, assessment.prevention,
            lessons, incident_id,
        ],
    )  # fmt: skip
    body = {"incident_id": str(incident_id), "grounds": grounds, "people": assessment.people, "by": str(by)}
    append(kind=EntryKind.INCIDENT_ASSESSED, body=body, at=at)
    return StepOutcome.DONE


@transaction.atomic
def take_step(*, incident_id: UUID, step: Step, note: str, by: Actor, at: dt.datetime) -> StepOutcome:
    """Record that a step was taken about an incident; two people dismiss or close one."""
    found = _locked(incident_id)
    if found is None:
        return StepOutcome.NOT_NOW
    refused = objection(found, step, str(by))
    if refused is not None:
        return refused
    _add(incident_id, step, note, by, at)
    body = {"incident_id": str(incident_id), "step": step.value, "by": str(by)}
    append(kind=EntryKind.INCIDENT_STEP_TAKEN, body=body, at=at)
    return StepOutcome.DONE


def _add(incident_id: UUID, step: Step, note: str, by: Actor, at: dt.datetime) -> None:
    run(
        "INSERT INTO audits_incident_step (incident_id, step, at, by, note) VALUES (%s, %s, %s, %s, %s)",
        [incident_id, step.value, at, str(by), note],
    )


def _locked(incident_id: UUID) -> Incident | None:
    run("SELECT FROM audits_incident WHERE incident_id = %s FOR UPDATE", [incident_id])
    return queries.incident(incident_id)
