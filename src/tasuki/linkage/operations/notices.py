"""Telling residents something through the portal (お知らせ): sent as a list, carried by the worker, taken back."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage.gateway_client.api import LIST
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.queries.notices import addressees, closed_people
from tasuki.linkage.types import SYSTEM
from tasuki.linkage.types.notices import Addressees, NotTold
from tasuki.nodes.sql import Row, rows, run
from tasuki.persons import queries as index
from tasuki.protocol.envelope import listing, wire_time
from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import (
    PortalNotice,
    PortalNoticeAsked,
    PortalNoticeKind,
    PortalNoticeProgress,
    PortalNoticeState,
)
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

#: How often the network is asked whether notices were fetched, and looked whether anybody became protected.
_ASK_EVERY: Final = dt.timedelta(minutes=1)

_INSERT = """
INSERT INTO linkage_portal_notice (notice_id, list_id, system_person_number, kind, day, expires_at, sent_at, sent_by,
  state, state_at, asked_at)
SELECT r.notice_id, %(list)s, r.person, %(kind)s, %(day)s, %(expires)s, %(at)s, %(by)s, 'waiting', %(at)s, %(at)s
FROM unnest(%(ids)s::uuid[], %(people)s::text[]) AS r(notice_id, person)
ON CONFLICT DO NOTHING RETURNING system_person_number AS person
"""
# Those that wait, those to be taken back, and those about which the network was not asked for a while.
_DUE = """
SELECT notice_id::text, system_person_number AS person, kind, day, expires_at, state,
  take_back_asked_at IS NOT NULL AS back
FROM linkage_portal_notice
WHERE state IN ('waiting', 'delivered') AND (state = 'waiting' OR take_back_asked_at IS NOT NULL OR asked_at <= %s)
ORDER BY asked_at, notice_id LIMIT %s
"""
_STORE = """
UPDATE linkage_portal_notice n
SET asked_at = %s, state = CASE r.state WHEN 'waiting' THEN n.state ELSE r.state END,
  state_at = CASE r.state WHEN n.state THEN n.state_at WHEN 'waiting' THEN n.state_at ELSE r.at END
FROM jsonb_to_recordset(%s::jsonb) AS r(notice_id uuid, state text, at timestamptz)
WHERE n.notice_id = r.notice_id AND n.state IN ('waiting', 'delivered')
"""


@transaction.atomic
def send_notices(
    *,
    people: Sequence[str],
    kind: PortalNoticeKind,
    valid_for: dt.timedelta,
    new_id: Callable[[dt.datetime], str],
    by: Actor,
    at: dt.datetime,
) -> tuple[UUID, Addressees]:
    """Have people (宛名番号) told something through the portal, and record it; give the list and whom it goes to.

    Protected people, people who are gone, without a linkage code, or told lately are left out and counted. A list
    that goes to nobody is recorded as well. Nobody is told of the same thing twice, whoever asks at the same moment.
    """
    chosen = addressees(people, kind, at)
    list_id, expires_at = UUID(new_id(at)), at + min(valid_for, portal().longest)
    values = {
        "list": list_id,
        "kind": kind.value,
        "day": civil_date(at),
        "expires": expires_at,
        "at": at,
        "by": str(by),
        "ids": [new_id(at) for _ in chosen.people],
        "people": list(chosen.people),
    }
    told = {row["person"] for row in rows(_INSERT, values)}
    left_out = Counter(chosen.left_out)
    left_out[NotTold.TOLD_LATELY] += len(chosen.people) - len(told)
    body = {
        "list": str(list_id),
        "notice": kind.value,
        "expires_at": wire_time(expires_at),
        "count": len(told),
        "left_out": {reason.value: count for reason, count in (+left_out).items()},
        "article": portal().notices_article,
        "by": str(by),
    }
    append(kind=EntryKind.PORTAL_NOTICES_SENT, body=body, at=at)
    return list_id, Addressees(tuple(one for one in chosen.people if one in told), +left_out)


@transaction.atomic
def take_back_notices(*, list_id: UUID, by: Actor, at: dt.datetime) -> int:
    """Have a list's notices taken back as far as nobody has fetched them, and record it; give how many are asked back.

    The network decides: what was fetched in the meantime stays so.
    """
    asked = run(
        "UPDATE linkage_portal_notice SET take_back_asked_at = %s, take_back_asked_by = %s"
        " WHERE list_id = %s AND state IN ('waiting', 'delivered') AND take_back_asked_at IS NULL",
        [at, str(by), list_id],
    )
    body = {"list": str(list_id), "asked": asked, "why": "staff", "by": str(by)}
    append(kind=EntryKind.PORTAL_NOTICES_TAKEN_BACK, body=body, at=at)
    return asked


def carry_notices(*, institution: str, link: Link, by: Actor, at: dt.datetime) -> int:
    """Bring waiting notices to the gateway, and learn what became of the others; give how many were told of.

    :raises ExchangeFailed: when the gateway cannot be had; what was sent already stays sent, the rest stays due.
    """
    due, unified = _due(by=by, at=at)
    told = 0
    waiting = [row for row in due if row["state"] == PortalNoticeState.WAITING and not row["back"]]
    if leaving := [_notice(row, institution, unified) for row in waiting if row["person"] in unified]:
        told += _store(link.send_notices(leaving), at)
    if unknown := [row["notice_id"] for row in waiting if row["person"] not in unified]:
        no_code = PortalNoticeState.NO_CODE
        told += _store([PortalNoticeProgress(notice_id=one, state=no_code, at=at) for one in unknown], at)
    asked = [
        PortalNoticeAsked(institution=institution, notice_id=row["notice_id"], take_back=row["back"])
        for row in due
        if row["back"] or row["state"] == PortalNoticeState.DELIVERED
    ]
    if asked:
        told += _store(link.notice_status(asked), at)
    return told


@transaction.atomic
def _due(*, by: Actor, at: dt.datetime) -> tuple[list[Row], dict[str, str]]:
    """Give the notices whose turn it is, and everybody's 団体内統合宛名番号.

    Whoever may not be written about any more by now has theirs taken back, which is recorded.
    """
    due = rows(_DUE, [at - _ASK_EVERY, LIST])
    if not due:
        return [], {}
    unified = index.unified_numbers(SYSTEM, sorted({row["person"] for row in due}))
    closed = closed_people(unified, civil_date(at))
    stopped = [row for row in due if not row["back"] and unified.get(row["person"]) in closed]
    if stopped:
        run(
            "UPDATE linkage_portal_notice SET take_back_asked_at = %s, take_back_asked_by = %s"
            " WHERE notice_id = ANY(%s::uuid[]) AND take_back_asked_at IS NULL",
            [at, str(by), [row["notice_id"] for row in stopped]],
        )
        body = {"asked": len(stopped), "why": "protected or in quarantine", "by": str(by)}
        append(kind=EntryKind.PORTAL_NOTICES_TAKEN_BACK, body=body, at=at)
    for row in stopped:
        row["back"] = True
    return due, unified


def _notice(row: Row, institution: str, unified: dict[str, str]) -> PortalNotice:
    return PortalNotice(
        institution=institution,
        notice_id=row["notice_id"],
        unified_person_number=unified[row["person"]],
        kind=PortalNoticeKind(row["kind"]),
        day=row["day"],
        expires_at=row["expires_at"],
    )


@transaction.atomic
def _store(told: Sequence[PortalNoticeProgress], at: dt.datetime) -> int:
    """Keep where notices stand. No evidence: whoever brought it about recorded it, the network or the gateway."""
    return run(_STORE, [at, listing(told)])
