"""Reads of exports."""

import datetime as dt
from uuid import UUID

from tasuki.media.types import Export, ExportCounts, Medium, Settlement
from tasuki.nodes.sql import Row, rows

_COLUMNS = (
    "export_id, kind, call, about, purpose, recipient, medium, serial, expires_at, return_by, requested_at,"
    " requested_by, withdrawn_at, decided_at, decided_by, is_approved, decision_reason, made_at, file_name, size,"
    " sha256, taken, taken_at, erased_at, settled_at, settled_by, settlement, settlement_note"
)


def export(export_id: UUID) -> Export | None:
    """Return one export, or None where there is none."""
    found = rows(f"SELECT {_COLUMNS} FROM media_export WHERE export_id = %s", [export_id])  # noqa: S608 — columns of ours
    return _export(found[0]) if found else None


def exports(
    *, words: str = "", requested_by: str | None = None, limit: int, offset: int = 0
) -> tuple[int, list[Export]]:
    """Return how many exports there are, and a part of them, the newest first.

    :param words: what purpose, recipient, description or serial number hold.
    :param requested_by: only those of this member of staff.
    """
    condition = (
        "(%(by)s::text IS NULL OR requested_by = %(by)s) AND (%(words)s = ''"
        " OR strpos(lower(concat_ws(' ', about, purpose, recipient, serial)), lower(%(words)s)) > 0)"
    )
    values = {"by": requested_by, "words": words.strip(), "limit": limit, "offset": offset}
    (counted,) = rows(f"SELECT count(*) AS n FROM media_export WHERE {condition}", values)  # noqa: S608 — as above
    found = rows(
        f"SELECT {_COLUMNS} FROM media_export WHERE {condition}"  # noqa: S608 — as above
        " ORDER BY requested_at DESC, export_id LIMIT %(limit)s OFFSET %(offset)s",
        values,
    )
    return int(counted["n"]), [_export(row) for row in found]


def counts(*, requested_by: str | None, at: dt.datetime, on: dt.date) -> ExportCounts:
    """Return how many exports wait for a decision, and how many copies are overdue; everybody's, or one member's."""
    (found,) = rows(
        "SELECT count(*) FILTER (WHERE decided_at IS NULL AND withdrawn_at IS NULL AND expires_at > %s) AS waiting,"
        " count(*) FILTER (WHERE taken > 0 AND settled_at IS NULL AND return_by < %s) AS overdue"
        " FROM media_export WHERE %s::text IS NULL OR requested_by = %s",
        [at, on, requested_by, requested_by],
    )
    return ExportCounts(**found)


def _export(row: Row) -> Export:
    settlement = None if row["settlement"] is None else Settlement(row["settlement"])
    return Export(**row | {"medium": Medium(row["medium"]), "settlement": settlement})
