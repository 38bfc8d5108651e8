"""How exchanges end without an answer, and when the content of an answer goes: cancelled, lapsed, purged, reported."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.closing import MOVED, moving, still_here
from tasuki.nodes.sql import Row, rows, run
from tasuki.protocol.envelope import listing
from tasuki.protocol.inquiring import LONGEST_WAIT
from tasuki.protocol.messages import Accepted, Inquiry, Receipt, State
from tasuki.protocol.transitions import Party, sources, step_taken, table
from tasuki.shared.actor import Actor

_FIRST_HEARD_OF = """
INSERT INTO gateway_inquiry
 (institution, transaction_number, unified_person_number, provider, provider_gateway, data_sets, layouts,
  refused_data_sets, procedure, department, non_disclosure, requested_at, valid_for_seconds, state, state_at, basis,
  reason, attempts)
SELECT institution, transaction_number, unified_person_number, provider, '', data_sets, layouts, '{}', procedure,
  department, non_disclosure, requested_at, valid_for_seconds, 'cancelled', %s, '', '', 0
FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid, unified_person_number text,
  provider text, data_sets text[], layouts text[], procedure text, department text, non_disclosure boolean,
  requested_at timestamptz, valid_for_seconds int)
ON CONFLICT DO NOTHING
RETURNING institution, transaction_number::text AS number, provider
"""

# Whatever ends here is told to the other parties.
_ENDING = """
WITH ended AS (
{}
RETURNING i.institution, i.transaction_number, i.provider
), due AS (
  INSERT INTO gateway_receipt_due (institution, transaction_number)
  SELECT institution, transaction_number FROM ended ON CONFLICT DO NOTHING
)
SELECT institution, transaction_number::text AS number, provider FROM ended
"""
_CANCEL = _ENDING.format("""
UPDATE gateway_inquiry i SET state = 'cancelled', state_at = %s, next_attempt_at = NULL
FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid)
WHERE i.institution = r.institution AND i.transaction_number = r.transaction_number AND i.state = ANY(%s)
""")
# Whatever is open is tried again at some time: the few of those are found, not gone through with all the rest.
_LAPSE = _ENDING.format("""
UPDATE gateway_inquiry i SET state = 'lapsed', state_at = %s, next_attempt_at = NULL
WHERE institution = ANY(%s) AND next_attempt_at IS NOT NULL AND state = ANY(%s)
  AND coalesce(valid_until, requested_at + %s::interval) < %s
""")


@transaction.atomic(savepoint=False)
def cancel_inquiries(*, items: Sequence[Inquiry], by: Actor, at: dt.datetime) -> list[Accepted]:
    """End inquiries that nobody has answered yet, because their town no longer wants to know.

    One that was never heard of is kept as cancelled, so that it does nothing should it still arrive. One that has ended
    stays as it ended.
    """
    content = listing(items)
    cancelled = rows(_FIRST_HEARD_OF, [at, content])
    cancelled += rows(_CANCEL, [at, content, sources(Party.INQUIRER, State.CANCELLED)])
    append_many(entries=[_ended(EntryKind.INQUIRY_CANCELLED, row, State.CANCELLED, by) for row in cancelled], at=at)
    done = {row["number"] for row in cancelled}
    return [
        Accepted(accepted=True)
        if item.transaction_number in done
        else Accepted(accepted=False, reason="it has ended already")
        for item in items
    ]


@transaction.atomic(savepoint=False)
def lapse_inquiries(*, institutions: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """End inquiries whose validity is over without an answer (番号法施行令26条), and record each end."""
    lapsed = rows(
        _LAPSE,
        [at, still_here(institutions), sources(Party.INQUIRER, State.LAPSED), LONGEST_WAIT, at],
    )
    append_many(entries=[_ended(EntryKind.INQUIRY_LAPSED, row, State.LAPSED, by) for row in lapsed], at=at)
    return len(lapsed)


@transaction.atomic(savepoint=False)
def lapse_provisions(*, institutions: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """End what waited for our answer by hand until its validity was over, and record each end."""
    lapsed = rows(
        # Named, so that the index of what waits is seen to hold them: what was only notified is never kept.
        "UPDATE gateway_provision SET state = 'lapsed' WHERE institution = ANY(%s) AND state IN ('held', 'released')"
        " AND state = ANY(%s) AND valid_until < %s RETURNING institution, transaction_number::text AS number, inquirer",
        [still_here(institutions), sources(Party.PROVIDER, State.LAPSED), at],
    )
    entries = [_ended_here(EntryKind.INQUIRY_LAPSED, row, State.LAPSED, by) for row in lapsed]
    append_many(entries=entries, at=at)
    return len(lapsed)


@transaction.atomic(savepoint=False)
def purge_unread(*, institutions: Sequence[str], by: Actor, at: dt.datetime) -> int:
    """Delete the content of answers no town has fetched in time, and record each; the exchange records stay."""
    purged = rows(
        "UPDATE gateway_inquiry i SET state = 'purged', state_at = %s, answer = NULL"
        " WHERE institution = ANY(%s) AND state = 'received' AND state = ANY(%s) AND read_at IS NULL"
        " AND state_at < %s AND NOT EXISTS (SELECT 1 FROM gateway_receipt_due d"
        "   WHERE d.institution = i.institution AND d.transaction_number = i.transaction_number)"
        " RETURNING institution, transaction_number::text AS number, provider",
        [at, still_here(institutions), sources(Party.INQUIRER, State.PURGED), at - table().period("unread")],
    )
    append_many(entries=[_ended(EntryKind.ANSWER_PURGED, row, State.PURGED, by) for row in purged], at=at)
    return len(purged)


def _ended(kind: EntryKind, row: Row, state: State, by: Actor) -> Entry:
    body = {"institution": row["institution"], "provider": row["provider"]}
    return Entry(kind, body | {**step_taken(Party.INQUIRER, state), "by": str(by)}, row["number"])


def _ended_here(kind: EntryKind, row: Row, state: State, by: Actor) -> Entry:
    """Record the end of something that we were asked, rather than asked ourselves."""
    body = {"institution": row["institution"], "inquirer": row["inquirer"]}
    return Entry(kind, body | {**step_taken(Party.PROVIDER, state), "by": str(by)}, row["number"])


_OUTCOMES = """
UPDATE gateway_provision v SET outcome = r.state, received_at = r.received_at
FROM jsonb_to_recordset(%s::jsonb)
  AS r(transaction_number uuid, inquirer text, provider text, state text, received_at timestamptz)
WHERE v.institution = r.provider AND v.transaction_number = r.transaction_number
  AND v.inquirer = r.inquirer AND v.outcome = ''
"""
_CALLED_OFF = """
UPDATE gateway_provision v SET state = 'cancelled'
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, inquirer text, provider text, state text)
WHERE v.institution = r.provider AND v.transaction_number = r.transaction_number AND v.inquirer = r.inquirer
  AND r.state = 'cancelled' AND v.state = ANY(%s)
RETURNING v.institution, v.transaction_number::text AS number, v.inquirer
"""


@transaction.atomic(savepoint=False)
def keep_receipts(*, receipts: Sequence[Receipt], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Add to our exchange records how inquiries ended; what the inquirer called off waits here no longer.

    Of a provider that is moving, its new gateway is to be told.
    """
    gone = moving()
    content = listing(receipt for receipt in receipts if receipt.provider not in gone)
    run(_OUTCOMES, [content])
    called_off = rows(_CALLED_OFF, [content, sources(Party.PROVIDER, State.CANCELLED)])
    entries = [_ended_here(EntryKind.INQUIRY_CANCELLED, row, State.CANCELLED, by) for row in called_off]
    append_many(entries=entries, at=at)
    return [MOVED if receipt.provider in gone else Accepted(accepted=True) for receipt in receipts]
