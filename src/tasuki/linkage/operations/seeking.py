"""Seeking whom to ask about a resident whose former towns are not known (命令85号40条3項・4項)."""

import datetime as dt

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.linkage import queries
from tasuki.linkage.operations.inquiries import Asker
from tasuki.linkage.types import SYSTEM, Sought
from tasuki.persons import queries as index
from tasuki.protocol.envelope import wire_time
from tasuki.protocol.seeking import ProvidersSought, SeekOutcome
from tasuki.shared.actor import Actor


def seek_providers(*, person: str, asker: Asker, by: Actor, at: dt.datetime) -> Sought | None:
    """Ask the network which institutions may be asked about a person (宛名番号), recorded before it leaves.

    None when the index has not numbered the person yet. Institutions that this town has not in its directory are
    counted, not named: nobody here could tell which town they are.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    unified = index.unified_numbers(SYSTEM, [person]).get(person)
    if unified is None:
        return None
    item = ProvidersSought(
        transaction_number=asker.new_id(at),
        institution=asker.institution,
        unified_person_number=unified,
        procedure=asker.procedure,
        department=asker.department,
        requested_at=at,
    )
    with transaction.atomic():
        # Neither the 宛名番号 nor any other number of the person.
        body = {
            "procedure": item.procedure,
            "department": item.department,
            "requested_at": wire_time(at),
            "by": str(by),
        }
        append(kind=EntryKind.PROVIDERS_SOUGHT, body=body, transaction_number=item.transaction_number, at=at)
    [found] = asker.link.seek([item])
    with transaction.atomic():
        told = {"outcome": found.outcome.value, "institutions": found.institutions, "by": str(by)}
        append(kind=EntryKind.HOLDERS_TOLD, body=told, transaction_number=item.transaction_number, at=at)
    listed = [one for one in queries.providers() if one.institution in set(found.institutions)]
    return Sought(
        outcome=SeekOutcome(found.outcome),
        basis=found.basis,
        providers=tuple(listed),
        unlisted=len(found.institutions) - len(listed),
    )
