"""Letting go of records of exchanges whose retention is over, so that the log stays verifiable.

A purged record's hash stays in the tree, so every root that was ever signed still holds. Before it goes, a record of
its own says which leaves go and before when they were written; the verifier takes a missing leaf for purged only where
such a sealed record names it and its age bears that out.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from tasuki.evidence.leaves import format_instant
from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind

# Ranges of leaves one record names: its body stays well below the limit of a record.
_RANGES = 1_000

# A record goes with the whole exchange it belongs to, once the last word about it is old enough. That it is shows
# offline: the checkpoint that first covered it was signed before that time.
_DUE = """
    SELECT e.entry_id, l.leaf_index
    FROM evidence_entry e JOIN evidence_leaf l ON l.entry_id = e.entry_id
    WHERE e.transaction_number IS NOT NULL AND e.recorded_at < %(before)s
      AND NOT EXISTS (SELECT 1 FROM evidence_entry y
                      WHERE y.transaction_number = e.transaction_number AND y.recorded_at >= %(before)s)
      AND l.leaf_index < (SELECT coalesce(max(tree_size), 0) FROM evidence_checkpoint WHERE signed_at < %(before)s)
    ORDER BY l.leaf_index LIMIT %(most)s
"""


def purge_exchanges(*, before: datetime, retention: str, by: str, at: datetime, most: int = 20_000) -> int:
    """Record which records of exchanges go, then let them go; give their number.

    :param retention: the article under which they may.
    :raises NotInTransactionError: outside `transaction.atomic`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"before": before, "most": most})
        due = cursor.fetchall()
    if not due:
        return 0
    ranges = _ranges([leaf for _, leaf in due])
    body = {"before": format_instant(before), "retention": retention, "by": by}
    append_many(
        entries=[
            Entry(EntryKind.RECORDS_PURGED, body | {"leaves": ranges[start : start + _RANGES]})
            for start in range(0, len(ranges), _RANGES)
        ],
        at=at,
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence_purge(%s)", [[entry for entry, _ in due]])
        (gone,) = cursor.fetchone()
    return int(gone)


def _ranges(leaves: Sequence[int]) -> list[list[int]]:
    """Write ascending leaf numbers as ranges, both ends included."""
    ranges: list[list[int]] = []
    for leaf in leaves:
        if ranges and ranges[-1][1] == leaf - 1:
            ranges[-1][1] = leaf
        else:
            ranges.append([leaf, leaf])
    return ranges
