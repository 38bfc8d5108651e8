"""Seeking who may be asked about a person, on behalf of our own institutions (命令85号40条3項・4項)."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.nodes.sql import listed, rows
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.seeking import Holders, HoldersAsked, ProvidersSought, SeekOutcome
from tasuki.shared.actor import Actor

# Also those without a code: to leave them out here would lead PostgreSQL to an index of codes (`tell_code_status`).
_CODES = """
SELECT r.number, p.linkage_code
FROM jsonb_to_recordset(%s::jsonb) AS r(number text, institution text, person text)
JOIN gateway_person p ON p.institution = r.institution AND p.unified_person_number = r.person
"""


@transaction.atomic(savepoint=False)
def record_search(*, items: Sequence[ProvidersSought], by: Actor, at: dt.datetime) -> list[HoldersAsked]:
    """Record what is sought before it leaves, and return what to ask the network: nothing of people without a code."""
    asked = [
        {"number": item.transaction_number, "institution": item.institution, "person": item.unified_person_number}
        for item in items
    ]
    found = rows(_CODES, [listed(asked)])
    codes = {row["number"]: row["linkage_code"] for row in found if row["linkage_code"] is not None}
    append_many(
        entries=[
            Entry(
                EntryKind.PROVIDERS_SOUGHT,
                {
                    "institution": item.institution,
                    "code": codes.get(item.transaction_number),
                    "procedure": item.procedure,
                    "department": item.department,
                    "requested_at": wire_time(item.requested_at),
                    "by": str(by),
                },
                item.transaction_number,
            )
            for item in items
        ],
        at=at,
    )
    return [
        HoldersAsked(
            transaction_number=item.transaction_number,
            inquirer=item.institution,
            inquirer_code=codes[item.transaction_number],
            procedure=item.procedure,
            department=item.department,
            requested_at=item.requested_at,
        )
        for item in items
        if item.transaction_number in codes
    ]


@transaction.atomic(savepoint=False)
def record_found(*, found: Sequence[Holders], by: Actor, at: dt.datetime) -> list[Holders]:
    """Record what was told, before the town hears of it."""
    append_many(
        entries=[
            Entry(
                EntryKind.HOLDERS_TOLD,
                {
                    "outcome": one.outcome.value,
                    "basis": one.basis,
                    "institutions": one.institutions,
                    "by": str(by),
                },
                one.transaction_number,
            )
            for one in found
        ],
        at=at,
    )
    return list(found)


def without_code(item: ProvidersSought) -> Holders:
    """Return what a town hears of a person for whom it has no code yet."""
    return Holders(transaction_number=item.transaction_number, outcome=SeekOutcome.OWN_CODE_MISSING)
