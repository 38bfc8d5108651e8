"""Bringing the town's records to its gateway, so that others can be answered (番号法22条)."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction

from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.layouts.catalogue import Catalogue, catalogue
from tasuki.layouts.replica import serialise
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.persons import queries as index
from tasuki.protocol.messages import HeldDecision, HeldInquiry, Hold
from tasuki.screening import queries as screening
from tasuki.screening.operations.outbox import drop_outbox
from tasuki.screening.types import OutboxRecord
from tasuki.shared.actor import Actor
from tasuki.shared.dates import civil_date

SYSTEM = "screening"
LIST = 5_000


def send_outbox(
    *, institution: str, link: GatewayLink, by: Actor, at: dt.datetime, progress: Callable[[int], None] | None = None
) -> int:
    """Send every waiting change to the gateway as lists of replicas, and return how many were sent.

    A list leaves the outbox only once the gateway has it; replicas carry revisions, so sending one twice or late
    changes nothing. Whether a person is on hold is told before their records, so that nobody protected is answered
    automatically even for a moment.

    :raises ExchangeFailed: when the gateway cannot be had; what was not sent stays in the outbox.
    """
    sent = 0
    while records := screening.outbox(LIST):
        unified = index.unified_numbers(SYSTEM, [record.system_person_number for record in records])
        numbered = [record for record in records if record.system_person_number in unified]
        link.set_holds(_holds(numbered, unified, institution))
        link.register_replicas(list(_replicas(numbered, unified, institution, civil_date(at))))
        with transaction.atomic():
            append(
                kind=EntryKind.REPLICA_REGISTERED,
                body={"institution": institution, "count": len(numbered), "by": str(by)},
                at=at,
            )
            drop_outbox(entries=[record.entry for record in records], by=by, at=at)
        sent += len(numbered)
        if progress is not None:
            progress(sent)
    return sent


def _holds(records: Sequence[OutboxRecord], unified: Mapping[str, str], institution: str) -> list[Hold]:
    """Return the hold of each person of a list; anyone with a protection period now or ahead is on hold."""
    held = {record.system_person_number: record.protected for record in records}
    return [
        Hold(institution=institution, unified_person_number=unified[person], hold=protected)
        for person, protected in held.items()
    ]


def _replicas(
    records: Sequence[OutboxRecord], unified: Mapping[str, str], institution: str, on: dt.date
) -> Iterator[dict[str, Any]]:
    layouts = catalogue()
    for record in records:
        if record.record is None:
            continue
        for data_set in layouts.data_sets_for(record.record.programme, record.record.stage):
            yield _replica(record, data_set.code, unified[record.system_person_number], institution, layouts, on)


def _replica(
    record: OutboxRecord, data_set: str, unified: str, institution: str, layouts: Catalogue, on: dt.date
) -> dict[str, Any]:
    assert record.record is not None  # noqa: S101 — narrowed by the caller
    version = layouts.newest_version(data_set, on)
    payload = b"" if record.withdrawn else serialise(record.record, layout_version=version, updated_on=on)
    return {
        "institution": institution,
        "unified_person_number": unified,
        "data_set": data_set,
        "record_key": f"{record.record.fiscal_year}-{record.record.sequence:02}",
        "revision": record.revision,
        "layout_version": version.number,
        "taken": True,
        "published_from": on.isoformat(),
        "published_to": None,
        "payload": payload.decode(),
    }


def held(*, institution: str, link: GatewayLink) -> list[HeldInquiry]:
    """Return the inquiries of others that wait for our answer by hand.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    return link.held(institution)


def decide_held(
    *,
    institution: str,
    transaction_number: str,
    release: bool,
    reason: str,
    link: GatewayLink,
    by: Actor,
    at: dt.datetime,
) -> bool:
    """Release or withhold one held answer, recorded here with its reason first; return False when it was too late.

    :raises ExchangeFailed: when the gateway cannot be had.
    """
    with transaction.atomic():
        append(
            kind=EntryKind.PROVISION_RESUMED if release else EntryKind.ANSWER_WITHHELD,
            body={"institution": institution, "reason": reason, "by": str(by)},
            transaction_number=transaction_number,
            at=at,
        )
    decision = HeldDecision(institution=institution, transaction_number=transaction_number, release=release)
    [reply] = link.decide_held([decision])
    return reply.accepted
