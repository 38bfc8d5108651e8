"""Signing a month of accesses (月次点検)."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import run
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date
from tasuki.watching.queries.months import month_of
from tasuki.watching.types import Signing


@transaction.atomic
def sign_month(*, day: dt.date, note: str, by: Actor, at: dt.datetime) -> Signing:
    """Record that somebody looked through the month a day is in: one that is over, with every alert closed."""
    month = month_of(day)
    if civil_date(at) < month.after:
        return Signing.NOT_OVER
    if month.open_alerts:
        return Signing.ALERTS_OPEN
    signed = run(
        "INSERT INTO watching_review (month, accesses, alerts, open_alerts, note, signed_at, signed_by)"
        " VALUES (%s, %s, %s, 0, %s, %s, %s) ON CONFLICT (month) DO NOTHING",
        [month.first, month.accesses, month.alerts, note, at, str(by)],
    )
    if not signed:
        return Signing.SIGNED_BEFORE
    body = {"month": f"{month.first:%Y-%m}", "accesses": month.accesses, "alerts": month.alerts, "by": str(by)}
    append(kind=EntryKind.ACCESSES_REVIEWED, body=body, at=at)
    return Signing.SIGNED
