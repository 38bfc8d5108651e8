"""Judging accesses by the rules, and closing what they found."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import listed, rows, run
from tasuki.screening.queries import people
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date, day_begins
from tasuki.watching.queries.alerts import usual_volumes
from tasuki.watching.queries.declarations import related
from tasuki.watching.queries.settings import settings
from tasuki.watching.rules import judge
from tasuki.watching.types import Act, AlertOutcome, Closing, Finding, Seen

#: A record is committed a moment after its time: so much of what was judged is judged again, which finds nothing twice.
_OVERLAP: Final = dt.timedelta(minutes=2)
_DAY: Final = dt.timedelta(days=1)
#: Alerts in one record, whose size is limited: a whole office working on a holiday raises one for each of its staff.
_TOLD_AT_ONCE: Final = 300
#: A search tells how many it found; whom its page showed are those it named.
_SHOWN: Final = "CASE act WHEN 'SEARCH' THEN cardinality(people) + cardinality(unified) ELSE coalesce(shown, 0) END"


@transaction.atomic
def judge_accesses(*, by: Actor, at: dt.datetime) -> int:
    """Hold the accesses since the last time against the rules, and say how many alerts that raised, each once.

    Whoever did something since then is judged by their whole day.
    """
    run("INSERT INTO watching_judged (is_only, until) VALUES (true, %s) ON CONFLICT DO NOTHING", [at - _DAY])
    [last] = rows("SELECT until FROM watching_judged FOR UPDATE")
    since = day_begins(civil_date(last["until"] - _OVERLAP))
    seen = _seen(last["until"] - _OVERLAP, since)
    run("UPDATE watching_judged SET until = %s", [at])
    if not seen:
        return 0
    _count_days(since)
    shown = people(sorted({number for one in seen if len(one.people) == 1 for number in one.people}))
    protected = frozenset(number for number, one in shown.items() if one.is_protected(civil_date(at)))
    found = judge(
        seen,
        protected=protected,
        usual=usual_volumes(civil_date(since)),
        related=related(sorted({one.staff for one in seen})),
        settings=settings(),
    )
    return _raise(found, by, at)


def _seen(newer_than: dt.datetime, since: dt.datetime) -> list[Seen]:
    """Return the accesses since the beginning of a day of whoever did something newer."""
    found = rows(
        "SELECT at, staff, role, act, CASE WHEN cardinality(people) = 1 THEN people ELSE '{}' END AS people,"  # noqa: S608 — an expression of ours
        f" {_SHOWN} AS shown FROM watching_access WHERE at >= %s AND staff IN"
        " (SELECT staff FROM watching_access WHERE at >= %s)",
        [since, newer_than],
    )
    return [Seen(**one | {"act": Act(one["act"]), "people": tuple(one["people"])}) for one in found]


def _count_days(since: dt.datetime) -> None:
    run(
        "INSERT INTO watching_daily (day, staff, role, act, accesses, shown)"  # noqa: S608 — as above
        f" SELECT (at AT TIME ZONE 'Asia/Tokyo')::date, staff, role, act, count(*), sum({_SHOWN})"
        " FROM watching_access WHERE at >= %s GROUP BY 1, 2, 3, 4"
        " ON CONFLICT (day, staff, role, act) DO UPDATE SET accesses = excluded.accesses, shown = excluded.shown",
        [since],
    )


def _raise(found: Sequence[Finding], by: Actor, at: dt.datetime) -> int:
    if not found:
        return 0
    values = [
        {
            "rule": one.rule.kind,
            "staff": one.staff,
            "role": one.role,
            "since": one.since,
            "until": one.until,
            "counted": one.counted,
            "least": one.rule.least,
            "basis": one.rule.basis,
        }
        for one in found
    ]
    raised = rows(
        "INSERT INTO watching_alert (alert_id, rule, staff, role, since, until, counted, least, basis, raised_at)"
        " SELECT gen_random_uuid(), rule, staff, role, since, until, counted, least, basis, %s"
        " FROM jsonb_to_recordset(%s::jsonb) AS found (rule text, staff text, role text, since timestamptz,"
        " until timestamptz, counted int, least int, basis text)"
        " ON CONFLICT (rule, staff, since) DO NOTHING RETURNING alert_id, rule, staff",
        [at, listed(values)],
    )
    alerts = [{"alert": str(one["alert_id"]), "rule": one["rule"], "staff": one["staff"]} for one in raised]
    for first in range(0, len(alerts), _TOLD_AT_ONCE):
        told = alerts[first : first + _TOLD_AT_ONCE]
        append(kind=EntryKind.ACCESS_ALERTS_RAISED, body={"alerts": told, "by": str(by)}, at=at)
    return len(raised)


@transaction.atomic
def close_alert(*, alert_id: UUID, outcome: AlertOutcome, note: str, by: Actor, at: dt.datetime) -> Closing:
    """Say what the review of an alert came to; nobody reviews their own accesses, nor what they opened for another."""
    found = rows(
        "SELECT staff, opened_by, until FROM watching_alert WHERE alert_id = %s AND closed_at IS NULL FOR UPDATE",
        [alert_id],
    )
    if not found:
        return Closing.NONE_OPEN
    if found[0]["staff"] == str(by):
        return Closing.OWN
    if found[0]["opened_by"] == str(by):
        return Closing.OPENED_IT
    if found[0]["opened_by"] is not None and found[0]["until"] > at:
        # What is still being done cannot have been looked through.
        return Closing.STILL_OPEN
    # The words stay in the table: they may tell of people.
    body = {"alert": str(alert_id), "outcome": outcome.value, "by": str(by)}
    append(kind=EntryKind.ACCESS_ALERT_CLOSED, body=body, at=at)
    run(
        "UPDATE watching_alert SET outcome = %s, note = %s, closed_at = %s, closed_by = %s WHERE alert_id = %s",
        [outcome.value, note, at, str(by), alert_id],
    )
    return Closing.CLOSED
