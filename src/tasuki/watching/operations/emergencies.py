"""Opening an emergency role (緊急時の権限) with its alarm, and ending one: the alert spans the time it was lent."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tasuki.accounts import operations as accounts
from tasuki.accounts.emergency_models import Emergency
from tasuki.accounts.types import EmergencyEnd, EmergencyProblem, Member
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.watching.rules import rules_on
from tasuki.watching.types import RuleKind


@transaction.atomic
def open_with_alarm(
    *, emergency: UUID, alert: UUID, opener: Member, note: str, by: Actor, at: datetime
) -> Emergency | EmergencyProblem:
    """Lend a duty that somebody else asked for, and raise the alert that a third person reviews, in one transaction.

    :param alert: the number the alert gets.
    """
    opened = accounts.open_emergency(emergency=emergency, opener=opener, note=note, by=by, at=at)
    if isinstance(opened, EmergencyProblem):
        return opened
    [rule] = [one for one in rules_on(civil_date(at)) if one.kind is RuleKind.EMERGENCY]
    run(
        "INSERT INTO watching_alert (alert_id, rule, staff, role, since, until, counted, least, basis, raised_at,"
        " opened_by) VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s)",
        [alert, rule.kind.value, opened.asked_by, opened.role, at, opened.until, rule.least, rule.basis, at, str(by)],
    )
    raised = [{"alert": str(alert), "rule": rule.kind.value, "staff": opened.asked_by}]
    append(kind=EntryKind.ACCESS_ALERTS_RAISED, body={"alerts": raised, "by": str(by)}, at=at)
    return opened


@transaction.atomic
def end_with_alert(*, emergency: UUID, may_take_back: bool, by: Actor, at: datetime) -> EmergencyEnd | EmergencyProblem:
    """End what is lent before its time; its alert ends with it, so that it can be reviewed at once."""
    ended = accounts.end_emergency(emergency=emergency, may_take_back=may_take_back, by=by, at=at)
    if isinstance(ended, EmergencyEnd):
        run(
            "UPDATE watching_alert SET until = %s FROM accounts_emergency AS lent WHERE lent.emergency = %s"
            " AND rule = %s AND watching_alert.staff = lent.asked_by AND since = lent.decided_at",
            [at, emergency, RuleKind.EMERGENCY.value],
        )
    return ended
