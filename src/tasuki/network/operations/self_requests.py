"""What people ask about themselves through the portal (自己情報): taken, told, and let go of again.

How their inquiries go their way is in `self_inquiries`.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence, Set

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.network.operations.holders import tell_holders
from tasuki.network.queries import portal_member, self_progress
from tasuki.network.self_limits import over_limit, take_turns
from tasuki.network.types import InstitutionClass, Permission
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.messages import State
from tasuki.protocol.portal import portal
from tasuki.protocol.seeking import HoldersAsked
from tasuki.protocol.self_messages import SelfAnswersAsked, SelfOutcome, SelfProgress, SelfRequested
from tasuki.protocol.transitions import Party, sources, step_taken
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_KNOWN = """
SELECT r.request_number, r.portal_code, c.pivot IS NOT NULL AS is_ours, s.portal_code AS used_code, s.answer_key
FROM jsonb_to_recordset(%s::jsonb) AS r(request_number text, portal_code text)
LEFT JOIN network_issued_code c ON c.institution = %s AND c.linkage_code = r.portal_code
LEFT JOIN network_self_request s ON s.request_number = r.request_number::uuid
"""
_KEEP = """
INSERT INTO network_self_request (request_number, portal_code, answer_key, requested_at, expires_at)
SELECT request_number, portal_code, answer_key, %s::timestamptz, %s::timestamptz
FROM jsonb_to_recordset(%s::jsonb) AS r(request_number uuid, portal_code text, answer_key text)
ON CONFLICT DO NOTHING RETURNING request_number::text AS number
"""
_ASK = """
INSERT INTO network_self_inquiry
 (transaction_number, request_number, institution, linkage_code, provider, provider_gateway, data_sets,
  refused_data_sets, procedure, department, non_disclosure, requested_at, state, state_at, basis, reason, attempts,
  next_attempt_at, receipt_due, sealed)
SELECT transaction_number, request_number, institution, linkage_code, provider, '', data_sets, '{}', procedure,
  department, false, %(at)s, state, %(at)s, '', '', 0, %(at)s, false, ''
FROM jsonb_to_recordset(%(asked)s::jsonb) AS r(transaction_number uuid, request_number uuid, institution text,
  linkage_code text, provider text, data_sets text[], procedure text, department text, state text)
"""
_FETCH = """
UPDATE network_self_inquiry i SET fetched_at = %(at)s
FROM jsonb_to_recordset(%(asked)s::jsonb) AS r(request_number uuid, portal_code text)
JOIN network_self_request s ON s.request_number = r.request_number AND s.portal_code = r.portal_code
WHERE i.request_number = s.request_number AND i.sealed <> '' AND i.fetched_at IS NULL AND s.expires_at > %(at)s
RETURNING i.transaction_number::text AS number
"""
# Also where the provider's gateway does not know yet how it ended: content does not wait for that.
_PURGE = """
UPDATE network_self_inquiry i SET sealed = '',
  state = CASE WHEN i.state = ANY(%(received)s) THEN 'purged' ELSE i.state END,
  state_at = CASE WHEN i.state = ANY(%(received)s) THEN %(at)s ELSE i.state_at END
FROM network_self_request s
WHERE s.request_number = i.request_number AND i.sealed <> ''
  AND (i.fetched_at <= %(fetched)s OR s.expires_at <= %(at)s)
RETURNING i.transaction_number::text AS number, i.institution, i.provider, i.state
"""


@transaction.atomic(savepoint=False)
def take_requests(
    *,
    items: Sequence[SelfRequested],
    permissions: Sequence[Permission],
    new_id: Callable[[dt.datetime], str],
    by: Actor,
    at: dt.datetime,
) -> list[SelfProgress]:
    """Take what people ask about themselves, once each, and make an inquiry of every institution that is asked.

    A code the network did not issue to the portal is refused, and so is a number that names another request, and
    whatever is more than a person may ask. Refusals are recorded; nothing leaves yet.
    """
    take_turns([one.portal_code for one in items])
    lawful = _lawful_data_sets(permissions, civil_date(at))
    named = [one.model_dump(include={"request_number", "portal_code"}) for one in items]
    known = {_name(row): row for row in rows(_KNOWN, [listed(named), portal().institution])}
    refused = {_name(one): why for one in items if (why := _why_not(one, known[_name(one)], lawful))}
    fresh = {
        one.request_number: one for one in items if _name(one) not in refused and known[_name(one)]["used_code"] is None
    }
    holders = _holders([one for one in fresh.values() if not one.providers], permissions, by, at)
    inquiries = {number: _inquiries(one, holders, lawful, new_id, at) for number, one in fresh.items()}
    too_many = over_limit(list(fresh.values()), inquiries, at)
    refused |= {_name(fresh[number]): SelfOutcome.TOO_MANY for number in too_many}
    plain = [
        one.model_dump(include={"request_number", "portal_code", "answer_key"})
        for number, one in fresh.items()
        if number not in too_many
    ]
    new = [fresh[row["number"]] for row in rows(_KEEP, [at, at + portal().own_results.kept, listed(plain)])]
    asked = [row for one in new for row in inquiries[one.request_number]]
    run(_ASK, {"at": at, "asked": listed(asked)})
    append_many(entries=[*_request_entries(items, new, refused, by), *_sent_entries(asked, by, at)], at=at)
    told = self_progress(named, at)
    return [
        told[_name(one)]
        if _name(one) in told and _name(one) not in refused
        # Nothing is told of whatever else the number names.
        else SelfProgress(
            request_number=one.request_number,
            outcome=refused.get(_name(one), SelfOutcome.NUMBER_USED),
            again_at=too_many.get(one.request_number),
        )
        for one in items
    ]


def _name(one: SelfRequested | Row) -> tuple[str, str]:
    return (
        (one["request_number"], one["portal_code"]) if isinstance(one, dict) else (one.request_number, one.portal_code)
    )


def _why_not(one: SelfRequested, known: Row, lawful: Sequence[str]) -> SelfOutcome | None:
    if not known["is_ours"]:
        return SelfOutcome.CODE_UNKNOWN
    if known["used_code"] is None:
        return None if lawful else SelfOutcome.NO_LEGAL_BASIS
    is_same = (known["used_code"], known["answer_key"]) == (one.portal_code, one.answer_key)
    return None if is_same else SelfOutcome.NUMBER_USED


def _lawful_data_sets(permissions: Sequence[Permission], on: dt.date) -> list[str]:
    """Return what may be disclosed to people themselves on a day."""
    procedure = portal().own_results.procedure
    rows_of_law = [
        row
        for row in permissions
        if row.procedure == procedure and row.inquirer is InstitutionClass.PORTAL and row.in_force(on)
    ]
    return sorted({code for row in rows_of_law for code in row.data_sets})


def _holders(
    items: Sequence[SelfRequested], permissions: Sequence[Permission], by: Actor, at: dt.datetime
) -> Mapping[str, list[str]]:
    """Return, by request, every institution that has a code of the person and may be asked."""
    if not items:
        return {}
    own = portal().own_results
    asked = [
        HoldersAsked(
            transaction_number=one.request_number,
            inquirer=portal().institution,
            inquirer_code=one.portal_code,
            procedure=own.procedure,
            department=own.department,
            requested_at=at,
        )
        for one in items
    ]
    told = tell_holders(items=asked, permissions=permissions, by=by, at=at, portal=portal_member())
    return {one.transaction_number: one.institutions for one in told}


def _inquiries(
    one: SelfRequested,
    holders: Mapping[str, list[str]],
    lawful: Sequence[str],
    new_id: Callable[[dt.datetime], str],
    at: dt.datetime,
) -> list[Row]:
    providers = one.providers or holders[one.request_number]
    return [
        {
            "transaction_number": new_id(at),
            "request_number": one.request_number,
            "institution": portal().institution,
            "linkage_code": one.portal_code,
            "provider": provider,
            "data_sets": one.data_sets or lawful,
            "procedure": portal().own_results.procedure,
            "department": portal().own_results.department,
            "state": State.SENT.value,
        }
        for provider in dict.fromkeys(providers)
    ]


def _request_entries(
    items: Sequence[SelfRequested],
    new: Sequence[SelfRequested],
    refused: Mapping[tuple[str, str], SelfOutcome],
    by: Actor,
) -> list[Entry]:
    kept = [
        Entry(
            EntryKind.SELF_REQUESTED,
            {
                **one.model_dump(include={"request_number", "providers", "data_sets"}),
                "code": one.portal_code,
                "article": portal().own_results.article,
                "by": str(by),
            },
            one.request_number,
        )
        for one in new
    ]
    return kept + [
        Entry(
            EntryKind.SELF_REQUEST_REFUSED,
            {"request_number": one.request_number, "code": one.portal_code, "why": refused[_name(one)], "by": str(by)},
            one.request_number,
        )
        for one in items
        if _name(one) in refused
    ]


def _sent_entries(asked: Sequence[Row], by: Actor, at: dt.datetime) -> list[Entry]:
    return [
        Entry(
            EntryKind.INQUIRY_SENT,
            row | {"requested_at": wire_time(at), **step_taken(Party.INQUIRER, row["state"]), "by": str(by)},
            row["transaction_number"],
        )
        for row in asked
    ]


@transaction.atomic(savepoint=False)
def fetch_answers(*, items: Sequence[SelfAnswersAsked], by: Actor, at: dt.datetime) -> list[SelfProgress]:
    """Give the portal what institutions answered, still sealed, and say how the rest stands.

    Fetched again, as after a lost reply, it is the same, until its time is over.
    """
    asked = [one.model_dump() for one in items]
    new = {row["number"] for row in rows(_FETCH, {"at": at, "asked": listed(asked)})}
    told = self_progress(asked, at)
    found = [
        told.get((one.request_number, one.portal_code))
        or SelfProgress(request_number=one.request_number, outcome=SelfOutcome.UNKNOWN)
        for one in items
    ]
    append_many(entries=[_fetched_entry(item, one, new, by) for item, one in zip(items, found, strict=True)], at=at)
    return found


def _fetched_entry(item: SelfAnswersAsked, told: SelfProgress, new: Set[str], by: Actor) -> Entry:
    given = [one.transaction_number for one in told.answers if one.sealed]
    body = {
        **item.model_dump(include={"request_number"}),
        "code": item.portal_code,
        "outcome": told.outcome.value,
        "given": given,
        "new": [number for number in given if number in new],
        "by": str(by),
    }
    return Entry(EntryKind.SELF_ANSWERS_FETCHED, body, item.request_number)


@transaction.atomic(savepoint=False)
def purge_answers(*, by: Actor, at: dt.datetime) -> int:
    """Delete the content of answers that were fetched, or that nobody fetched in time; the exchange records stay."""
    times = {"at": at, "fetched": at - portal().own_results.after_fetch}
    purged = rows(_PURGE, times | {"received": sources(Party.INQUIRER, State.PURGED)})
    append_many(
        entries=[
            Entry(
                EntryKind.ANSWER_PURGED,
                row | {**step_taken(Party.INQUIRER, State.PURGED), "by": str(by)},
                row["number"],
            )
            for row in purged
        ],
        at=at,
    )
    return len(purged)
