"""The portal's inbox at the network: notices kept until they expire, fetched, taken back until fetched (お知らせ)."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.network.codes import CodeMaker
from tasuki.network.queries import members
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import (
    CodedNotice,
    PortalNoticeAsked,
    PortalNoticeProgress,
    PortalNoticeState,
)
from tasuki.shared.actor import Actor

#: How long the network can still say what became of a notice that is over.
_KEPT_AFTER_EXPIRY: Final = dt.timedelta(days=30)
#: Clocks differ: so much more than the longest time is let pass.
_A_DAY: Final = dt.timedelta(days=1)

_PIVOTS = """
SELECT r.notice_id, c.pivot
FROM jsonb_to_recordset(%s::jsonb) AS r(notice_id text, institution text, linkage_code text)
JOIN network_issued_code c ON c.institution = r.institution AND c.linkage_code = r.linkage_code
"""
_KEEP = """
INSERT INTO network_portal_notice (institution, notice_id, portal_code, kind, day, expires_at, state, state_at)
SELECT institution, notice_id, portal_code, kind, day, expires_at, 'delivered', %s::timestamptz
FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, notice_id uuid, portal_code text, kind text, day date,
  expires_at timestamptz)
ON CONFLICT DO NOTHING RETURNING notice_id
"""
# A notice that has not come yet leaves a mark that keeps it out, for as long as it could come.
_TAKE_BACK = """
INSERT INTO network_portal_notice AS n (institution, notice_id, portal_code, kind, day, expires_at, state, state_at)
SELECT institution, notice_id, '', '', NULL, %(until)s, 'taken_back', %(at)s
FROM jsonb_to_recordset(%(asked)s::jsonb) AS r(institution text, notice_id uuid)
ON CONFLICT (institution, notice_id) DO UPDATE
  SET state = 'taken_back', state_at = EXCLUDED.state_at, portal_code = '', kind = '', day = NULL
  WHERE n.state = 'delivered' AND n.expires_at > %(at)s
RETURNING notice_id
"""
# A number that names another person's notice already tells nothing about that one.
_STANDING = """
SELECT n.notice_id::text, n.state_at AS at,
  CASE WHEN n.state = 'delivered' AND n.expires_at <= %s THEN 'expired' ELSE n.state END AS state
FROM network_portal_notice n
JOIN jsonb_to_recordset(%s::jsonb) AS r(institution text, notice_id uuid, portal_code text)
  ON n.institution = r.institution AND n.notice_id = r.notice_id
WHERE n.portal_code = '' OR r.portal_code IS NULL OR n.portal_code = r.portal_code
"""
_FETCH = """
WITH inbox AS (
  SELECT institution, notice_id, state FROM network_portal_notice
  WHERE portal_code = %(code)s AND state IN ('delivered', 'fetched') AND expires_at > %(at)s FOR UPDATE
), fetched AS (
  UPDATE network_portal_notice n SET state = 'fetched', state_at = %(at)s FROM inbox i
  WHERE n.institution = i.institution AND n.notice_id = i.notice_id AND i.state = 'delivered'
)
SELECT n.institution, m.name, n.notice_id::text, n.kind, n.day, n.expires_at, i.state = 'delivered' AS is_new
FROM inbox i JOIN network_portal_notice n USING (institution, notice_id)
JOIN network_institution m USING (institution) ORDER BY n.day DESC, n.notice_id
"""


@dataclass(frozen=True, slots=True)
class InboxNotice:
    """One notice as the portal gets it."""

    institution: str
    sender: str
    notice_id: str
    kind: str
    day: dt.date
    expires_at: dt.datetime


@transaction.atomic(savepoint=False)
def keep_notices(
    *, items: Sequence[CodedNotice], gateway: str, maker: CodeMaker, by: Actor, at: dt.datetime
) -> list[PortalNoticeProgress]:
    """Put notices into the inbox, once each, and say where each stands; only an institution's own gateway may.

    Those of an institution that is suspended wait with their town.
    """
    known = members(one.institution for one in items)
    served = {code for code, member in known.items() if member.gateway == gateway}
    suspended = {code for code in served if known[code].suspended}
    taken = [
        one
        for one in items
        if one.institution in served - suspended and at < one.expires_at <= at + portal().longest + _A_DAY
    ]
    codes = [one.model_dump(include={"notice_id", "institution", "linkage_code"}) for one in taken]
    pivots = {row["notice_id"]: bytes(row["pivot"]) for row in rows(_PIVOTS, [listed(codes)])}
    kept = [
        {
            "institution": one.institution,
            "notice_id": one.notice_id,
            "portal_code": maker.code(portal().institution, pivots[one.notice_id]),
            "kind": one.kind.value,
            "day": f"{one.day}",
            "expires_at": wire_time(one.expires_at),
        }
        for one in taken
        if one.notice_id in pivots
    ]
    new = rows(_KEEP, [at, listed(kept)])
    standing = _standing(kept, at)
    told = [
        standing.get(one.notice_id)
        or PortalNoticeProgress(notice_id=one.notice_id, state=_why_not(one, served, suspended, pivots, at), at=at)
        for one in items
    ]
    body = _counted(items, told) | {"new": len(new), "article": portal().notices_article, "by": str(by)}
    append(kind=EntryKind.PORTAL_NOTICES_KEPT, body=body, at=at)
    return told


@transaction.atomic(savepoint=False)
def tell_notices(
    *, items: Sequence[PortalNoticeAsked], gateway: str, by: Actor, at: dt.datetime
) -> list[PortalNoticeProgress]:
    """Say where notices stand, after taking back those that are to be and were not fetched."""
    known = members(one.institution for one in items)
    served = {code for code, member in known.items() if member.gateway == gateway}
    own = [one for one in items if one.institution in served]
    back = [one.model_dump(include={"institution", "notice_id"}) for one in own if one.take_back]
    if back:
        values = {"asked": listed(back), "at": at, "until": at + portal().longest + _A_DAY}
        taken = rows(_TAKE_BACK, values)
        body = {"asked": len(back), "taken_back": len(taken), "by": str(by)}
        append(kind=EntryKind.PORTAL_NOTICES_TAKEN_BACK, body=body, at=at)
    standing = _standing([one.model_dump(include={"institution", "notice_id"}) for one in own], at)
    # What was purged was over long before.
    return [
        standing.get(one.notice_id)
        or PortalNoticeProgress(
            notice_id=one.notice_id,
            state=PortalNoticeState.EXPIRED if one.institution in served else PortalNoticeState.REFUSED,
            at=at,
        )
        for one in items
    ]


@transaction.atomic(savepoint=False)
def fetch_notices(*, portal_code: str, by: Actor, at: dt.datetime) -> list[InboxNotice]:
    """Give the portal what is in a person's inbox.

    Asked again, as after a lost reply, it gets the same until it expires.
    """
    found = rows(_FETCH, {"code": portal_code, "at": at})
    new = sum(row.pop("is_new") for row in found)
    body = {"code": portal_code, "count": len(found), "new": new, "by": str(by)}
    append(kind=EntryKind.PORTAL_NOTICES_FETCHED, body=body, at=at)
    return [InboxNotice(sender=row.pop("name"), **row) for row in found]


@transaction.atomic(savepoint=False)
def purge_notices(*, by: Actor, at: dt.datetime) -> int:
    """Delete whose notices are over, and then that there were any; return how many were emptied."""
    gone = run("DELETE FROM network_portal_notice WHERE expires_at <= %s", [at - _KEPT_AFTER_EXPIRY])
    emptied = run(
        "UPDATE network_portal_notice SET portal_code = '', kind = '', day = NULL,"
        " state = CASE state WHEN 'delivered' THEN 'expired' ELSE state END,"
        " state_at = CASE state WHEN 'delivered' THEN expires_at ELSE state_at END"
        " WHERE expires_at <= %s AND portal_code <> ''",
        [at],
    )
    if gone or emptied:
        body = {"emptied": emptied, "deleted": gone, "by": str(by)}
        append(kind=EntryKind.PORTAL_NOTICES_PURGED, body=body, at=at)
    return emptied


def _why_not(
    one: CodedNotice, served: set[str], suspended: set[str], pivots: Mapping[str, bytes], at: dt.datetime
) -> PortalNoticeState:
    if one.institution not in served:
        return PortalNoticeState.REFUSED
    if one.expires_at <= at:
        return PortalNoticeState.EXPIRED
    if one.institution in suspended:
        return PortalNoticeState.WAITING
    # Too long a time, or a number that names another person's notice.
    is_known = one.notice_id in pivots or one.expires_at > at + portal().longest + _A_DAY
    return PortalNoticeState.REFUSED if is_known else PortalNoticeState.NO_CODE


def _standing(asked: Sequence[Row], at: dt.datetime) -> dict[str, PortalNoticeProgress]:
    return {row["notice_id"]: PortalNoticeProgress(**row) for row in rows(_STANDING, [at, listed(asked)])}


def _counted(items: Sequence[CodedNotice], told: Sequence[PortalNoticeProgress]) -> Row:
    return {
        "institutions": sorted({one.institution for one in items}),
        "count": len(items),
        "states": dict(Counter(one.state.value for one in told)),
    }
