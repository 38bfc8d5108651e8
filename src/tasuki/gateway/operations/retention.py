"""Exchange records whose retention is over go, at a gateway (番号法23条, 番号法施行令30条)."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.purging import purge_exchanges
from tasuki.gateway.closing import moved_away, moving
from tasuki.nodes.sql import run
from tasuki.protocol.records import Purged, kept_since, records
from tasuki.shared.actor import Actor

# What has not ended, or of which the others are still to be told, stays whatever its age; of who moved away, that is
# for the new gateway. Of who is moving right now nothing is touched.
_INQUIRIES = """
DELETE FROM gateway_inquiry WHERE (institution, transaction_number) IN (
  SELECT institution, transaction_number FROM gateway_inquiry i
  WHERE requested_at < %(before)s AND greatest(state_at, provided_at, read_at) < %(before)s
    AND (institution = ANY(%(gone)s) OR state NOT IN ('sent', 'permitted', 'held') AND NOT EXISTS (
      SELECT 1 FROM gateway_receipt_due d
      WHERE d.institution = i.institution AND d.transaction_number = i.transaction_number))
    AND NOT institution = ANY(%(closing)s)
  LIMIT %(most)s)
"""
_PROVISIONS = """
DELETE FROM gateway_provision WHERE (institution, transaction_number) IN (
  SELECT institution, transaction_number FROM gateway_provision
  WHERE requested_at < %(before)s AND greatest(notified_at, provided_at, received_at) < %(before)s
    AND (state NOT IN ('held', 'released') OR institution = ANY(%(gone)s)) AND NOT institution = ANY(%(closing)s)
  LIMIT %(most)s)
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
    gone = moving()
    away = moved_away()
    parameters = {"before": limit, "most": most, "gone": away, "closing": [one for one in gone if one not in away]}
    run("DELETE FROM gateway_correction WHERE corrected_at < %s AND passed_at IS NOT NULL", [limit])
    run("DELETE FROM gateway_record_correction WHERE noted_at < %s AND passed_at IS NOT NULL", [limit])
    return Purged(run(_INQUIRIES, parameters) + run(_PROVISIONS, parameters), evidence)
