"""What the network tells a person through the portal: notices, requests, whom they may ask, who asked about them.

Each of these is an answer about somebody, so its record is written first, in the same transaction.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.network.operations.holders import tell_holders
from tasuki.network.operations.notices import fetch_notices
from tasuki.network.queries import portal_member
from tasuki.network.types import Permission
from tasuki.nodes.sql import Row, rows
from tasuki.protocol.messages import State
from tasuki.protocol.portal import portal
from tasuki.protocol.records import kept_since
from tasuki.protocol.seeking import HoldersAsked
from tasuki.protocol.self_messages import SelfState, states_told_as
from tasuki.protocol.self_reading import (
    RECORDS_A_PAGE,
    REQUESTS_TOLD,
    InboxNotice,
    NamedInstitution,
    RecordsPlace,
    SelfHolders,
    SelfInbox,
    SelfRecord,
    SelfRecords,
    SelfStanding,
    record_outcome,
    told_states,
)
from tasuki.shared.actor import Actor

_STANDING = """
SELECT s.request_number::text, s.requested_at, s.expires_at, count(i.transaction_number) AS asked,
  count(i.transaction_number) FILTER (WHERE i.state = ANY(%(waiting)s)) AS waiting
FROM network_self_request s LEFT JOIN network_self_inquiry i ON i.request_number = s.request_number
WHERE s.portal_code = %(code)s AND s.expires_at > %(at)s
GROUP BY s.request_number ORDER BY s.requested_at DESC, s.request_number DESC LIMIT %(most)s
"""
_NAMES = "SELECT institution, name, name_en FROM network_institution WHERE institution = ANY(%s) ORDER BY institution"
# Every code of the person leads from the portal's own through what ties them, and never leaves the network. A record
# somebody found not to be disclosed is not there, and neither is one of which not every party has spoken yet.
_RECORDS = """
SELECT p.transaction_number::text, p.requested_at, p.provided_at, p.inquirer, p.provider, p.data_sets, p.basis,
  coalesce(nullif(p.outcome, ''), p.decision) AS state,
  coalesce(inquirer.name, '') AS inquirer_name, coalesce(inquirer.name_en, '') AS inquirer_name_en,
  coalesce(provider.name, '') AS provider_name, coalesce(provider.name_en, '') AS provider_name_en,
  coalesce(department.value, p.department) AS department, coalesce(procedure.value, p.procedure) AS procedure,
  department.value IS NOT NULL OR procedure.value IS NOT NULL OR EXISTS (
    SELECT 1 FROM network_correction c WHERE c.transaction_number = p.transaction_number) AS is_corrected
FROM network_issued_code mine
JOIN network_issued_code held ON held.pivot = mine.pivot
JOIN network_permit p ON p.inquirer = held.institution AND p.inquirer_code = held.linkage_code
LEFT JOIN network_institution inquirer ON inquirer.institution = p.inquirer
LEFT JOIN network_institution provider ON provider.institution = p.provider
LEFT JOIN LATERAL (SELECT c.value FROM network_record_correction c WHERE c.transaction_number = p.transaction_number
  AND c.field = 'department' ORDER BY c.decided_at DESC, c.correction DESC LIMIT 1) department ON true
LEFT JOIN LATERAL (SELECT c.value FROM network_record_correction c WHERE c.transaction_number = p.transaction_number
  AND c.field = 'procedure' ORDER BY c.decided_at DESC, c.correction DESC LIMIT 1) procedure ON true
WHERE mine.institution = %(portal)s AND mine.linkage_code = %(code)s AND NOT p.non_disclosure
  AND coalesce(nullif(p.outcome, ''), p.decision) = ANY(%(told)s) AND p.requested_at >= %(since)s
  AND (%(before_at)s::timestamptz IS NULL
    OR (p.requested_at, p.transaction_number) < (%(before_at)s::timestamptz, %(before_number)s::uuid))
ORDER BY p.requested_at DESC, p.transaction_number DESC LIMIT %(most)s
"""
_ONE_MORE: Final = 1


@transaction.atomic(savepoint=False)
def tell_inbox(*, portal_code: str, by: Actor, at: dt.datetime) -> SelfInbox:
    """Give the portal a person's notices, and say how their requests stand; a code that is not its own has none."""
    notices = fetch_notices(portal_code=portal_code, by=by, at=at)
    waiting = states_told_as(SelfState.WAITING)
    found = rows(_STANDING, {"code": portal_code, "at": at, "waiting": waiting, "most": REQUESTS_TOLD})
    body = {"code": portal_code, "requests": len(found), "by": str(by)}
    append(kind=EntryKind.SELF_INBOX_TOLD, body=body, at=at)
    names = {one.institution: one for one in _named([notice.institution for notice in notices])}
    return SelfInbox(
        notices=[
            InboxNotice(sender=names[one.institution], kind=one.kind, day=one.day, expires_at=one.expires_at)
            for one in notices
        ],
        requests=[SelfStanding(**row) for row in found],
    )


@transaction.atomic(savepoint=False)
def tell_own_holders(
    *,
    portal_code: str,
    permissions: Sequence[Permission],
    new_id: Callable[[dt.datetime], str],
    by: Actor,
    at: dt.datetime,
) -> SelfHolders:
    """Tell whom a person may ask about themselves: who has a code of theirs, and may be asked on this day."""
    own = portal().own_results
    asked = HoldersAsked(
        transaction_number=new_id(at),
        inquirer=portal().institution,
        inquirer_code=portal_code,
        procedure=own.procedure,
        department=own.department,
        requested_at=at,
    )
    [told] = tell_holders(items=[asked], permissions=permissions, by=by, at=at, portal=portal_member())
    return SelfHolders(institutions=_named(told.institutions))


@transaction.atomic(savepoint=False)
def tell_own_records(*, portal_code: str, before: RecordsPlace | None, by: Actor, at: dt.datetime) -> SelfRecords:
    """Disclose to a person the records of exchanges about them (番号法23条3項), the newest first, and record that.

    Left out without a word is what anybody found not to be disclosed (23条2項), and what is not over.
    """
    values = {
        "portal": portal().institution,
        "code": portal_code,
        "told": told_states(),
        "since": kept_since(at),
        "before_at": before and before.requested_at,
        "before_number": before and before.transaction_number,
        "most": RECORDS_A_PAGE + _ONE_MORE,
    }
    found = rows(_RECORDS, values)
    shown = found[:RECORDS_A_PAGE]
    body = {"code": portal_code, "count": len(shown), "article": portal().records_article, "by": str(by)}
    append(kind=EntryKind.SELF_RECORDS_TOLD, body=body, at=at)
    last = shown[-1] if len(found) > len(shown) else None
    earlier = last and RecordsPlace(
        requested_at=last["requested_at"], transaction_number=last["transaction_number"]
    )  # fmt: skip
    return SelfRecords(records=[_record(row) for row in shown], earlier=earlier)


def _named(institutions: Sequence[str]) -> list[NamedInstitution]:
    return [NamedInstitution(**row) for row in rows(_NAMES, [sorted(set(institutions))])]


def _record(row: Row) -> SelfRecord:
    is_own = row["inquirer"] == portal().institution
    parties: dict[str, Any] = {}
    for side in ("inquirer", "provider"):
        code, name, name_en = row.pop(side), row.pop(f"{side}_name"), row.pop(f"{side}_name_en")
        parties[side] = NamedInstitution(institution=code, name=name or code, name_en=name_en or code)
    if is_own:
        # The portal stands in no registry.
        words = portal().own_results.words
        parties["inquirer"] = NamedInstitution(institution=portal().institution, name=words.ja, name_en=words.en)
    outcome = record_outcome(State(row.pop("state")))
    return SelfRecord(**row, **parties, outcome=outcome, is_own=is_own)
