"""Corrections of exchange records that wait for a second person."""

from tasuki.linkage.types.records import ProposedCorrection, WaitingCorrection
from tasuki.nodes.sql import rows
from tasuki.protocol.amending import CorrectedField, CorrectionGround
from tasuki.protocol.messages import Direction


def waiting_corrections() -> list[WaitingCorrection]:
    """Return the proposals that nobody decided yet, the oldest first."""
    found = rows(
        "SELECT correction::text, transaction_number::text, direction, other, field, value, ground, note, proposed_at,"
        " proposed_by FROM linkage_record_correction WHERE decided_at IS NULL ORDER BY proposed_at, correction"
    )
    return [
        WaitingCorrection(
            ProposedCorrection(
                row["correction"],
                row["transaction_number"],
                Direction(row["direction"]),
                row["other"],
                CorrectedField(row["field"]),
                row["value"],
                CorrectionGround(row["ground"]),
                row["note"],
            ),
            row["proposed_at"],
            row["proposed_by"],
        )
        for row in found
    ]
