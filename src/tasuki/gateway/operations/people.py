"""Institutions, and their people's linkage codes."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.gateway.closing import MOVED, moving
from tasuki.nodes.sql import listed, rows, run
from tasuki.protocol.envelope import listing
from tasuki.protocol.messages import (
    ACCEPTED,
    Accepted,
    AcquisitionOpened,
    CodeForgotten,
    CodeIssued,
    CodeStatus,
    CodeStatusAsked,
    Forgotten,
)
from tasuki.shared.actor import Actor


@transaction.atomic(savepoint=False)
def open_acquisitions(*, items: Sequence[AcquisitionOpened], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Remember whose code each acquisition is for, until the code arrives."""
    run(
        "INSERT INTO gateway_acquisition (institution, acquisition_number, unified_person_number, opened_at)"
        " SELECT institution, acquisition_number, unified_person_number, %s::timestamptz"
        " FROM jsonb_to_recordset(%s::jsonb)"
        " AS r(institution text, acquisition_number text, unified_person_number text)"
        " ON CONFLICT DO NOTHING",
        [at, listing(items)],
    )
    append_many(
        entries=[
            Entry(EntryKind.CODE_REQUESTED, {"institution": institution, "count": count, "by": str(by)})
            for institution, count in sorted(Counter(item.institution for item in items).items())
        ],
        at=at,
    )
    return [ACCEPTED] * len(items)


@transaction.atomic(savepoint=False)
def bind_codes(*, items: Sequence[CodeIssued], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Bind each code to its person and delete the acquisition number, whose purpose is met (番号法21条の2第3項).

    An acquisition nobody opened here is refused. A code that already belongs to another person of the institution is
    refused too: it would link two people. Those of an institution that is moving are for its new gateway.
    """
    gone = moving()
    opened = rows(
        "SELECT r.ordinal, r.institution, r.linkage_code, a.unified_person_number, p.unified_person_number AS holder"
        " FROM jsonb_to_recordset(%s::jsonb)"
        "   AS r(ordinal int, institution text, acquisition_number text, linkage_code text)"
        " JOIN gateway_acquisition a USING (institution, acquisition_number)"
        " LEFT JOIN gateway_person p ON p.institution = r.institution AND p.linkage_code = r.linkage_code"
        # The same list may arrive twice at once: the second waits here, and then finds the acquisitions gone.
        " FOR UPDATE OF a",
        [
            listed(
                item.model_dump() | {"ordinal": number}
                for number, item in enumerate(items)
                if item.institution not in gone
            )
        ],
    )
    bound = [row for row in opened if row["holder"] in (None, row["unified_person_number"])]
    run(
        "INSERT INTO gateway_person (institution, unified_person_number, linkage_code, hold, non_disclosure, bound_at)"
        " SELECT DISTINCT ON (institution, unified_person_number)"
        "   institution, unified_person_number, linkage_code, true, false, %s::timestamptz"
        " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, unified_person_number text, linkage_code text)"
        " ON CONFLICT (institution, unified_person_number)"
        " DO UPDATE SET linkage_code = EXCLUDED.linkage_code, bound_at = EXCLUDED.bound_at",
        [at, listed(bound)],
    )
    run(
        "DELETE FROM gateway_acquisition a USING jsonb_to_recordset(%s::jsonb)"
        " AS r(institution text, acquisition_number text)"
        " WHERE a.institution = r.institution AND a.acquisition_number = r.acquisition_number",
        [listing(item for item in items if item.institution not in gone)],
    )
    append_many(
        entries=[
            Entry(
                EntryKind.CODE_BOUND,
                {"institution": row["institution"], "code": row["linkage_code"], "by": str(by)},
            )
            for row in bound
        ],
        at=at,
    )
    taken = {row["ordinal"] for row in bound}
    seen = {row["ordinal"] for row in opened}
    return [
        MOVED
        if item.institution in gone
        else ACCEPTED
        if number in taken
        else Accepted(accepted=False, reason="code of another person" if number in seen else "no such acquisition")
        for number, item in enumerate(items)
    ]


@transaction.atomic(savepoint=False)
def tell_code_status(*, items: Sequence[CodeStatusAsked], by: Actor, at: dt.datetime) -> list[CodeStatus]:
    """Tell whose code arrived for the acquisition asked about; the code itself never leaves the gateway.

    While the acquisition is open, a code that is there is a former one (住民票コードの変更), and does not count.
    """
    del by, at  # A read; kept with the operations because it answers a message.
    asked = listing(items)
    coded = {
        (row["institution"], row["unified_person_number"])
        for row in rows(
            # Whether they have a code is no condition: where hardly anybody had one when PostgreSQL last looked at the
            # table, it would go through everybody who has one by now, for each of the list.
            "SELECT p.institution, p.unified_person_number, p.linkage_code IS NOT NULL AS has_code"
            " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, unified_person_number text)"
            " JOIN gateway_person p USING (institution, unified_person_number)",
            [asked],
        )
        if row["has_code"]
    }
    # Asked apart: within one statement the planner looks through all open acquisitions for each of the list.
    still_open = {
        (row["institution"], row["acquisition_number"])
        for row in rows(
            "SELECT institution, acquisition_number FROM gateway_acquisition"
            " WHERE institution = ANY(%s) AND acquisition_number = ANY(%s)",
            [list({item.institution for item in items}), [item.acquisition_number for item in items]],
        )
    }
    return [
        CodeStatus(
            acquisition_number=item.acquisition_number,
            bound=(item.institution, item.unified_person_number) in coded
            and (item.institution, item.acquisition_number) not in still_open,
        )
        for item in items
    ]


# A code that was bound after the deletion is of a number that came again: this message is an old one then. Who has no
# code was not bound at any time; to ask for it as well would lead PostgreSQL to an index of codes (`tell_code_status`).
_FORGET_CODES = """
WITH told AS (
  SELECT institution, unified_person_number, max(deleted_at) AS deleted_at FROM jsonb_to_recordset(%s::jsonb)
    AS r(institution text, unified_person_number text, deleted_at timestamptz)
  GROUP BY institution, unified_person_number
), former AS (
  SELECT p.institution, p.unified_person_number, p.linkage_code FROM gateway_person p
  JOIN told USING (institution, unified_person_number)
  WHERE p.bound_at <= told.deleted_at
  ORDER BY p.institution, p.unified_person_number FOR UPDATE OF p
)
UPDATE gateway_person p SET linkage_code = NULL, bound_at = NULL FROM former f
WHERE p.institution = f.institution AND p.unified_person_number = f.unified_person_number
RETURNING f.institution, f.linkage_code
"""


@transaction.atomic(savepoint=False)
def forget_codes(*, items: Sequence[CodeForgotten], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Forget the linkage codes of people whose individual number their town deleted for good, and record each.

    Nobody can ask about them then, nor be asked for them. Replicas and holds stay as the town has them; whoever comes
    again acquires a code anew. Repeating it changes nothing.
    """
    forgotten = rows(_FORGET_CODES, [listing(items)])
    append_many(
        entries=[
            Entry(
                EntryKind.CODE_FORGOTTEN,
                {"institution": row["institution"], "code": row["linkage_code"], "by": str(by)},
            )
            for row in sorted(forgotten, key=lambda row: (row["institution"], row["linkage_code"]))
        ],
        at=at,
    )
    return [ACCEPTED] * len(items)


_FORGET_REPLICAS = """
DELETE FROM gateway_replica g
USING jsonb_to_recordset(%s::jsonb) AS r(institution text, unified_person_number text)
WHERE g.institution = r.institution AND g.unified_person_number = r.unified_person_number
RETURNING g.institution, g.removed_at
"""
_FORGET_ACQUISITIONS = """
DELETE FROM gateway_acquisition a
USING jsonb_to_recordset(%s::jsonb) AS r(institution text, unified_person_number text)
WHERE a.institution = r.institution AND a.unified_person_number = r.unified_person_number
"""
_UNBIND = """
UPDATE gateway_person p SET linkage_code = NULL, bound_at = NULL, hold = true
FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, unified_person_number text)
WHERE p.institution = r.institution AND p.unified_person_number = r.unified_person_number
RETURNING p.institution, p.unified_person_number
"""


@transaction.atomic(savepoint=False)
def forget_people(*, items: Sequence[Forgotten], by: Actor, at: dt.datetime) -> list[Accepted]:
    """Forget what is registered of people, their codes included; whoever comes again is on hold until told otherwise.

    For numbers whose person was merged or split: what still holds is registered and acquired anew. Records of exchanges
    stay (番号法23条).
    """
    content = [listing(items)]
    removed = Counter(row["institution"] for row in rows(_FORGET_REPLICAS, content) if row["removed_at"] is None)
    run(_FORGET_ACQUISITIONS, content)
    unbound = rows(_UNBIND, content)
    append_many(
        entries=[
            Entry(EntryKind.PROVISION_STOPPED, row | {"hold": True, "non_disclosure": False, "by": str(by)})
            for row in unbound
        ]
        + [
            Entry(EntryKind.REPLICA_REMOVED, {"institution": institution, "count": count, "by": str(by)})
            for institution, count in sorted(removed.items())
        ],
        at=at,
    )
    return [ACCEPTED] * len(items)
