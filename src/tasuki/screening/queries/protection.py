"""Reads of the list of protected persons: how it stands, what was taken in, whom it no longer names."""

import datetime as dt
from uuid import UUID

from tasuki.nodes.sql import rows
from tasuki.screening.queries import PERSON_COLUMNS
from tasuki.screening.types import Person
from tasuki.screening.types.protection import Freshness, ListStanding, ProtectionLoad
from tasuki.shared.dates import civil_date

_LOAD = (
    "load_id, file_name, sha256, listed_on, fresh_until, is_complete, people, changed, missing, problems, loaded_at,"
    " loaded_by"
)


def standing(at: dt.datetime) -> ListStanding:
    """Return whether the list can be relied upon, and who is held only because it cannot."""
    newest = rows(
        f"SELECT {_LOAD} FROM screening_protection_load WHERE is_complete ORDER BY loaded_at DESC LIMIT 1"  # noqa: S608 — columns of ours
    )
    if not newest:
        return ListStanding(Freshness.NONE)
    load = ProtectionLoad(**newest[0])
    if at < load.fresh_until:
        return ListStanding(Freshness.FRESH, load)
    (held,) = rows(
        "SELECT (SELECT count(*) FROM screening_listed_person l WHERE l.load_id >= %s"
        " AND l.protected_to <= %s) AS past_end,"
        " (SELECT count(*) FROM screening_resident r WHERE r.registered_at > %s) AS new",
        [load.load_id, civil_date(at), load.loaded_at],
    )
    return ListStanding(Freshness.STALE, load, held["past_end"], held["new"])


def loads(*, limit: int = 50) -> list[ProtectionLoad]:
    """Return the lists that were taken in, newest first."""
    found = rows(
        f"SELECT {_LOAD} FROM screening_protection_load ORDER BY loaded_at DESC LIMIT %s",  # noqa: S608 — as above
        [limit],
    )
    return [ProtectionLoad(**row) for row in found]


def load(load_id: UUID) -> ProtectionLoad:
    """Return one list that was taken in.

    :raises LookupError: when there is none of that id.
    """
    found = rows(f"SELECT {_LOAD} FROM screening_protection_load WHERE load_id = %s", [load_id])  # noqa: S608 — as above
    if not found:
        raise LookupError("no such list of protected persons")
    return ProtectionLoad(**found[0])


def no_longer_listed(on: dt.date) -> list[Person]:
    """Return residents whose measure goes on although the newest list does not name them, by their reading."""
    found = rows(
        f"SELECT {PERSON_COLUMNS} FROM screening_resident JOIN ("  # noqa: S608 — as above
        " SELECT system_person_number AS listed FROM screening_listed_person"
        " WHERE (protected_to IS NULL OR protected_to > %s) AND load_id < (SELECT load_id"
        " FROM screening_protection_load WHERE is_complete ORDER BY loaded_at DESC LIMIT 1)"
        ") l ON l.listed = system_person_number ORDER BY folded_kana, system_person_number",
        [on],
    )
    return [Person(**row) for row in found]


def renewals(people: list[str]) -> dict[str, dt.date]:
    """Return when the measures of people were last renewed, as the list says."""
    found = rows(
        "SELECT system_person_number AS person, renewed_on FROM screening_listed_person"
        " WHERE renewed_on IS NOT NULL AND system_person_number = ANY(%s)",
        [people],
    )
    return {row["person"]: row["renewed_on"] for row in found}
