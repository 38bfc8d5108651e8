"""How inquiries ended: what the network adds to its exchange records (番号法23条3項), told or not told in time."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.network.queries import members
from tasuki.nodes.sql import listed, rows
from tasuki.protocol.messages import Receipt, ReceiptKept, State
from tasuki.protocol.transitions import Party, sources, step_taken, steps, table
from tasuki.shared.actor import Actor

# What is ended is no longer open. The record comes first, so that whoever ends it otherwise meanwhile waits there.
_ENDING = """
WITH ended AS (
{}
RETURNING p.transaction_number, p.inquirer, p.provider
), closed AS (
  DELETE FROM network_open_permit o USING ended WHERE o.transaction_number = ended.transaction_number
)
SELECT transaction_number::text AS number, inquirer, provider FROM ended
"""
_TOLD = _ENDING.format("""
UPDATE network_permit p SET outcome = r.state, provided_at = r.provided_at, received_at = r.received_at,
  non_disclosure = p.non_disclosure OR r.non_disclosure
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, inquirer text, provider text, state text,
  provided_at timestamptz, received_at timestamptz, non_disclosure boolean)
WHERE p.transaction_number = r.transaction_number AND p.inquirer = r.inquirer AND p.provider = r.provider
  AND (coalesce(nullif(p.outcome, ''), p.decision), r.state) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
""")
_LAPSED = _ENDING.format("""
UPDATE network_permit p SET outcome = 'lapsed' FROM network_open_permit o
WHERE o.valid_until < %s AND p.transaction_number = o.transaction_number AND p.outcome = '' AND p.decision = ANY(%s)
""")


@transaction.atomic(savepoint=False)
def keep_receipts(*, receipts: Sequence[Receipt], by: Actor, at: dt.datetime) -> list[ReceiptKept]:
    """Add the end of each inquiry to the network's record of it, once.

    Unknown inquiries are refused by name, and so are ends that the table of transitions does not lead to. Word that
    comes after the network itself had ended the wait still counts: it tells what was really provided. Each reply names
    the gateway that serves the provider now, which is to hear of the end as well.
    """
    plain = [receipt.model_dump(mode="json") for receipt in receipts]
    changed = {row["number"] for row in rows(_TOLD, [listed(plain), *steps(Party.NETWORK)])}
    append_many(
        entries=[
            Entry(
                EntryKind.ANSWER_RECEIVED,
                receipt | {**step_taken(Party.NETWORK, receipt["state"]), "by": str(by)},
                receipt["transaction_number"],
            )
            for receipt in plain
            if receipt["transaction_number"] in changed
        ],
        at=at,
    )
    stand = {
        row["number"]: row["state"]
        for row in rows(
            "SELECT transaction_number::text AS number, coalesce(nullif(outcome, ''), decision) AS state"
            " FROM network_permit WHERE transaction_number = ANY(%s::uuid[])",
            [[receipt.transaction_number for receipt in receipts]],
        )
    }
    serves = {code: member.gateway for code, member in members(receipt.provider for receipt in receipts).items()}
    return [
        _reply(receipt, stand.get(receipt.transaction_number), serves.get(receipt.provider, "")) for receipt in receipts
    ]


def _reply(receipt: Receipt, state: str | None, gateway: str) -> ReceiptKept:
    if state is None:
        return ReceiptKept(accepted=False, reason="no such inquiry", provider_gateway=gateway)
    if state != receipt.state:
        return ReceiptKept(accepted=False, reason="it stands otherwise here", provider_gateway=gateway)
    return ReceiptKept(accepted=True, provider_gateway=gateway)


@transaction.atomic(savepoint=False)
def lapse_permits(*, by: Actor, at: dt.datetime) -> int:
    """End permits whose validity is long over and of which nobody told how they ended, and record each end."""
    lapsed = rows(_LAPSED, [at - table().period("receipt"), sources(Party.NETWORK, State.LAPSED)])
    append_many(
        entries=[
            Entry(
                EntryKind.INQUIRY_LAPSED,
                {
                    "inquirer": row["inquirer"],
                    "provider": row["provider"],
                    **step_taken(Party.NETWORK, State.LAPSED),
                    "by": str(by),
                },
                row["number"],
            )
            for row in lapsed
        ],
        at=at,
    )
    return len(lapsed)
