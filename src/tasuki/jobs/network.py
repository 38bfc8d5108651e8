"""The network's background work: issued codes are handed to the gateways."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import structlog
from pydantic import BaseModel

from tasuki.network.operations.codes import confirm_delivery
from tasuki.network.operations.corrections import mark_delivered
from tasuki.network.operations.notices import purge_notices
from tasuki.network.operations.receipts import lapse_permits
from tasuki.network.operations.record_corrections import mark_record_corrections_delivered
from tasuki.network.queries import (
    corrections_by_gateway,
    deliveries_for,
    gateways_awaiting_codes,
    record_corrections_by_gateway,
)
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import Accepted, CodeIssued
from tasuki.protocol.record_messages import Correction, RecordCorrection
from tasuki.runtime import now, peer_client, this_system

ItemT = TypeVar("ItemT", bound=BaseModel)
log = structlog.get_logger()
CODES_PATH = "/v1/codes"
CORRECTIONS_PATH = "/v1/corrections"
RECORD_CORRECTIONS_PATH = "/v1/told-record-corrections"
LIST = 5_000


def deliver_codes() -> None:
    """Hand every waiting code to its gateway, in lists; a gateway that is away does not keep the others waiting.

    :raises ExchangeFailed: when a gateway could not be had; the next round starts where this one stopped.
    """
    away: ExchangeFailed | None = None
    for gateway in gateways_awaiting_codes():
        try:
            _deliver_to(gateway)
        except ExchangeFailed as failure:
            away = failure
    if away is not None:
        raise away


def _deliver_to(gateway: str) -> None:
    peer = peer_client().peer(gateway)
    while waiting := deliveries_for(gateway, LIST):
        items = [CodeIssued(**row) for row in waiting]
        taken = partial(_codes_taken, gateway, items)
        call = peer_client().begin(peer, CODES_PATH, MessageKind.CODES_ISSUED, items, Accepted, late=taken)
        if taken(call.reply()) < len(items):
            raise ExchangeFailed(gateway, Phase.REFUSED, "an institution is moving from there")


def _codes_taken(gateway: str, items: Sequence[CodeIssued], replies: Sequence[Accepted]) -> int:
    """Note which codes a gateway has now, and return how many."""
    again = {item.acquisition_number for item, reply in zip(items, replies, strict=True) if reply.again}
    refused = sum(not reply.accepted and not reply.again for reply in replies)
    if refused:
        # An acquisition the gateway does not know is over: asking again brings a new one.
        log.warning("NW-COD-001 codes_refused", gateway=gateway, count=refused)
    taken = [one.acquisition_number for one in items if one.acquisition_number not in again]
    confirm_delivery(gateway=gateway, acquisition_numbers=taken, by=this_system(), at=now())
    return len(taken)


def lapse_forgotten_permits() -> None:
    """End permits of which nobody told in time how they ended."""
    lapse_permits(by=this_system(), at=now())


def purge_old_notices() -> None:
    """Delete whose notices to the portal are over."""
    purge_notices(by=this_system(), at=now())


def deliver_corrections() -> None:
    """Tell the inquirers' gateways what was corrected; one that is away does not keep the others waiting.

    :raises ExchangeFailed: when a gateway could not be had; its corrections stay due.
    """
    _deliver(CORRECTIONS_PATH, MessageKind.CORRECTIONS, corrections_by_gateway(LIST), _corrections_heard)


def deliver_record_corrections() -> None:
    """Tell the other sides' gateways what was corrected in records of exchanges.

    :raises ExchangeFailed: when a gateway could not be had; its corrections stay due.
    """
    due = record_corrections_by_gateway(LIST)
    _deliver(RECORD_CORRECTIONS_PATH, MessageKind.RECORD_CORRECTIONS, due, _record_corrections_heard)


def _corrections_heard(heard: Sequence[Correction]) -> None:
    mark_delivered(corrections=heard, by=this_system(), at=now())


def _record_corrections_heard(heard: Sequence[RecordCorrection]) -> None:
    mark_record_corrections_delivered(items=heard, by=this_system(), at=now())


def _deliver(
    path: str, kind: MessageKind, due: Mapping[str, Sequence[ItemT]], heard: Callable[[Sequence[ItemT]], None]
) -> None:
    away: ExchangeFailed | None = None
    for gateway, items in due.items():
        note = partial(_note_heard, items, heard)
        try:
            peer = peer_client().peer(gateway)
            note(peer_client().begin(peer, path, kind, items, Accepted, late=note).reply())
        except ExchangeFailed as failure:
            away = failure
    if away is not None:
        raise away


def _note_heard(items: Sequence[ItemT], heard: Callable[[Sequence[ItemT]], None], replies: Sequence[Accepted]) -> None:
    # One whose record is gone there has nobody to be told any more.
    heard([one for one, reply in zip(items, replies, strict=True) if not reply.again])
