"""Whoever was given something hears that it was corrected or withdrawn since (個人情報保護法97条).

The provider's gateway notices, because its records say what was given to whom; the network carries it on; the
inquirer's gateway keeps it for its town. Nobody is told how things are now: they ask again.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.closing import MOVED, moving
from tasuki.nodes.sql import Row, listed, rows, run
from tasuki.protocol.envelope import listing
from tasuki.protocol.messages import ACCEPTED, Accepted, Direction
from tasuki.protocol.record_messages import Correction, CorrectionRead
from tasuki.protocol.records import records
from tasuki.shared.actor import Actor

# Each item is looked up by its keys, however large the planner takes the tables to be (OFFSET 0): a plan made before
# they were analysed could go through all of one for each row of the other.
# Only what is removed or has a later revision than its first can correct anything; hardly any of a list is.
# A record that goes in one layout version and stands in another was not withdrawn: its layout is over.
# Records from before `given` was kept say which data sets were provided: rather told once too often than not at all.
_NOTE = """
INSERT INTO gateway_correction
 (institution, transaction_number, data_set, ordinal, direction, other, kind, corrected_at, noted_at)
SELECT v.institution, v.transaction_number, s.data_set, max(s.ordinal), 'provided', v.inquirer,
  CASE WHEN bool_and(s.removed_at IS NOT NULL) THEN 'withdrawn' ELSE 'corrected' END,
  %(at)s::timestamptz, %(at)s::timestamptz
FROM replica_staging s
CROSS JOIN LATERAL (
  SELECT o.ordinal, o.revision FROM gateway_replica o
  WHERE o.institution = s.institution AND o.unified_person_number = s.unified_person_number
    AND o.data_set = s.data_set AND o.record_key = s.record_key AND o.layout_version = s.layout_version
    AND o.removed_at IS NULL AND o.taken OFFSET 0
) AS g
CROSS JOIN LATERAL (
  SELECT p.institution, p.transaction_number, p.inquirer FROM gateway_provision p
  WHERE p.institution = s.institution AND p.unified_person_number = s.unified_person_number AND p.state = 'provided'
    AND (s.data_set || '/' || s.record_key = ANY(p.given) OR p.given = '{}' AND s.data_set = ANY(p.data_sets)) OFFSET 0
) AS v
WHERE (s.revision > 1 OR s.removed_at IS NOT NULL) AND g.ordinal < s.ordinal
  AND (s.revision > g.revision AND s.removed_at IS NULL OR s.removed_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM gateway_replica o
    WHERE o.institution = s.institution AND o.unified_person_number = s.unified_person_number
      AND o.data_set = s.data_set AND o.record_key = s.record_key AND o.layout_version <> s.layout_version
      AND o.removed_at IS NULL
      AND (o.institution, o.unified_person_number, o.data_set, o.record_key, o.layout_version) NOT IN (
        SELECT institution, unified_person_number, data_set, record_key, layout_version FROM replica_staging
        WHERE removed_at IS NOT NULL)))
GROUP BY v.institution, v.transaction_number, s.data_set, v.inquirer
ON CONFLICT DO NOTHING
RETURNING institution, transaction_number::text AS number, data_set, ordinal, other, kind
"""

_HEAR = """
INSERT INTO gateway_correction
 (institution, transaction_number, data_set, ordinal, direction, other, kind, corrected_at, noted_at)
SELECT i.institution, i.transaction_number, r.data_set, r.ordinal, 'inquired', i.provider, r.kind, r.corrected_at,
  %s::timestamptz
FROM jsonb_to_recordset(%s::jsonb) AS r(transaction_number uuid, inquirer text, provider text, data_set text,
  ordinal bigint, kind text, corrected_at timestamptz)
JOIN gateway_inquiry i ON i.institution = r.inquirer AND i.transaction_number = r.transaction_number
  AND i.provider = r.provider
ON CONFLICT DO NOTHING
RETURNING institution, transaction_number::text AS number, data_set, ordinal, other, kind
"""


@transaction.atomic(savepoint=False)
def note_corrections(*, by: Actor, at: dt.datetime) -> int:
    """Note whom to tell that what they were given is replaced or removed by the replicas about to be registered.

    Part of `register_replicas`, between staging and upsert: what stands still says what was given.
    """
    noted = rows(_NOTE, {"at": at})
    append_many(entries=[_entry(EntryKind.CORRECTION_TOLD, row, by) for row in noted], at=at)
    return len(noted)


@transaction.atomic(savepoint=False)
def hear_corrections(*, items: Sequence[Correction], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Keep for our towns that what they received was corrected; once, however often it is told."""
    gone = moving()
    heard = rows(_HEAR, [at, listing(item for item in items if item.inquirer not in gone)])
    append_many(entries=[_entry(EntryKind.CORRECTION_HEARD, row, by) for row in heard], at=at)
    known = {
        (row["institution"], row["number"])
        for row in rows(
            "SELECT institution, transaction_number::text AS number FROM gateway_inquiry"
            " WHERE institution = ANY(%s) AND transaction_number = ANY(%s::uuid[])",
            [[item.inquirer for item in items], [item.transaction_number for item in items]],
        )
    }
    return [
        MOVED
        if item.inquirer in gone
        else ACCEPTED
        if (item.inquirer, item.transaction_number) in known
        else Accepted(accepted=False, reason="no such inquiry")
        for item in items
    ]


def _entry(kind: EntryKind, row: Row, by: Actor) -> Entry:
    body = {key: row[key] for key in ("institution", "other", "data_set", "ordinal", "kind")}
    return Entry(kind, body | {"article": records().corrections["information"], "by": str(by)}, row["number"])


@transaction.atomic(savepoint=False)
def mark_passed(*, corrections: Sequence[Correction], by: Actor, at: dt.datetime) -> int:
    """Remember that the network has these corrections."""
    del by  # The network records what it was told; here only a duty ends.
    gone = moving()
    keys = [
        item.model_dump(mode="json") | {"institution": item.provider}
        for item in corrections
        if item.provider not in gone
    ]
    return _pass(keys, Direction.PROVIDED, at)


@transaction.atomic(savepoint=False)
def mark_corrections_read(*, items: Sequence[CorrectionRead], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Remember that the town has these corrections."""
    del by  # The town records what it heard.
    _pass([item.model_dump(mode="json") for item in items], Direction.INQUIRED, at)
    return [ACCEPTED] * len(items)


def _pass(keys: Sequence[Row], direction: Direction, at: dt.datetime) -> int:
    return run(
        "UPDATE gateway_correction c SET passed_at = %s FROM jsonb_to_recordset(%s::jsonb)"
        " AS r(institution text, transaction_number uuid, data_set text, ordinal bigint)"
        " WHERE c.institution = r.institution AND c.transaction_number = r.transaction_number"
        " AND c.data_set = r.data_set AND c.ordinal = r.ordinal AND c.direction = %s AND c.passed_at IS NULL",
        [at, listed(keys), direction.value],
    )
