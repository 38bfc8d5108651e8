"""The network's background work: issued codes are handed to the gateways."""

import structlog
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tasuki.jobs.retry import PEER_AWAY
from tasuki.network.operations.codes import confirm_delivery
from tasuki.network.operations.receipts import lapse_permits
from tasuki.network.queries import deliveries_for, gateways_awaiting_codes
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.messages import Accepted, CodeIssued
from tasuki.runtime import node, now, peer_client, this_system

log = structlog.get_logger()
CODES_PATH = "/v1/codes"
LIST = 5_000


@app.task(name="deliver_codes", queue="default", retry=PEER_AWAY)
def deliver_codes() -> None:
    """Hand every waiting code to its gateway, in lists.

    :raises ExchangeFailed: when a gateway cannot be had; the job is tried again and starts where this one stopped.
    """
    for gateway in gateways_awaiting_codes():
        peer = node().peer(gateway)
        while waiting := deliveries_for(gateway, LIST):
            items = [CodeIssued(**row) for row in waiting]
            replies = peer_client().send(peer, CODES_PATH, MessageKind.CODES_ISSUED, items, Accepted)
            refused = sum(not reply.accepted for reply in replies)
            if refused:
                # An acquisition the gateway does not know is over: asking again brings a new one.
                log.warning("NW-COD-001 codes_refused", gateway=gateway, count=refused)
            confirm_delivery(
                gateway=gateway,
                acquisition_numbers=[item.acquisition_number for item in items],
                by=this_system(),
                at=now(),
            )


def lapse_forgotten_permits() -> None:
    """End permits of which nobody told in time how they ended."""
    lapse_permits(by=this_system(), at=now())


def start_delivery() -> None:
    """Queue a delivery unless one is queued already."""
    try:
        # One queued at most, and one running at most: two would hand over the same codes at the same moment.
        deliver_codes.configure(queueing_lock="deliver_codes", lock="deliver_codes").defer()
    except AlreadyEnqueued:
        log.debug("NW-COD-002 delivery_already_queued")
