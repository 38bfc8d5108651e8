"""Corrections of what was provided, carried from the provider to the inquirer and recorded (個人情報保護法97条)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.nodes.sql import listed, rows, run
from tasuki.protocol.envelope import listing
from tasuki.protocol.messages import Accepted
from tasuki.protocol.portal import portal
from tasuki.protocol.record_messages import Correction
from tasuki.protocol.records import records
from tasuki.shared.actor import Actor

# Only the gateway that serves the provider may speak of what it provided, and only of an exchange that was permitted.
_KNOWN = """
SELECT r.transaction_number::text AS number, r.data_set, r.ordinal
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, inquirer text, provider text, data_set text,
  ordinal bigint)
JOIN network_permit p ON p.transaction_number = r.transaction_number AND p.inquirer = r.inquirer
  AND p.provider = r.provider AND p.decision = 'permitted' AND r.data_set = ANY(p.data_sets)
JOIN network_institution i ON i.institution = r.provider AND i.gateway = %s
"""

# No gateway waits for what the portal was given: whoever asked sees it in the answer.
_KEEP = """
INSERT INTO network_correction (transaction_number, data_set, ordinal, kind, corrected_at, noted_at, delivered_at)
SELECT transaction_number, data_set, ordinal, kind, corrected_at, %(at)s,
  CASE WHEN inquirer = %(portal)s THEN %(at)s END
FROM jsonb_to_recordset(%(told)s::jsonb) AS r(transaction_number uuid, inquirer text, data_set text, ordinal bigint,
  kind text, corrected_at timestamptz)
ON CONFLICT DO NOTHING
RETURNING transaction_number::text AS number, data_set, ordinal, kind
"""
_OWN = """
UPDATE network_self_inquiry i SET corrected_at = greatest(i.corrected_at, r.corrected_at)
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, corrected_at timestamptz)
WHERE i.transaction_number = r.transaction_number
"""


@transaction.atomic(savepoint=False)
def keep_corrections(*, items: Sequence[Correction], gateway: str, by: Actor, at: dt.datetime) -> list[Accepted]:
    """Record corrections that a provider's gateway tells of, to be carried to the inquirers' gateways, once each.

    :param gateway: who tells; it is heard about providers it serves only.
    """
    plain = [item.model_dump(mode="json") for item in items]
    known = {(row["number"], row["data_set"], row["ordinal"]) for row in rows(_KNOWN, [listed(plain), gateway])}
    ours = [one for one in plain if (one["transaction_number"], one["data_set"], one["ordinal"]) in known]
    kept = rows(_KEEP, {"at": at, "portal": portal().institution, "told": listed(ours)})
    run(_OWN, [listed(one for one in ours if one["inquirer"] == portal().institution)])
    parties = {one["transaction_number"]: {key: one[key] for key in ("inquirer", "provider")} for one in ours}
    article = {"article": records().corrections["information"], "by": str(by)}
    append_many(
        entries=[
            Entry(
                EntryKind.CORRECTION_TOLD,
                parties[row["number"]] | {key: row[key] for key in ("data_set", "ordinal", "kind")} | article,
                row["number"],
            )
            for row in kept
        ],
        at=at,
    )
    return [
        Accepted(accepted=True)
        if (item.transaction_number, item.data_set, item.ordinal) in known
        else Accepted(accepted=False, reason="no such exchange of a provider the sender serves")
        for item in items
    ]


@transaction.atomic(savepoint=False)
def mark_delivered(*, corrections: Sequence[Correction], by: Actor, at: dt.datetime) -> int:
    """Remember that the inquirer's gateway has these corrections."""
    del by  # That gateway records what it heard; here only a duty ends.
    return run(
        "UPDATE network_correction c SET delivered_at = %s FROM jsonb_to_recordset(%s::jsonb)"
        " AS r(transaction_number uuid, data_set text, ordinal bigint)"
        " WHERE c.transaction_number = r.transaction_number AND c.data_set = r.data_set AND c.ordinal = r.ordinal"
        " AND c.delivered_at IS NULL",
        [at, listing(corrections)],
    )
