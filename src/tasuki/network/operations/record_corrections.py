"""Corrections of exchange records, kept beside the network's own record and carried to the other side (番号法31条)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.protocol.envelope import listing
from tasuki.protocol.messages import Accepted
from tasuki.protocol.record_messages import RecordCorrection
from tasuki.protocol.records import records
from tasuki.shared.actor import Actor

# Only the gateway that serves an institution speaks of its records, and only of an exchange it took part in.
_KEEP = """
INSERT INTO network_record_correction (correction, transaction_number, institution, other, direction, field, former,
  value, ground, decided_at, noted_at)
SELECT r.correction, r.transaction_number, r.institution, r.other, r.direction, r.field,
  coalesce((SELECT c.value FROM network_record_correction c
    WHERE c.transaction_number = r.transaction_number AND c.field = r.field
    ORDER BY c.decided_at DESC, c.correction DESC LIMIT 1),
    CASE r.field WHEN 'procedure' THEN p.procedure ELSE p.department END),
  r.value, r.ground, r.decided_at, %(at)s
FROM jsonb_to_recordset(%(told)s::jsonb) AS r(correction uuid, transaction_number uuid, institution text, other text,
  direction text, field text, value text, ground text, decided_at timestamptz)
JOIN network_institution i ON i.institution = r.institution AND i.gateway = %(gateway)s
JOIN network_permit p ON p.transaction_number = r.transaction_number
  AND p.inquirer = CASE r.direction WHEN 'inquired' THEN r.institution ELSE r.other END
  AND p.provider = CASE r.direction WHEN 'inquired' THEN r.other ELSE r.institution END
ON CONFLICT DO NOTHING
RETURNING correction::text, transaction_number::text AS number, institution, other, direction, field, former, value,
  ground
"""


@transaction.atomic(savepoint=False)
def keep_record_corrections(
    *, items: Sequence[RecordCorrection], gateway: str, by: Actor, at: dt.datetime
) -> list[Accepted]:
    """Keep corrections that a gateway tells of, once each, to be carried to the other side of each exchange.

    :param gateway: who tells; it is heard about institutions it serves only.
    """
    told = listing(items)
    new = rows(_KEEP, {"told": told, "gateway": gateway, "at": at})
    article = {"article": records().corrections["record"], "by": str(by)}
    append_many(
        entries=[Entry(EntryKind.RECORD_CORRECTED, row | article, row.pop("number")) for row in new],
        at=at,
    )
    found = rows(
        "SELECT c.correction::text FROM network_record_correction c"
        " JOIN network_institution i ON i.institution = c.institution AND i.gateway = %s"
        " WHERE c.correction = ANY(%s::uuid[])",
        [gateway, [item.correction for item in items]],
    )
    known = {row["correction"] for row in found}
    return [
        Accepted(accepted=True)
        if item.correction in known
        else Accepted(accepted=False, reason="no such exchange of an institution the sender serves")
        for item in items
    ]


@transaction.atomic(savepoint=False)
def mark_record_corrections_delivered(*, items: Sequence[RecordCorrection], by: Actor, at: dt.datetime) -> int:
    """Remember that the other side's gateway has these corrections."""
    del by  # That gateway records what it heard; here only a duty ends.
    return run(
        "UPDATE network_record_correction SET delivered_at = %s"
        " WHERE correction = ANY(%s::uuid[]) AND delivered_at IS NULL",
        [at, [item.correction for item in items]],
    )
