"""Records of what this town asked whose retention is over go (番号法23条, 番号法施行令30条)."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.purging import purge_exchanges
from tasuki.nodes.sql import run
from tasuki.protocol.records import Purged, kept_since, records
from tasuki.shared.actor import Actor

# An answer whose content is still here is purged first, by its own and much shorter period.
_INQUIRIES = """
DELETE FROM linkage_inquiry WHERE transaction_number IN (
  SELECT transaction_number FROM linkage_inquiry
  WHERE requested_at < %(before)s AND greatest(state_at, received_at, adopted_at, purged_at) < %(before)s
    AND state NOT IN ('created', 'sent', 'permitted', 'held', 'received')
  LIMIT %(most)s)
"""


@transaction.atomic
def purge_records(*, by: Actor, at: dt.datetime, before: dt.datetime | None = None, most: int = 20_000) -> Purged:
    """Delete the records of inquiries whose retention is over, with their evidence, and return how much went.

    Which evidence goes is recorded first; its hashes stay, so the log still verifies. What was adopted stays part of
    the person's history.

    :param before: an earlier day to stop at; none for the end of the retention.
    :raises TooEarlyError: when records still to be kept would go.
    """
    limit = kept_since(at, before)
    article = records().retention(at.date()).article
    evidence = purge_exchanges(before=limit, retention=article, by=str(by), at=at, most=most)
    run("DELETE FROM linkage_correction WHERE corrected_at < %s", [limit])
    run("DELETE FROM linkage_portal_notice WHERE expires_at < %s", [limit])
    return Purged(run(_INQUIRIES, {"before": limit, "most": most}), evidence)
