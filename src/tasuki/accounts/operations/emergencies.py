"""Emergency roles (緊急時の権限): asked for, opened or refused by another, given back, taken back, run out."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tasuki.accounts.emergencies import duty, lending_problem, longest_minutes, opening_problem, waits_minutes
from tasuki.accounts.emergency_models import Emergency
from tasuki.accounts.models import Staff
from tasuki.accounts.types import EmergencyDecision, EmergencyEnd, EmergencyProblem, Member, Role
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.shared.actor import Actor

_ONE: Final = "emergency_one_at_a_time"
_DECISION: Final = ["decision", "decision_reason", "decided_at", "decided_by", "until"]


@transaction.atomic
def ask_for_emergency(
    *, emergency: uuid.UUID, key: str, reason: str, by: Actor, at: datetime
) -> Emergency | EmergencyProblem:
    """Ask for a duty to be lent; nothing opens before somebody else opens it.

    :param key: the duty, as the table of duties names it.
    """
    staff = Staff.objects.select_for_update(of=("self",)).get(pk=by.identifier)
    wanted = duty(key)
    if wanted is None:
        return EmergencyProblem.NOT_FOR_ROLE
    problem = lending_problem(wanted, Role(staff.role))
    if problem is not None:
        return problem
    # What nobody closed is over by itself; it must not keep the next one from being asked for.
    _close(list(_open_ones().filter(staff=staff)), by, at)
    kept = Emergency(
        emergency=emergency, duty=wanted.key, reason=reason, staff=staff, role=staff.role, asked_at=at, asked_by=str(by)
    )
    try:
        with transaction.atomic():
            kept.save(force_insert=True)
    except IntegrityError as error:
        if _ONE in str(error):
            return EmergencyProblem.WAITS_ALREADY
        raise
    # The reason stays in the table: it may tell of somebody.
    body = {"emergency": str(emergency), "duty": wanted.key, "role": staff.role, "by": str(by)}
    append(kind=EntryKind.EMERGENCY_ASKED, body=body, at=at)
    return kept


@transaction.atomic
def open_emergency(
    *, emergency: uuid.UUID, opener: Member, note: str, by: Actor, at: datetime
) -> Emergency | EmergencyProblem:
    """Lend what somebody else asked for, from now until the time its duty gives."""
    waiting = _waiting(emergency, at)
    wanted = None if waiting is None else duty(waiting.duty)
    if waiting is None or wanted is None:
        return EmergencyProblem.NOT_WAITING
    problem = opening_problem(wanted, opener.role, asked_by=waiting.asked_by, opened_by=str(by))
    # Somebody may have another role by now.
    problem = problem or lending_problem(wanted, Role(waiting.staff.role))
    if problem is None and (waiting.staff.role != waiting.role or not waiting.staff.lets_in(at)):
        problem = EmergencyProblem.NOT_FOR_ROLE
    if problem is not None:
        return problem
    until = at + timedelta(minutes=min(wanted.minutes, longest_minutes()))
    body = {
        "emergency": str(emergency), "duty": wanted.key, "staff": str(waiting.staff_id), "until": until.isoformat(),
        "asked_by": waiting.asked_by, "by": str(by),
    }  # fmt: skip
    append(kind=EntryKind.EMERGENCY_OPENED, body=body, at=at)
    _decide(waiting, EmergencyDecision.OPENED, note, str(by), at, until)
    return waiting


@transaction.atomic
def refuse_emergency(
    *, emergency: uuid.UUID, opener: Member, note: str, by: Actor, at: datetime
) -> EmergencyProblem | None:
    """Refuse what somebody else asked for, and say why."""
    waiting = _waiting(emergency, at)
    wanted = None if waiting is None else duty(waiting.duty)
    if waiting is None or wanted is None:
        return EmergencyProblem.NOT_WAITING
    problem = opening_problem(wanted, opener.role, asked_by=waiting.asked_by, opened_by=str(by))
    if problem is not None:
        return problem
    _not_opened(waiting, EmergencyDecision.REFUSED, note, by, at)
    return None


@transaction.atomic
def withdraw_emergency(*, emergency: uuid.UUID, by: Actor, at: datetime) -> EmergencyProblem | None:
    """Take back what one asked for, while nobody has decided."""
    waiting = _waiting(emergency, at)
    if waiting is None:
        return EmergencyProblem.NOT_WAITING
    if waiting.asked_by != str(by):
        return EmergencyProblem.NOT_THEIRS
    _not_opened(waiting, EmergencyDecision.WITHDRAWN, "", by, at)
    return None


@transaction.atomic
def end_emergency(
    *, emergency: uuid.UUID, may_take_back: bool, by: Actor, at: datetime
) -> EmergencyEnd | EmergencyProblem:
    """End what is lent before its time: whoever holds it gives it back, whoever may open one takes it back."""
    found = _open_ones().filter(emergency=emergency).order_by("emergency").first()
    if found is None or not found.stands(at):
        return EmergencyProblem.NOT_OPEN
    is_own = found.asked_by == str(by)
    if not (is_own or may_take_back):
        return EmergencyProblem.NOT_THEIRS
    end = EmergencyEnd.RETURNED if is_own else EmergencyEnd.TAKEN_BACK
    body = {"emergency": str(emergency), "staff": str(found.staff_id), "end": end.value, "by": str(by)}
    append(kind=EntryKind.EMERGENCY_ENDED, body=body, at=at)
    _end(found, end, str(by), at)
    return end


@transaction.atomic
def close_run_out_emergencies(*, by: Actor, at: datetime) -> int:
    """Close what ran out and what nobody decided in time, with a record; say how many that were.

    Nobody is lent anything meanwhile: each page looks at the time itself.
    """
    return _close(list(_open_ones()), by, at)


def _open_ones() -> QuerySet[Emergency]:
    return (
        Emergency.objects.select_for_update(of=("self",))
        .filter(ended_at=None)
        .exclude(decision__in=[EmergencyDecision.REFUSED, EmergencyDecision.WITHDRAWN, EmergencyDecision.LAPSED])
        .select_related("staff")
        .order_by("asked_at")
    )


def _waits(one: Emergency, at: datetime) -> bool:
    return one.decision is None and at < one.asked_at + timedelta(minutes=waits_minutes())


def _waiting(emergency: uuid.UUID, at: datetime) -> Emergency | None:
    found = _open_ones().filter(emergency=emergency).first()
    return found if found is not None and _waits(found, at) else None


def _close(found: Sequence[Emergency], by: Actor, at: datetime) -> int:
    over = [one for one in found if not (_waits(one, at) or one.stands(at))]
    for one in over:
        if one.decision is None:
            _lapse(one, by, at)
            continue
        body = {"emergency": str(one.emergency), "staff": str(one.staff_id), "by": str(by)}
        append(kind=EntryKind.EMERGENCY_EXPIRED, body=body, at=at)
        _end(one, EmergencyEnd.EXPIRED, str(by), at)
    return len(over)


def _lapse(one: Emergency, by: Actor, at: datetime) -> None:
    # The clock decided, not whoever happened to look at it next.
    body = {"emergency": str(one.emergency), "decision": EmergencyDecision.LAPSED.value, "by": str(by)}
    append(kind=EntryKind.EMERGENCY_NOT_OPENED, body=body, at=at)
    _decide(one, EmergencyDecision.LAPSED, "", _CLOCK, at, None)


#: Whoever is written where the time ran out.
_CLOCK: Final = "SYSTEM:clock"


def _not_opened(one: Emergency, decision: EmergencyDecision, note: str, by: Actor, at: datetime) -> None:
    body = {"emergency": str(one.emergency), "decision": decision.value, "asked_by": one.asked_by, "by": str(by)}
    append(kind=EntryKind.EMERGENCY_NOT_OPENED, body=body, at=at)
    _decide(one, decision, note, str(by), at, None)


def _decide(
    one: Emergency, decision: EmergencyDecision, note: str, by: str, at: datetime, until: datetime | None
) -> None:
    one.decision, one.decision_reason = decision.value, note
    one.decided_at, one.decided_by, one.until = at, by, until
    one.save(update_fields=_DECISION)


def _end(one: Emergency, end: EmergencyEnd, by: str, at: datetime) -> None:
    one.end, one.ended_at, one.ended_by = end.value, at, by
    one.save(update_fields=["end", "ended_at", "ended_by"])
