"""Reads of the intermediate server."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Final

import orjson
from pydantic import TypeAdapter

from tasuki.gateway.bounds import fitting
from tasuki.gateway.closing import moved_away
from tasuki.gateway.payloads import PayloadCipher, PayloadDamaged, place_of
from tasuki.nodes.sql import Row, rows
from tasuki.protocol.envelope import listing
from tasuki.protocol.messages import (
    DataSetAnswer,
    Exchange,
    ExchangesAsked,
    HeldInquiry,
    InquiryAsked,
    InquiryProgress,
    Receipt,
    RegisteredAsked,
    RegisteredPerson,
    State,
)
from tasuki.protocol.record_messages import Correction, RecordCorrection, RecordsAsked, RecordsFound


@dataclass(frozen=True, slots=True)
class WorkUnderWay:
    """How much is not over yet: inquiries and provisions by state, ends to be told, codes being acquired."""

    inquiries: dict[str, int]
    provisions: dict[str, int]
    receipts: int
    acquisitions: int


def progress_of(asked: Sequence[InquiryAsked], cipher: PayloadCipher) -> list[InquiryProgress]:
    """Return how inquiries stand, with their answers until those were read, in the order asked; unknown ones fail.

    An answer too much for one reply is still under way: its inquiry is told of as permitted, until it is asked about
    again.
    """
    found = {
        row["number"]: row
        for row in rows(
            "SELECT i.institution, i.transaction_number::text AS number, i.state, i.state_at, i.permitted_at,"
            " i.provided_at, i.valid_until, i.basis, i.reason, i.refused_data_sets, i.non_disclosure, i.answer"
            " FROM jsonb_to_recordset(%s::jsonb) AS r(institution text, transaction_number uuid)"
            " JOIN gateway_inquiry i"
            "   ON i.institution = r.institution AND i.transaction_number = r.transaction_number",
            [listing(asked)],
        )
    }
    answered = [row for item in asked if (row := found.get(item.transaction_number)) and row["answer"] is not None]
    for row in answered[fitting(len(row["answer"]) for row in answered) :]:
        row |= {"state": State.PERMITTED, "state_at": row["permitted_at"], "provided_at": None, "answer": None}
    return [_progress(item.transaction_number, found.get(item.transaction_number), cipher) for item in asked]


def _progress(number: str, row: Row | None, cipher: PayloadCipher) -> InquiryProgress:
    if row is None:
        epoch = dt.datetime.fromtimestamp(0, dt.UTC)
        return InquiryProgress(transaction_number=number, state=State.FAILED, at=epoch, reason="no such inquiry")
    answers: list[DataSetAnswer] = []
    if row["answer"] is not None:
        content = cipher.decrypt(row["institution"], number, bytes(row["answer"]))
        answers = [
            DataSetAnswer.model_construct(**answer | {"state": State(answer["state"])})
            for answer in orjson.loads(content)
        ]
    answers += [DataSetAnswer(data_set=code, state=State.REFUSED_NO_LEGAL_BASIS) for code in row["refused_data_sets"]]
    return InquiryProgress.model_construct(
        transaction_number=number,
        state=State(row["state"]),
        at=row["state_at"],
        permitted_at=row["permitted_at"],
        provided_at=row["provided_at"],
        valid_until=row["valid_until"],
        basis=row["basis"],
        reason=row["reason"],
        non_disclosure=row["non_disclosure"],
        answers=answers,
    )


def institutions_of(town: str) -> frozenset[str]:
    """Return the institutions a town node may speak for."""
    return frozenset(
        row["institution"] for row in rows("SELECT institution FROM gateway_institution WHERE town = %s", [town])
    )


def all_institutions() -> list[str]:
    """Return every institution served here."""
    return [row["institution"] for row in rows("SELECT institution FROM gateway_institution ORDER BY institution")]


def due_inquiries(institutions: Sequence[str], most: int, at: dt.datetime) -> list[Row]:
    """Return open inquiries whose next attempt is due, in the form `operations.inquiries.permit_request` reads."""
    return rows(
        "SELECT institution, transaction_number::text, linkage_code, provider, data_sets, layouts, procedure,"
        " department, non_disclosure, requested_at, valid_for_seconds, state"
        " FROM gateway_inquiry WHERE institution = ANY(%s) AND next_attempt_at <= %s"
        " AND state IN ('sent', 'permitted', 'held') ORDER BY next_attempt_at LIMIT %s",
        [list(institutions), at, most],
    )


def receipts_due(institutions: Sequence[str], most: int, *, without: Sequence[str] = ()) -> list[tuple[Receipt, str]]:
    """Return receipts not yet sent, each with the provider's gateway; those for the gateways `without` are left out."""
    found = rows(
        "SELECT institution, transaction_number::text AS number, i.provider, i.provider_gateway, i.state,"
        " i.provided_at, i.state_at, i.non_disclosure"
        " FROM gateway_receipt_due d JOIN gateway_inquiry i USING (institution, transaction_number)"
        " WHERE d.institution = ANY(%s) AND NOT i.provider_gateway = ANY(%s)"
        " ORDER BY d.institution, d.transaction_number LIMIT %s",
        [list(institutions), list(without), most],
    )
    return [
        (
            Receipt(
                transaction_number=row["number"],
                inquirer=row["institution"],
                provider=row["provider"],
                state=State(row["state"]),
                provided_at=row["provided_at"],
                received_at=row["state_at"],
                non_disclosure=row["non_disclosure"],
            ),
            row["provider_gateway"],
        )
        for row in found
    ]


def held_inquiries(institution: str, at: dt.datetime) -> list[HeldInquiry]:
    """Return the inquiries that wait for an institution's answer by hand, the most urgent first."""
    found = rows(
        "SELECT transaction_number::text, unified_person_number, inquirer, data_sets, procedure, department, basis,"
        " non_disclosure, requested_at, valid_until FROM gateway_provision"
        " WHERE institution = %s AND state = 'held' AND valid_until >= %s ORDER BY valid_until",
        [institution, at],
    )
    return [HeldInquiry(**row) for row in found]


_REGISTERED = """
WITH known AS (
  SELECT unified_person_number AS person FROM gateway_person
  WHERE institution = %(institution)s AND unified_person_number > %(after)s AND unified_person_number <= %(upto)s
  UNION SELECT unified_person_number FROM gateway_replica WHERE removed_at IS NULL
    AND institution = %(institution)s AND unified_person_number > %(after)s AND unified_person_number <= %(upto)s
  ORDER BY 1 LIMIT %(most)s
)
SELECT k.person, coalesce(p.hold, true) AS hold, p.linkage_code IS NOT NULL AS bound,
  g.data_set, g.record_key, g.revision, g.ordinal, g.layout_version, g.payload
FROM known k
LEFT JOIN gateway_person p ON p.institution = %(institution)s AND p.unified_person_number = k.person
LEFT JOIN gateway_replica g ON g.institution = %(institution)s AND g.unified_person_number = k.person
  AND g.removed_at IS NULL
ORDER BY k.person, g.data_set, g.record_key, g.layout_version
"""


def registered_people(asked: RegisteredAsked, cipher: PayloadCipher) -> list[RegisteredPerson]:
    """Return what is registered of people, so that their town can compare: digests, never content nor codes.

    The digest is taken from what is stored, opened for the purpose: one kept beside it would vouch for nothing, and
    content of so few possible values can be guessed from its digest.
    """
    found = rows(_REGISTERED, asked.model_dump())
    # All in one go: built one by one, the replicas of a ward would take longer than opening them.
    return _PEOPLE.validate_python(
        [
            {
                "unified_person_number": person,
                "hold": one[0]["hold"],
                "bound": one[0]["bound"],
                "replicas": [_registered(asked.institution, row, cipher) for row in one if row["data_set"] is not None],
            }
            for person, one in ((person, list(group)) for person, group in groupby(found, key=itemgetter("person")))
        ]
    )


_PEOPLE: Final = TypeAdapter(list[RegisteredPerson])


def _registered(institution: str, row: Row, cipher: PayloadCipher) -> Row:
    """Turn a row with a payload into one with its digest."""
    place = place_of(institution, row["person"], row["data_set"], row["record_key"], row["layout_version"])
    try:
        digest = sha256(cipher.decrypt(institution, place, bytes(row["payload"]))).hexdigest()
    except PayloadDamaged:
        # Part of the answer: the town finds it differs and registers it anew.
        digest = ""
    return {
        "data_set": row["data_set"],
        "record_key": row["record_key"],
        "revision": row["revision"],
        "ordinal": row["ordinal"],
        "layout_version": row["layout_version"],
        "sha256": digest,
    }


# One exchange record from either side, in the same columns; what an answer is called differs, what it means does not.
_INQUIRED = """
SELECT i.transaction_number::text, i.unified_person_number, 'inquired' AS direction, i.provider AS other,
  i.data_sets, i.refused_data_sets, i.procedure, i.department, i.basis, i.state,
  i.requested_at, i.provided_at, CASE WHEN i.state = 'received' THEN i.state_at END AS received_at, i.non_disclosure
FROM gateway_inquiry i
"""
_PROVIDED = """
SELECT p.transaction_number::text, p.unified_person_number, 'provided' AS direction, p.inquirer AS other, p.data_sets,
  '{}'::text[] AS refused_data_sets, p.procedure, p.department, p.basis,
  CASE p.state WHEN 'released' THEN 'held' WHEN 'provided' THEN 'received' ELSE p.state END AS state,
  p.requested_at, p.provided_at, p.received_at, p.non_disclosure
FROM gateway_provision p
"""

_ASKED = (
    "JOIN jsonb_to_recordset(%(asked)s::jsonb) AS r(institution text, unified_person_number text, since timestamptz)"
)
# When the other side was told last that what was provided is no more so, or we were.
_CORRECTED = """
(SELECT max(c.corrected_at) FROM gateway_correction c WHERE c.transaction_number = {0}.transaction_number::uuid
  AND c.institution = {1} AND c.direction = {0}.direction) AS corrected_at
"""
_AMENDED = """
(SELECT coalesce(jsonb_agg(jsonb_build_object('field', a.field, 'former', a.former, 'value', a.value,
    'ground', a.ground, 'by', CASE WHEN a.is_own THEN a.institution ELSE a.other END, 'decided_at', a.decided_at)
    ORDER BY a.decided_at, a.correction), '[]')
  FROM gateway_record_correction a WHERE a.transaction_number = {0}.transaction_number::uuid
  AND a.institution = {1} AND a.direction = {0}.direction) AS amendments
"""
_EXCHANGES = f"""
WITH found AS (
{_INQUIRED} {_ASKED} ON i.institution = r.institution AND i.unified_person_number = r.unified_person_number
  AND i.requested_at >= r.since
UNION ALL
{_PROVIDED} {_ASKED} ON p.institution = r.institution AND p.unified_person_number = r.unified_person_number
  AND p.requested_at >= r.since
)
SELECT found.*, {_CORRECTED.format("found", "ANY(%(institutions)s)")},
  {_AMENDED.format("found", "ANY(%(institutions)s)")} FROM found
ORDER BY requested_at, transaction_number
"""  # noqa: S608 -- the columns are constants


def _records_of(found: Sequence[Row]) -> list[Exchange]:
    return [Exchange(**row | {"amendments": orjson.loads(row["amendments"])}) for row in found]


def exchanges_of(asked: Sequence[ExchangesAsked]) -> list[Exchange]:
    """Return the exchange records of people since a time, on either side, in the order of time; no content."""
    institutions = sorted({item.institution for item in asked})
    found = rows(_EXCHANGES, {"asked": listing(asked), "institutions": institutions})
    return _records_of(found)


_WITHIN = """
WHERE {0}.institution = %(institution)s AND {0}.requested_at >= %(since)s AND {0}.requested_at < %(until)s
  AND (%(everybody)s OR {0}.unified_person_number = ANY(%(people)s))
"""
_RECORDS = f"""
WITH found AS ({_INQUIRED} {_WITHIN.format("i")} UNION ALL {_PROVIDED} {_WITHIN.format("p")}),
chosen AS (
  SELECT * FROM found
  WHERE (%(direction)s::text IS NULL OR direction = %(direction)s)
    AND (%(other)s::text IS NULL OR other = %(other)s)
    AND (%(procedure)s::text IS NULL OR procedure = %(procedure)s)
    AND (%(state)s::text IS NULL OR state = %(state)s)
    AND (%(non_disclosure)s::boolean IS NULL OR non_disclosure = %(non_disclosure)s)
    AND (%(transaction_number)s::text IS NULL OR transaction_number = %(transaction_number)s)
)
SELECT (SELECT count(*) FROM chosen) AS total, page.*, {_CORRECTED.format("page", "%(institution)s")},
  {_AMENDED.format("page", "%(institution)s")} FROM (
  SELECT * FROM chosen ORDER BY requested_at DESC, transaction_number, direction LIMIT %(most)s OFFSET %(offset)s
) AS page
"""  # noqa: S608 -- the columns are constants


def records_like(asked: RecordsAsked) -> RecordsFound:
    """Return exchange records of an institution that are as asked for, the newest first; no content."""
    found = rows(_RECORDS, asked.model_dump() | {"everybody": not asked.people})
    totals = {row.pop("total") for row in found}
    # Behind the last page there is no row to say how many there are: nobody is sent there.
    return RecordsFound(total=max(totals, default=0), records=_records_of(found))


def corrections_to_tell(institutions: Sequence[str], most: int) -> list[Correction]:
    """Return corrections of what our institutions provided that the network does not have yet."""
    found = rows(
        "SELECT transaction_number::text, other AS inquirer, institution AS provider, data_set, ordinal, kind,"
        " corrected_at FROM gateway_correction WHERE institution = ANY(%s) AND direction = 'provided'"
        " AND passed_at IS NULL ORDER BY institution, noted_at LIMIT %s",
        [list(institutions), most],
    )
    return [Correction(**row) for row in found]


def corrections_heard(institution: str, most: int = 2_000) -> list[Correction]:
    """Return corrections of what an institution received that its town does not have yet."""
    found = rows(
        "SELECT transaction_number::text, institution AS inquirer, other AS provider, data_set, ordinal, kind,"
        " corrected_at FROM gateway_correction WHERE institution = %s AND direction = 'inquired'"
        " AND passed_at IS NULL ORDER BY noted_at LIMIT %s",
        [institution, most],
    )
    return [Correction(**row) for row in found]


_RECORD_CORRECTIONS = """
SELECT correction::text, transaction_number::text, {parties}, field, value, ground, decided_at
FROM gateway_record_correction WHERE institution = ANY(%s) AND is_own = %s AND passed_at IS NULL
ORDER BY institution, noted_at LIMIT %s
"""


def record_corrections_to_tell(institutions: Sequence[str], most: int) -> list[RecordCorrection]:
    """Return corrections our institutions made in their records that the network does not have yet."""
    found = rows(_RECORD_CORRECTIONS.format(parties="institution, other, direction"), [list(institutions), True, most])
    return [RecordCorrection(**row) for row in found]


def record_corrections_heard(institution: str, most: int = 2_000) -> list[RecordCorrection]:
    """Return corrections the other side made in its records of exchanges with ours that the town has not heard of."""
    parties = (
        "other AS institution, institution AS other,"
        " CASE direction WHEN 'inquired' THEN 'provided' ELSE 'inquired' END AS direction"
    )
    found = rows(
        # The alias `institution` must not be taken for the column that is asked for.
        _RECORD_CORRECTIONS.format(parties=parties).replace("ORDER BY institution, ", "ORDER BY "),
        [[institution], False, most],
    )
    return [RecordCorrection(**row) for row in found]


def counts() -> dict[str, int]:
    """Return how much the gateway holds, over all institutions."""
    [row] = rows(
        "SELECT (SELECT count(*) FROM gateway_replica WHERE removed_at IS NULL) AS replicas,"
        " (SELECT count(*) FROM gateway_person WHERE linkage_code IS NOT NULL) AS codes,"
        " (SELECT count(*) FROM gateway_inquiry) AS inquiries,"
        " (SELECT count(*) FROM gateway_provision) AS provisions"
    )
    return row


def work_under_way() -> WorkUnderWay:
    """Count what is not over yet, by the indexes that hold nothing else: cheap whatever the gateway holds."""
    inquiries = rows(
        "SELECT state, count(*) AS n FROM gateway_inquiry WHERE next_attempt_at IS NOT NULL GROUP BY state"
    )
    provisions = rows(
        "SELECT state, count(*) AS n FROM gateway_provision WHERE state IN ('held', 'released')"
        " AND NOT institution = ANY(%s) GROUP BY 1",
        [moved_away()],
    )
    [row] = rows(
        "SELECT (SELECT count(*) FROM gateway_receipt_due) AS receipts,"
        " (SELECT count(*) FROM gateway_acquisition) AS acquisitions"
    )
    return WorkUnderWay(
        inquiries={one["state"]: one["n"] for one in inquiries},
        provisions={one["state"]: one["n"] for one in provisions},
        **row,
    )


def town_of(institution: str) -> str | None:
    """Return the town that speaks for an institution; None when it is not served here."""
    found = rows("SELECT town FROM gateway_institution WHERE institution = %s", [institution])
    return found[0]["town"] if found else None


def institutions_served() -> list[Row]:
    """Return who is served here, who is suspended why and by whom, and the last move of each."""
    return rows(
        "SELECT i.institution, i.town, i.joined_at, i.suspended_at, i.suspended_why, i.suspended_by,"
        " m.direction AS move_direction, m.other AS move_other, m.state AS move_state"
        " FROM gateway_institution i LEFT JOIN LATERAL ("
        "   SELECT direction, other, state FROM gateway_move WHERE institution = i.institution"
        "   ORDER BY ended_at DESC NULLS FIRST, began_at DESC, move DESC LIMIT 1) AS m ON true ORDER BY i.institution"
    )


def moves_under_way() -> list[Row]:
    """Return the moves that are not over, with how much was given or taken in so far."""
    return rows(
        "SELECT institution, move::text, direction, other, rows, digest, began_at FROM gateway_move"
        " WHERE ended_at IS NULL ORDER BY institution"
    )


def move_under_way(institution: str) -> Row | None:
    """Return the move of an institution that is not over, if there is one."""
    return next((row for row in moves_under_way() if row["institution"] == institution), None)
