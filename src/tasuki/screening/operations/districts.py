"""Districts of health centres: stated, changed, ended; whose address lies where follows in the same transaction."""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import rows, run
from tasuki.screening.district_rules import fold_place, places_problem
from tasuki.screening.types.districts import DistrictProblem, DistrictStated, DistrictWrong
from tasuki.shared.actor import Actor

# Whoever writes residents holds it in common meanwhile (migration 0010): nobody is placed by places that changed.
_LOCK: Final = 7_310_031


@transaction.atomic
def save_district(*, stated: DistrictStated, reason: str, by: Actor, at: dt.datetime) -> DistrictProblem | None:
    """Keep a district as it is stated, new or changed, and place every resident anew."""
    run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    taken = rows(
        "SELECT p.folded, d.name FROM screening_district_place p JOIN screening_district d"
        " ON d.district = p.district_id WHERE p.district_id <> %s",
        [stated.district],
    )
    problem = places_problem(stated.places, {row["folded"]: row["name"] for row in taken})
    if problem is not None:
        return problem
    before = _as_kept(stated.district)
    try:
        with transaction.atomic():
            run(
                "INSERT INTO screening_district (district, name, name_en, changed_at, changed_by)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (district) DO UPDATE SET name = excluded.name,"
                " name_en = excluded.name_en, changed_at = excluded.changed_at, changed_by = excluded.changed_by,"
                " ended_at = NULL",
                [stated.district, stated.name, stated.name_en, at, str(by)],
            )
    except IntegrityError:
        return DistrictProblem(DistrictWrong.NAME_TAKEN)
    _replace_places(stated.district, stated.places)
    after: dict[str, object] = {"name": stated.name, "name_en": stated.name_en, "places": list(stated.places)}
    _tell(stated.district, reason, before, after, by, at)
    return None


@transaction.atomic
def import_districts(*, stated: Sequence[DistrictStated], by: Actor, at: dt.datetime) -> DistrictProblem | None:
    """Keep the districts of a file, all of them or none."""
    for one in stated:
        problem = save_district(stated=one, reason="file", by=by, at=at)
        if problem is not None:
            transaction.set_rollback(True)
            return problem
    return None


@transaction.atomic
def end_district(*, district: UUID, reason: str, by: Actor, at: dt.datetime) -> DistrictProblem | None:
    """End a district: nobody is chosen for it any more, and whoever lived in it is in none."""
    run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    before = _as_kept(district)
    if before is None:
        return DistrictProblem(DistrictWrong.NO_SUCH)
    run("UPDATE screening_district SET ended_at = %s, changed_at = %s, changed_by = %s WHERE district = %s",
        [at, at, str(by), district])  # fmt: skip
    _replace_places(district, ())
    _tell(district, reason, before, {**before, "places": []}, by, at)
    return None


def _as_kept(district: UUID) -> dict[str, object] | None:
    found = rows(
        "SELECT d.name, d.name_en, array_remove(array_agg(p.written ORDER BY p.folded), NULL) AS places"
        " FROM screening_district d LEFT JOIN screening_district_place p ON p.district_id = d.district"
        " WHERE d.district = %s GROUP BY d.district",
        [district],
    )
    return {**found[0], "places": list(found[0]["places"])} if found else None


def _replace_places(district: UUID, places: tuple[str, ...]) -> None:
    run("DELETE FROM screening_district_place WHERE district_id = %s", [district])
    run(
        "INSERT INTO screening_district_place (folded, written, district_id)"
        " SELECT folded, written, %s FROM unnest(%s::text[], %s::text[]) AS p(folded, written)",
        [district, [fold_place(one) for one in places], [one.strip() for one in places]],
    )
    run("SELECT screening_place_everybody()")


def _tell(
    district: UUID, reason: str, before: dict[str, object] | None, after: dict[str, object], by: Actor, at: dt.datetime
) -> None:
    run(
        "INSERT INTO screening_district_change (district_id, changed_at, changed_by, reason, before, after)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            district, at, str(by), reason, None if before is None else orjson.dumps(before).decode(),
            orjson.dumps(after).decode(),
        ],
    )  # fmt: skip
    # A record's size is limited and a district's places are not: the history has them, the record holds it to them.
    body = {
        "district": str(district), "name": after["name"], "digest": sha256(orjson.dumps(after)).hexdigest(),
        "former": None if before is None else sha256(orjson.dumps(before)).hexdigest(), "by": str(by),
    }  # fmt: skip
    append(kind=EntryKind.DISTRICT_CHANGED, body=body, at=at)
