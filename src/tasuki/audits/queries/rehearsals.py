"""Reads of rehearsed restores."""

import datetime as dt
from uuid import UUID

from tasuki.audits.rehearsals import Rehearsal, RehearsalOutcome
from tasuki.nodes.sql import Row, rows

_COLUMNS = (
    "rehearsal_id, rehearsed_on, backup, outcome, tree_size, root, reaches_to, results, residents, note, recorded_at,"
    " recorded_by"
)


def rehearsals(words: str = "") -> list[Rehearsal]:
    """Return the rehearsals that hold some words, the newest first; a town has a few a year, so all at once."""
    found = rows(
        f"SELECT {_COLUMNS} FROM audits_rehearsal"  # noqa: S608 — columns of ours
        " WHERE %s = '' OR strpos(lower(concat_ws(' ', backup, note)), lower(%s)) > 0"
        " ORDER BY rehearsed_on DESC, recorded_at DESC, rehearsal_id",
        [words.strip()] * 2,
    )
    return [_rehearsal(row) for row in found]


def rehearsal(rehearsal_id: UUID) -> Rehearsal | None:
    """Return one rehearsal, if it is there."""
    found = rows(f"SELECT {_COLUMNS} FROM audits_rehearsal WHERE rehearsal_id = %s", [rehearsal_id])  # noqa: S608 — as above
    return _rehearsal(found[0]) if found else None


def last_restored() -> dt.date | None:
    """Return when a restore was last rehearsed with success."""
    (found,) = rows("SELECT max(rehearsed_on) AS last FROM audits_rehearsal WHERE outcome = 'RESTORED'")
    last: dt.date | None = found["last"]
    return last


def _rehearsal(row: Row) -> Rehearsal:
    return Rehearsal(**row | {"outcome": RehearsalOutcome(row["outcome"])})
