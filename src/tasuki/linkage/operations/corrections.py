"""Hearing that another town corrected or withdrew what it had answered (個人情報保護法97条)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.nodes.sql import rows
from tasuki.protocol.envelope import listing
from tasuki.protocol.record_messages import Correction, CorrectionRead
from tasuki.protocol.records import records
from tasuki.shared.actor import Actor

_STORE = """
INSERT INTO linkage_correction (transaction_number, data_set, ordinal, kind, corrected_at, heard_at)
SELECT i.transaction_number, r.data_set, r.ordinal, r.kind, r.corrected_at, %s::timestamptz
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, provider text, data_set text, ordinal bigint,
  kind text, corrected_at timestamptz)
JOIN linkage_inquiry i ON i.transaction_number = r.transaction_number AND i.provider = r.provider
ON CONFLICT DO NOTHING
RETURNING transaction_number::text AS number, data_set, ordinal, kind
"""


def fetch_corrections(*, institution: str, link: Link, by: Actor, at: dt.datetime) -> int:
    """Take over from the gateway what was corrected elsewhere, and tell it that it is safe here; return how many.

    :raises ExchangeFailed: when the gateway cannot be had; what was stored is told again, and changes nothing then.
    """
    waiting = link.corrections(institution)
    if not waiting:
        return 0
    stored = store_corrections(corrections=waiting, by=by, at=at)
    link.corrections_read(
        [
            CorrectionRead(
                institution=institution,
                transaction_number=one.transaction_number,
                data_set=one.data_set,
                ordinal=one.ordinal,
            )
            for one in waiting
        ]
    )
    return stored


@transaction.atomic
def store_corrections(*, corrections: Sequence[Correction], by: Actor, at: dt.datetime) -> int:
    """Keep corrections of answers to our inquiries, once each, and record them; return how many are new."""
    stored = rows(_STORE, [at, listing(corrections)])
    article = {"article": records().corrections["information"], "by": str(by)}
    append_many(
        entries=[
            Entry(
                EntryKind.CORRECTION_HEARD,
                {key: row[key] for key in ("data_set", "ordinal", "kind")} | article,
                row["number"],
            )
            for row in stored
        ],
        at=at,
    )
    return len(stored)
