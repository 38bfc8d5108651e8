"""Notices to the portal on their way through the gateway (お知らせ): the person's number becomes a linkage code."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import listed, rows
from tasuki.protocol.portal import portal
from tasuki.protocol.portal_messages import (
    CodedNotice,
    PortalNotice,
    PortalNoticeAsked,
    PortalNoticeProgress,
    PortalNoticeState,
)
from tasuki.shared.actor import Actor

_PEOPLE = """
SELECT r.notice_id, p.linkage_code, p.hold
FROM jsonb_to_recordset(%s::jsonb) AS r(notice_id text, institution text, person text)
JOIN gateway_person p ON p.institution = r.institution AND p.unified_person_number = r.person
"""


@transaction.atomic(savepoint=False)
def record_notices(
    *, items: Sequence[PortalNotice], by: Actor, at: dt.datetime
) -> tuple[list[CodedNotice], list[PortalNoticeProgress]]:
    """Record notices before they leave; give those to send on, and what becomes of the others.

    Whoever has no code cannot be reached. Nothing leaves about somebody on hold, nor about somebody never heard of:
    nobody said yet that it may.
    """
    asked = [
        {"notice_id": one.notice_id, "institution": one.institution, "person": one.unified_person_number}
        for one in items
    ]
    known = {row["notice_id"]: row for row in rows(_PEOPLE, [listed(asked)])}
    leaving: list[CodedNotice] = []
    kept: list[PortalNoticeProgress] = []
    for one in items:
        person = known.get(one.notice_id)
        if person is None or person["hold"]:
            kept.append(PortalNoticeProgress(notice_id=one.notice_id, state=PortalNoticeState.HELD, at=at))
        elif person["linkage_code"] is None:
            kept.append(PortalNoticeProgress(notice_id=one.notice_id, state=PortalNoticeState.NO_CODE, at=at))
        else:
            content = one.model_dump(exclude={"unified_person_number"})
            leaving.append(CodedNotice(**content, linkage_code=person["linkage_code"]))
    body = {
        "institutions": sorted({one.institution for one in items}),
        "count": len(items),
        "leaving": len(leaving),
        "kept": dict(Counter(one.state.value for one in kept)),
        "article": portal().notices_article,
        "by": str(by),
    }
    append(kind=EntryKind.PORTAL_NOTICES_CARRIED, body=body, at=at)
    return leaving, kept


@transaction.atomic(savepoint=False)
def record_take_back(*, items: Sequence[PortalNoticeAsked], by: Actor, at: dt.datetime) -> int:
    """Record how many of these are to be taken back, before the network hears of it. Asking alone is no act."""
    back = [one for one in items if one.take_back]
    if back:
        body = {"institutions": sorted({one.institution for one in back}), "asked": len(back), "by": str(by)}
        append(kind=EntryKind.PORTAL_NOTICES_TAKEN_BACK, body=body, at=at)
    return len(back)
