"""Telling who may be asked about a person (命令85号40条3項・4項)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from tasuki.evidence.operations import append_many
from tasuki.evidence.types import Entry, EntryKind
from tasuki.network import rules
from tasuki.network.queries import members
from tasuki.network.types import InstitutionClass, Member, Permission, RefusalReason, Refused
from tasuki.nodes.sql import listed, rows
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.portal import portal as own_portal
from tasuki.protocol.seeking import Holders, HoldersAsked, SeekOutcome
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

_HOLDERS = """
SELECT r.number, own.pivot IS NOT NULL AS own_known, i.institution, i.institution_class
FROM jsonb_to_recordset(%s::jsonb) AS r(number text, inquirer text, code text)
LEFT JOIN network_issued_code own ON own.institution = r.inquirer AND own.linkage_code = r.code
LEFT JOIN network_issued_code theirs ON theirs.pivot = own.pivot AND theirs.institution <> r.inquirer
LEFT JOIN network_institution i ON i.institution = theirs.institution AND i.assessed_on <= %s
  AND i.suspended_at IS NULL
ORDER BY r.number, i.institution
"""
_OUTCOMES = {
    RefusalReason.NO_LEGAL_BASIS: SeekOutcome.NO_LEGAL_BASIS,
    RefusalReason.PROVIDER_UNKNOWN: SeekOutcome.NO_LEGAL_BASIS,
    RefusalReason.NO_ASSESSMENT: SeekOutcome.NO_ASSESSMENT,
    RefusalReason.SUSPENDED: SeekOutcome.SUSPENDED,
}


@transaction.atomic(savepoint=False)
def tell_holders(
    *,
    items: Sequence[HoldersAsked],
    permissions: Sequence[Permission],
    by: Actor,
    at: dt.datetime,
    portal: Member | None = None,
) -> list[Holders]:
    """Tell for each person which institutions hold a code and may be asked on this day, and record what was told.

    An institution without a published impact assessment, one that is suspended, or of a kind the table of law does not
    let be asked, is not named. Which of them hold results nobody knows before asking.

    :param portal: the portal, where people ask about themselves; no gateway may ask in its name.
    """
    on = civil_date(at)
    known = members(item.inquirer for item in items)
    known.pop(own_portal().institution, None)
    if portal is not None:
        known[portal.institution] = portal
    asked = [
        {"number": item.transaction_number, "inquirer": item.inquirer, "code": item.inquirer_code} for item in items
    ]
    found: dict[str, list[Mapping[str, object]]] = {item.transaction_number: [] for item in items}
    for row in rows(_HOLDERS, [listed(asked), on]):
        found[row["number"]].append(row)
    told = [_holders(item, known.get(item.inquirer), found[item.transaction_number], permissions, on) for item in items]
    append_many(entries=[_entry(item, one, by) for item, one in zip(items, told, strict=True)], at=at)
    return told


def _holders(
    item: HoldersAsked,
    inquirer: Member | None,
    found: Sequence[Mapping[str, object]],
    permissions: Sequence[Permission],
    on: dt.date,
) -> Holders:
    lawful = rules.may_be_asked(inquirer=inquirer, procedure=item.procedure, permissions=permissions, on=on)
    if isinstance(lawful, Refused):
        return Holders(transaction_number=item.transaction_number, outcome=_OUTCOMES[lawful.reason], basis=lawful.basis)
    if not found or not found[0]["own_known"]:
        return Holders(transaction_number=item.transaction_number, outcome=SeekOutcome.OWN_CODE_MISSING)
    return Holders(
        transaction_number=item.transaction_number,
        outcome=SeekOutcome.TOLD,
        basis=lawful.basis,
        institutions=[
            str(row["institution"])
            for row in found
            if row["institution"] is not None and InstitutionClass(str(row["institution_class"])) in lawful.classes
        ],
    )


def _entry(item: HoldersAsked, told: Holders, by: Actor) -> Entry:
    body = {
        "inquirer": item.inquirer,
        "code": item.inquirer_code,
        "procedure": item.procedure,
        "department": item.department,
        "requested_at": wire_time(item.requested_at),
        "outcome": told.outcome.value,
        "basis": told.basis,
        "institutions": told.institutions,
        "by": str(by),
    }
    return Entry(EntryKind.HOLDERS_TOLD, body, item.transaction_number)
