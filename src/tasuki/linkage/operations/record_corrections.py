"""Correcting an exchange record of ours: one person proposes, another decides, and the other holders hear of it."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append, append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.linkage.gateway_client.dialects import Link
from tasuki.linkage.types.records import CorrectionOutcome, ProposedCorrection
from tasuki.nodes.sql import Row, rows, run
from tasuki.protocol.messages import Direction
from tasuki.protocol.record_messages import RecordCorrection, RecordCorrectionRead
from tasuki.protocol.records import records
from tasuki.shared.actor import Actor

_COLUMNS = """correction::text, transaction_number::text, direction, other, field, value, ground, note, proposed_at,
  proposed_by, decided_at"""


@transaction.atomic
def propose_correction(*, proposed: ProposedCorrection, by: Actor, at: dt.datetime) -> bool:
    """Keep what one person proposes to correct in a record; return False when another proposal about it waits."""
    values = [
        proposed.correction, proposed.transaction_number, proposed.direction.value, proposed.other,
        proposed.field.value, proposed.value, proposed.ground.value, proposed.note, at, str(by),
    ]  # fmt: skip
    if not run(
        "INSERT INTO linkage_record_correction (correction, transaction_number, direction, other, field, value, ground,"
        " note, proposed_at, proposed_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        values,
    ):
        return False
    body = {
        "correction": proposed.correction,
        "direction": proposed.direction.value,
        "field": proposed.field.value,
        "value": proposed.value,
        "ground": proposed.ground.value,
        "by": str(by),
    }
    append(kind=EntryKind.CORRECTION_PROPOSED, body=body, transaction_number=proposed.transaction_number, at=at)
    return True


@transaction.atomic
def return_correction(*, correction: str, reason: str, by: Actor, at: dt.datetime) -> bool:
    """Send a proposal back, so that another can be made; return False when none waits."""
    found = rows(
        "DELETE FROM linkage_record_correction WHERE correction = %s AND decided_at IS NULL"
        " RETURNING transaction_number::text AS number",
        [correction],
    )
    for row in found:
        body = {"correction": correction, "reason": reason, "by": str(by)}
        append(kind=EntryKind.CORRECTION_RETURNED, body=body, transaction_number=row["number"], at=at)
    return bool(found)


@transaction.atomic
def decide_correction(*, correction: str, institution: str, by: Actor, at: dt.datetime) -> CorrectionOutcome:
    """Correct a record as somebody else proposed; the gateway is told next, and tells everybody else."""
    found = rows(
        f"SELECT {_COLUMNS} FROM linkage_record_correction WHERE correction = %s FOR UPDATE",  # noqa: S608 — ours
        [correction],
    )
    if not found or found[0]["decided_at"] is not None:
        return CorrectionOutcome.NOT_PROPOSED
    [row] = found
    if row["proposed_by"] == str(by):
        return CorrectionOutcome.SAME_PERSON
    run(
        "UPDATE linkage_record_correction SET decided_at = %s, decided_by = %s WHERE correction = %s",
        [at, str(by), correction],
    )
    body = {key: row[key] for key in ("correction", "direction", "other", "field", "value", "ground", "proposed_by")}
    body |= {"institution": institution, "article": records().corrections["record"], "by": str(by)}
    append(kind=EntryKind.RECORD_CORRECTED, body=body, transaction_number=row["transaction_number"], at=at)
    return CorrectionOutcome.DECIDED


def send_record_corrections(*, institution: str, link: Link, by: Actor, at: dt.datetime, most: int = 500) -> int:
    """Tell the gateway what was decided and it does not have yet; return how many it took.

    :raises ExchangeFailed: when it cannot be had; they are told again later, and change nothing then.
    """
    del by  # Who decided recorded it; here only a duty ends.
    due = rows(
        f"SELECT {_COLUMNS} FROM linkage_record_correction WHERE decided_at IS NOT NULL AND sent_at IS NULL"  # noqa: S608 — columns of ours
        " ORDER BY decided_at LIMIT %s",
        [most],
    )
    if not due:
        return 0
    link.correct_records([_message(row, institution) for row in due])
    with transaction.atomic():
        return run(
            "UPDATE linkage_record_correction SET sent_at = %s WHERE correction = ANY(%s::uuid[])",
            [at, [row["correction"] for row in due]],
        )


def _message(row: Row, institution: str) -> RecordCorrection:
    facts = {key: row[key] for key in ("correction", "transaction_number", "other", "field", "value", "ground")}
    return RecordCorrection(
        **facts, institution=institution, direction=Direction(row["direction"]), decided_at=row["decided_at"]
    )


def fetch_record_corrections(*, institution: str, link: Link, by: Actor, at: dt.datetime) -> int:
    """Hear what the other side of our exchanges corrected in its records, and record it; return how much was new.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    heard = link.record_corrections(institution)
    if not heard:
        return 0
    record_heard(heard=heard, by=by, at=at)
    read = [RecordCorrectionRead(institution=institution, correction=one.correction) for one in heard]
    link.record_corrections_read(read)
    return len(heard)


@transaction.atomic
def record_heard(*, heard: Sequence[RecordCorrection], by: Actor, at: dt.datetime) -> None:
    """Record what was heard. The gateway keeps the corrections beside the records, for us as for everybody."""
    article = {"article": records().corrections["record"], "by": str(by)}
    append_many(
        entries=[
            Entry(
                EntryKind.RECORD_CORRECTION_HEARD,
                {key: one.model_dump(mode="json")[key] for key in ("correction", "other", "field", "value", "ground")}
                | article,
                one.transaction_number,
            )
            for one in heard
        ],
        at=at,
    )
