"""Reads of the districts of health centres."""

from typing import Final
from uuid import UUID

import orjson

from tasuki.nodes.sql import Row, rows
from tasuki.screening.types.districts import DistrictView, FormerDistrict, Unplaced

_HERE: Final = "moved_out_date IS NULL AND died_date IS NULL"
_DISTRICTS: Final = f"""
SELECT d.district, d.name, d.name_en, d.changed_at, d.changed_by, d.ended_at,
  coalesce((SELECT array_agg(p.written ORDER BY p.folded) FROM screening_district_place p
    WHERE p.district_id = d.district), '{{}}') AS places,
  (SELECT count(*) FROM screening_resident_district l JOIN screening_resident r USING (system_person_number)
    WHERE l.district_id = d.district AND {_HERE}) AS residents
FROM screening_district d
"""  # noqa: S608 — columns of ours
#: Most beginnings of addresses in no district that are told.
_MOST_UNPLACED: Final = 30


def districts() -> list[DistrictView]:
    """Return the districts by name, those that ended last."""
    return [_view(row) for row in rows(f"{_DISTRICTS} ORDER BY d.ended_at IS NOT NULL, d.name")]


def district(number: UUID) -> DistrictView | None:
    """Return one district."""
    found = rows(f"{_DISTRICTS} WHERE d.district = %s", [number])
    return _view(found[0]) if found else None


def _view(row: Row) -> DistrictView:
    return DistrictView(**row | {"places": tuple(row["places"])})


def district_names() -> dict[UUID, tuple[str, str]]:
    """Return what every district is called, in Japanese and English; those that ended too, as accounts may name one."""
    found = rows("SELECT district, name, name_en FROM screening_district ORDER BY name")
    return {row["district"]: (row["name"], row["name_en"]) for row in found}


def open_districts() -> list[UUID]:
    """Return the districts somebody may be chosen for, by name."""
    found = rows("SELECT district FROM screening_district WHERE ended_at IS NULL ORDER BY name")
    return [row["district"] for row in found]


def unplaced() -> tuple[int, list[Unplaced]]:
    """Return how many residents live in no district, and where most of them do, up to the first number.

    Where protected people (支援措置) live is not told: they are counted without a place.
    """
    found = rows(
        "SELECT CASE WHEN r.protected_from IS NULL THEN coalesce(substring(r.folded_address FROM '^[^0-9]+'), '')"  # noqa: S608 — as above
        " ELSE '' END AS place, count(*) AS residents,"
        " sum(count(*)) OVER ()::bigint AS total FROM screening_resident r"
        f" WHERE {_HERE} AND NOT EXISTS (SELECT FROM screening_resident_district l"
        " WHERE l.system_person_number = r.system_person_number)"
        " GROUP BY 1 ORDER BY residents DESC, place LIMIT %s",
        [_MOST_UNPLACED],
    )
    return (found[0]["total"] if found else 0), [Unplaced(row["place"], row["residents"]) for row in found]


def changes_of_district(number: UUID) -> list[FormerDistrict]:
    """Return the changes of a district, newest first."""
    found = rows(
        "SELECT changed_at, changed_by, reason, before, after FROM screening_district_change WHERE district_id = %s"
        " ORDER BY changed_at DESC, id DESC",
        [number],
    )
    return [_former(row) for row in found]


def _former(row: Row) -> FormerDistrict:
    before = {} if row["before"] is None else orjson.loads(row["before"])
    after = orjson.loads(row["after"])
    return FormerDistrict(
        row["changed_at"], row["changed_by"], row["reason"], tuple(before.get("places", ())), tuple(after["places"]),
        after["name"],
    )  # fmt: skip
