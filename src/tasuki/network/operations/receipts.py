"""How inquiries ended: what the network adds to its exchange records (番号法23条3項)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.nodes.sql import listed, rows
from tasuki.protocol.messages import Accepted, Receipt
from tasuki.shared.actor import Actor

_UPDATE = """
UPDATE network_permit p SET outcome = r.state, provided_at = r.provided_at, received_at = r.received_at
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, inquirer text, provider text, state text,
  provided_at timestamptz, received_at timestamptz)
WHERE p.transaction_number = r.transaction_number AND p.inquirer = r.inquirer AND p.provider = r.provider
  AND p.outcome = ''
RETURNING p.transaction_number::text
"""


@transaction.atomic(savepoint=False)
def keep_receipts(*, receipts: Sequence[Receipt], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Add the end of each inquiry to the network's record of it, once; unknown inquiries are refused by name."""
    plain = [receipt.model_dump(mode="json") for receipt in receipts]
    changed = {row["transaction_number"] for row in rows(_UPDATE, [listed(plain)])}
    append_many(
        entries=[
            Entry(EntryKind.ANSWER_RECEIVED, receipt | {"by": str(by)}, receipt["transaction_number"])
            for receipt in plain
            if receipt["transaction_number"] in changed
        ],
        at=at,
    )
    known = {
        row["number"]
        for row in rows(
            "SELECT transaction_number::text AS number FROM network_permit WHERE transaction_number = ANY(%s::uuid[])",
            [[receipt.transaction_number for receipt in receipts]],
        )
    }
    return [
        Accepted(accepted=True)
        if receipt.transaction_number in known
        else Accepted(accepted=False, reason="no such inquiry")
        for receipt in receipts
    ]
