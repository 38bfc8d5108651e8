"""A gateway's background work: inquiries under way are taken up again, ended, and reported."""

from collections import defaultdict

import structlog

from tasuki.gateway import queries
from tasuki.gateway.operations.corrections import mark_passed
from tasuki.gateway.operations.endings import keep_receipts, lapse_inquiries, lapse_provisions, purge_unread
from tasuki.gateway.operations.inquiries import permit_request, receipts_sent
from tasuki.gateway.operations.replicas import forget_removed
from tasuki.nodes.types import NodeKind
from tasuki.protocol.envelope import CLOCK_SKEW, MessageKind
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import Accepted, Receipt
from tasuki.runtime import exchange, node, now, peer_client, this_system

RECEIPTS_PATH = "/v1/receipts"
CORRECTIONS_PATH = "/v1/corrections"
LIST = 2_000
log = structlog.get_logger()


def forget_removed_replicas() -> None:
    """Delete the traces of replicas taken back so long ago that no older message about them can arrive."""
    at = now()
    forget_removed(before=at - 2 * CLOCK_SKEW, by=this_system(), at=at)


def continue_inquiries() -> None:
    """End what has lapsed, and take up again what is due."""
    institutions = queries.all_institutions()
    lapse_inquiries(institutions=institutions, by=this_system(), at=now())
    lapse_provisions(institutions=institutions, by=this_system(), at=now())
    waiting = queries.suspended()
    active = [one for one in institutions if one not in waiting]
    due = queries.due_inquiries(active, LIST, now())
    exchange().drive([permit_request(row) for row in due])


def purge_unread_answers() -> None:
    """Delete the content of answers that no town has fetched in time."""
    purge_unread(institutions=queries.all_institutions(), by=this_system(), at=now())


def send_receipts() -> None:
    """Tell the network and the providers' gateways how inquiries ended; one that is away does not keep others waiting.

    :raises ExchangeFailed: when one of them cannot be had; its receipts stay due.
    """
    institutions = queries.all_institutions()
    away: dict[str, ExchangeFailed] = {}
    while due := queries.receipts_due(institutions, LIST, without=list(away)):
        network = node().peers_of_kind(NodeKind.NETWORK)[0]
        peer_client().send(network, RECEIPTS_PATH, MessageKind.RECEIPTS, [one for one, _ in due], Accepted)
        grouped: dict[str, list[Receipt]] = defaultdict(list)
        for receipt, gateway in due:
            grouped[gateway].append(receipt)
        for gateway, receipts in grouped.items():
            try:
                _tell_provider(gateway, receipts)
            except ExchangeFailed as failure:
                away[gateway] = failure
            else:
                receipts_sent(receipts=receipts, by=this_system(), at=now())
    if away:
        raise next(iter(away.values()))


def _tell_provider(gateway: str, receipts: list[Receipt]) -> None:
    if gateway == node().name:
        # Both towns are served here: then the receipt has no way to go.
        keep_receipts(receipts=receipts, by=this_system(), at=now())
    elif gateway:
        peer_client().send(node().peer(gateway), RECEIPTS_PATH, MessageKind.RECEIPTS, receipts, Accepted)


def tell_corrections() -> None:
    """Tell the network what was corrected since it was provided.

    :raises ExchangeFailed: when the network cannot be had; its corrections stay due.
    """
    institutions = queries.all_institutions()
    network = node().peers_of_kind(NodeKind.NETWORK)[0]
    while due := queries.corrections_to_tell(institutions, LIST):
        replies = peer_client().send(network, CORRECTIONS_PATH, MessageKind.CORRECTIONS, due, Accepted)
        if refused := sum(not reply.accepted for reply in replies):
            # The network has no record of the exchange any more: there is nobody left to tell.
            log.warning("GW-COR-001 corrections_refused", count=refused)
        mark_passed(corrections=due, by=this_system(), at=now())
