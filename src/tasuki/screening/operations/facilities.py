"""The register of medical institutions: taken in from a file, or entered one by one; every change is kept."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

import orjson
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import listed, run
from tasuki.screening.facility_register import entries_of
from tasuki.screening.facility_rules import name_problem, problems_of_entry
from tasuki.screening.types import FacilityAct, FacilityProblem, FacilityRefused, FacilityRow
from tasuki.shared.actor import Actor

# One change of the register at a time: periods of one number must not overlap, which two at once could bring about.
_LOCK = 7_310_020

_UPSERT = """
WITH given AS (
  SELECT DISTINCT ON (facility_number, valid_from) facility_number, name, valid_from, valid_to
  FROM jsonb_to_recordset(%s::jsonb) AS r(facility_number text, name text, valid_from date, valid_to date)
), before AS (
  SELECT f.facility_number, f.valid_from, jsonb_build_object('facility_number', f.facility_number, 'name', f.name,
    'valid_from', f.valid_from, 'valid_to', f.valid_to) AS entry
  FROM screening_facility f JOIN given USING (facility_number, valid_from)
), stored AS (
  INSERT INTO screening_facility AS f (facility_number, name, valid_from, valid_to)
  SELECT facility_number, name, valid_from, valid_to FROM given
  ON CONFLICT (facility_number, valid_from) DO UPDATE SET name = EXCLUDED.name, valid_to = EXCLUDED.valid_to
  WHERE (f.name, f.valid_to) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.valid_to)
  RETURNING facility_number, name, valid_from, valid_to
)
INSERT INTO screening_facility_change (facility_number, act, changed_at, changed_by, before, after)
SELECT s.facility_number, CASE WHEN b.entry IS NULL THEN 'ADDED' ELSE 'CHANGED' END, %s, %s, b.entry,
  jsonb_build_object('facility_number', s.facility_number, 'name', s.name, 'valid_from', s.valid_from,
    'valid_to', s.valid_to)
FROM stored s LEFT JOIN before b USING (facility_number, valid_from)
"""


@transaction.atomic
def register_facilities(*, rows: Iterable[FacilityRow], by: Actor, at: dt.datetime) -> int:
    """Take in medical institutions from a file, and give how many were new or changed."""
    run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    listing = [_as_stored(row) for row in rows]
    changed = run(_UPSERT, [listed(listing), at, str(by)])
    digest = sha256(orjson.dumps(listing)).hexdigest()
    append(
        kind=EntryKind.FACILITIES_REGISTERED,
        body={"rows": len(listing), "changed": changed, "digest": digest, "by": str(by)},
        at=at,
    )
    return changed


@transaction.atomic
def add_facility(*, row: FacilityRow, by: Actor, at: dt.datetime) -> FacilityRow | FacilityRefused:
    """Enter one institution, or a further period of its number."""
    run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    problems = problems_of_entry(row, entries_of(row.facility_number))
    if problems:
        return FacilityRefused(problems)
    _insert(row)
    _keep(FacilityAct.ADDED, None, row, by, at)
    return row


@transaction.atomic
def rename_facility(
    *, facility_number: str, name: str, valid_from: dt.date, by: Actor, at: dt.datetime
) -> FacilityRow | FacilityRefused:
    """Give an institution another name from a day on; until then it keeps the former one."""
    run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    former = _open_entry(facility_number)
    if isinstance(former, FacilityRefused):
        return former
    wrong = name_problem(name)
    if wrong is None and name == former.name:
        wrong = FacilityProblem.SAME_NAME
    elif wrong is None and valid_from <= former.valid_from:
        wrong = FacilityProblem.PERIOD_ENDS_BEFORE_IT_BEGINS
    if wrong is not None:
        return FacilityRefused((wrong,))
    renamed = FacilityRow(facility_number, name, valid_from, former.valid_to)
    _end(former, valid_from)
    _insert(renamed)
    _keep(FacilityAct.RENAMED, former, renamed, by, at)
    return renamed


@transaction.atomic
def end_facility(
    *, facility_number: str, valid_to: dt.date, by: Actor, at: dt.datetime
) -> FacilityRow | FacilityRefused:
    """Let an institution no longer hold its number from a day on."""
    run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    former = _open_entry(facility_number)
    if isinstance(former, FacilityRefused):
        return former
    if valid_to <= former.valid_from:
        return FacilityRefused((FacilityProblem.PERIOD_ENDS_BEFORE_IT_BEGINS,))
    _end(former, valid_to)
    ended = replace(former, valid_to=valid_to)
    _keep(FacilityAct.ENDED, former, ended, by, at)
    return ended


def _open_entry(facility_number: str) -> FacilityRow | FacilityRefused:
    """Return the entry of a number that has no end yet."""
    entries = entries_of(facility_number)
    if not entries:
        return FacilityRefused((FacilityProblem.NOT_REGISTERED,))
    newest = entries[-1]
    return newest if newest.valid_to is None else FacilityRefused((FacilityProblem.ALREADY_ENDED,))


def _insert(row: FacilityRow) -> None:
    run(
        "INSERT INTO screening_facility (facility_number, name, valid_from, valid_to) VALUES (%s, %s, %s, %s)",
        [row.facility_number, row.name, row.valid_from, row.valid_to],
    )


def _end(row: FacilityRow, valid_to: dt.date) -> None:
    run(
        "UPDATE screening_facility SET valid_to = %s WHERE facility_number = %s AND valid_from = %s",
        [valid_to, row.facility_number, row.valid_from],
    )


def _keep(act: FacilityAct, before: FacilityRow | None, after: FacilityRow, by: Actor, at: dt.datetime) -> None:
    run(
        "INSERT INTO screening_facility_change (facility_number, act, changed_at, changed_by, before, after)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [
            after.facility_number, act.value, at, str(by),
            None if before is None else orjson.dumps(_as_stored(before)).decode(),
            orjson.dumps(_as_stored(after)).decode(),
        ],
    )  # fmt: skip
    body = {"facility_number": after.facility_number, "act": act.value, "by": str(by)}
    append(kind=EntryKind.FACILITY_CHANGED, body=body, at=at)


def _as_stored(row: FacilityRow) -> dict[str, object]:
    return {
        "facility_number": row.facility_number,
        "name": row.name,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
    }
