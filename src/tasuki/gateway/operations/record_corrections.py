"""An exchange record itself is corrected, and the other holders are told (番号法31条): it keeps what it said before."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.closing import MOVED, moving
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.protocol.messages import Accepted, Direction
from tasuki.protocol.record_messages import RecordCorrection, RecordCorrectionRead
from tasuki.protocol.records import records
from tasuki.shared.actor import Actor

_KEEP = """
INSERT INTO gateway_record_correction (institution, correction, transaction_number, direction, other, field, former,
  value, ground, is_own, decided_at, noted_at)
SELECT r.institution, r.correction, r.transaction_number, r.direction, r.other, r.field,
  coalesce((SELECT c.value FROM gateway_record_correction c
    WHERE c.institution = r.institution AND c.transaction_number = r.transaction_number AND c.field = r.field
    ORDER BY c.decided_at DESC, c.correction DESC LIMIT 1), e.said),
  r.value, r.ground, %(is_own)s, r.decided_at, %(at)s
FROM jsonb_to_recordset(%(told)s::jsonb) AS r(institution text, correction uuid, transaction_number uuid,
  direction text, other text, field text, value text, ground text, decided_at timestamptz)
CROSS JOIN LATERAL (
  SELECT CASE r.field WHEN 'procedure' THEN i.procedure ELSE i.department END AS said FROM gateway_inquiry i
  WHERE r.direction = 'inquired' AND i.institution = r.institution AND i.transaction_number = r.transaction_number
    AND i.provider = r.other
  UNION ALL
  SELECT CASE r.field WHEN 'procedure' THEN p.procedure ELSE p.department END FROM gateway_provision p
  WHERE r.direction = 'provided' AND p.institution = r.institution AND p.transaction_number = r.transaction_number
    AND p.inquirer = r.other
) AS e
ON CONFLICT DO NOTHING
RETURNING institution, correction::text, transaction_number::text AS number, direction, other, field, former, value,
  ground
"""
_KNOWN = """
SELECT c.institution, c.correction::text FROM gateway_record_correction c
JOIN jsonb_to_recordset(%s::jsonb) AS r(institution text, correction uuid) USING (institution, correction)
"""
_OTHER_SIDE = {Direction.INQUIRED: Direction.PROVIDED, Direction.PROVIDED: Direction.INQUIRED}


@transaction.atomic(savepoint=False)
def correct_records(*, items: Sequence[RecordCorrection], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Keep corrections of our institutions' records beside them, once each, to be told to the network."""
    return _kept([item.model_dump(mode="json") for item in items], EntryKind.RECORD_CORRECTED, by, at)


@transaction.atomic(savepoint=False)
def hear_record_corrections(*, items: Sequence[RecordCorrection], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Keep that the other side of an exchange corrected its record, beside ours, once each, for our town to hear."""
    ours = [
        item.model_dump(mode="json")
        | {"institution": item.other, "other": item.institution, "direction": _OTHER_SIDE[item.direction].value}
        for item in items
    ]
    return _kept(ours, EntryKind.RECORD_CORRECTION_HEARD, by, at)


def _kept(told: Sequence[Row], kind: EntryKind, by: Actor, at: dt.datetime) -> list[Accepted]:
    gone = moving()
    here = [one for one in told if one["institution"] not in gone]
    values = {"told": listed(here), "is_own": kind is EntryKind.RECORD_CORRECTED, "at": at}
    new = rows(_KEEP, values)
    article = {"article": records().corrections["record"], "by": str(by)}
    append_many(entries=[Entry(kind, row | article, row.pop("number")) for row in new], at=at)
    known = {(row["institution"], row["correction"]) for row in rows(_KNOWN, [listed(here)])}
    return [
        MOVED
        if one["institution"] in gone
        else Accepted(accepted=True)
        if (one["institution"], one["correction"]) in known
        else Accepted(accepted=False, reason="no such record")
        for one in told
    ]


@transaction.atomic(savepoint=False)
def mark_record_corrections_told(*, items: Sequence[RecordCorrection], by: Actor, at: dt.datetime) -> int:
    """Remember that the network has these corrections."""
    del by  # The network records what it was told; here only a duty ends.
    return _pass([item.model_dump(mode="json") for item in items], at)


@transaction.atomic(savepoint=False)
def mark_record_corrections_read(
    *, items: Sequence[RecordCorrectionRead], by: Actor, at: dt.datetime
) -> list[Accepted]:
    """Remember that the town has these corrections."""
    del by  # The town records what it heard.
    _pass([item.model_dump(mode="json") for item in items], at)
    return [Accepted(accepted=True) for _ in items]


def _pass(keys: Sequence[Row], at: dt.datetime) -> int:
    gone = moving()
    return run(
        "UPDATE gateway_record_correction c SET passed_at = %s"
        " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, correction uuid)"
        " WHERE c.institution = r.institution AND c.correction = r.correction AND c.passed_at IS NULL",
        [at, listed(one for one in keys if one["institution"] not in gone)],
    )
