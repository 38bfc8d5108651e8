"""Exchange records whose retention is over go, at the network (番号法23条3項, 番号法施行令30条)."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.purging import purge_exchanges
from tasuki.nodes.sql import run
from tasuki.protocol.records import Purged, kept_since, records
from tasuki.shared.actor import Actor

_PERMITS = """
DELETE FROM network_permit WHERE transaction_number IN (
  SELECT transaction_number FROM network_permit
  WHERE requested_at < %(before)s AND greatest(decided_at, provided_at, received_at) < %(before)s
    AND (outcome <> '' OR decision <> 'permitted')
  LIMIT %(most)s)
"""
# What a person asked about themselves is the portal's own record as well, which the network keeps for it.
_SELF_INQUIRIES = """
DELETE FROM network_self_inquiry WHERE transaction_number IN (
  SELECT transaction_number FROM network_self_inquiry
  WHERE requested_at < %(before)s AND greatest(state_at, provided_at) < %(before)s AND next_attempt_at IS NULL
    AND NOT receipt_due
  LIMIT %(most)s)
"""
_SELF_REQUESTS = """
DELETE FROM network_self_request s WHERE requested_at < %s
  AND NOT EXISTS (SELECT 1 FROM network_self_inquiry i WHERE i.request_number = s.request_number)
"""


@transaction.atomic
def purge_records(*, by: Actor, at: dt.datetime, before: dt.datetime | None = None, most: int = 20_000) -> Purged:
    """Delete exchange records whose retention is over, with their evidence, and return how much went.

    Which evidence goes is recorded first; its hashes stay, so the log still verifies.

    :param before: an earlier day to stop at; none for the end of the retention.
    :raises TooEarlyError: when records still to be kept would go.
    """
    limit = kept_since(at, before)
    article = records().retention(at.date()).article
    evidence = purge_exchanges(before=limit, retention=article, by=str(by), at=at, most=most)
    run("DELETE FROM network_correction WHERE corrected_at < %s", [limit])
    which = {"before": limit, "most": most}
    gone = run(_PERMITS, which) + run(_SELF_INQUIRIES, which)
    run(_SELF_REQUESTS, [limit])
    return Purged(gone, evidence)
