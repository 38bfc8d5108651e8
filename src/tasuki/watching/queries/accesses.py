"""Searching accesses without reading the whole log."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from tasuki.nodes.sql import Row, rows
from tasuki.watching.types import AccessFilter, AccessPage, Act, PersonSeen, RecordedAccess

#: Counted this far: whoever looks for one access among more narrows the search.
MOST_COUNTED: Final = 10_000
_COLUMNS: Final = (
    "entry_id, at, staff, role, act, page, people, unified, shown, fields, reason, host(address) AS address, emergency"
)


def search_accesses(wanted: AccessFilter, *, limit: int, offset: int) -> AccessPage:
    """Return one page of the accesses looked for, the latest first."""
    where, values = _where(wanted)
    [counted] = rows(
        f"SELECT count(*) AS total FROM (SELECT 1 FROM watching_access WHERE {where} LIMIT %s) AS counted",  # noqa: S608 — conditions of ours
        [*values, MOST_COUNTED + 1],
    )
    total = min(counted["total"], MOST_COUNTED)
    found = rows(
        f"SELECT {_COLUMNS} FROM watching_access WHERE {where}"  # noqa: S608 — conditions of ours
        " ORDER BY at DESC, entry_id DESC LIMIT %s OFFSET %s",
        [*values, limit, offset],
    )
    return AccessPage(tuple(map(_read, found)), total, counted["total"] > MOST_COUNTED)


def accesses_about(person: str, unified: str | None, *, limit: int) -> AccessPage:
    """Return the accesses that showed one person, by either of their numbers, the latest first."""
    found = rows(
        f"SELECT {_COLUMNS} FROM watching_access WHERE people && %s::text[] OR unified && %s::text[]"  # noqa: S608 — columns of ours
        " ORDER BY at DESC, entry_id DESC LIMIT %s",
        [[person], [] if unified is None else [unified], limit + 1],
    )
    return AccessPage(tuple(map(_read, found[:limit])), min(len(found), limit), len(found) > limit)


def people_seen(*, since: dt.datetime, until: dt.datetime, staff: str | None) -> list[PersonSeen]:
    """Return the residents whom accesses showed in a time, by number (宛名番号); of one member of staff, or all."""
    found = rows(
        "SELECT person, count(*) AS accesses, min(at) AS first_at, max(at) AS last_at"
        " FROM watching_access, unnest(people) AS person"
        " WHERE at >= %s AND at < %s AND (%s::text IS NULL OR staff = %s) GROUP BY person ORDER BY person",
        [since, until, staff, staff],
    )
    return [PersonSeen(**row) for row in found]


def _where(wanted: AccessFilter) -> tuple[str, list[object]]:
    parts = dict(_parts(wanted))
    return " AND ".join(parts), [value for values in parts.values() for value in values]


def _parts(wanted: AccessFilter) -> Iterator[tuple[str, list[object]]]:
    yield "at >= %s AND at < %s", [wanted.since, wanted.until]
    for column, value in (("staff", wanted.staff), ("act", wanted.act), ("role", wanted.role)):
        if value is not None:
            yield f"{column} = %s", [str(value)]
    if wanted.in_emergency:
        yield "emergency IS NOT NULL", []
    people = [one for one in (wanted.person,) if one]
    unified = [one for one in (wanted.unified,) if one]
    if people or unified:
        yield "(people && %s::text[] OR unified && %s::text[])", [people, unified]


def _read(row: Row) -> RecordedAccess:
    lists = {name: tuple(row[name]) for name in ("people", "unified", "fields")}
    return RecordedAccess(**row | lists | {"act": Act(row["act"]), "address": row["address"] or ""})
