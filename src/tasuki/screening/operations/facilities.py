"""The register of medical institutions."""

import datetime as dt
from collections.abc import Iterable
from hashlib import sha256

import orjson
from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.nodes.sql import listed, run
from tasuki.screening.types import FacilityRow
from tasuki.shared.actor import Actor

_UPSERT = """
INSERT INTO screening_facility AS f (facility_number, name, valid_from, valid_to)
SELECT DISTINCT ON (facility_number, valid_from) facility_number, name, valid_from, valid_to
FROM jsonb_to_recordset(%s::jsonb) AS r(facility_number text, name text, valid_from date, valid_to date)
ON CONFLICT (facility_number, valid_from) DO UPDATE SET name = EXCLUDED.name, valid_to = EXCLUDED.valid_to
WHERE (f.name, f.valid_to) IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.valid_to)
"""


@transaction.atomic
def register_facilities(*, rows: Iterable[FacilityRow], by: Actor, at: dt.datetime) -> int:
    """Take in medical institutions, and give how many were new or changed."""
    listing = [
        {
            "facility_number": row.facility_number,
            "name": row.name,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }
        for row in rows
    ]
    changed = run(_UPSERT, [listed(listing)])
    digest = sha256(orjson.dumps(listing)).hexdigest()
    append(
        kind=EntryKind.FACILITIES_REGISTERED,
        body={"rows": len(listing), "changed": changed, "digest": digest, "by": str(by)},
        at=at,
    )
    return changed
