"""A gateway's background work: inquiries under way are taken up again, ended, and reported."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from pydantic import BaseModel

from tasuki.gateway import queries
from tasuki.gateway.closing import closed, still_here
from tasuki.gateway.operations.corrections import mark_passed
from tasuki.gateway.operations.endings import keep_receipts, lapse_inquiries, lapse_provisions, purge_unread
from tasuki.gateway.operations.inquiries import permit_request, receipts_sent
from tasuki.gateway.operations.moving import end_move
from tasuki.gateway.operations.record_corrections import mark_record_corrections_told
from tasuki.gateway.operations.replicas import forget_removed
from tasuki.nodes.sql import Row
from tasuki.nodes.types import NodeKind
from tasuki.protocol.envelope import CLOCK_SKEW, MessageKind
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.messages import Accepted, Receipt, ReceiptKept
from tasuki.protocol.moving import MovePart, MoveStanding, MoveTold
from tasuki.protocol.record_messages import Correction, RecordCorrection
from tasuki.runtime import exchange, node, now, peer_client, this_system

RECEIPTS_PATH = "/v1/receipts"
CORRECTIONS_PATH = "/v1/corrections"
RECORD_CORRECTIONS_PATH = "/v1/record-corrections"
MOVES_PATH = "/v1/moves"
LIST = 2_000
ItemT = TypeVar("ItemT", bound=BaseModel)
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
    waiting = closed()
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
    institutions = still_here(queries.all_institutions())
    away: dict[str, ExchangeFailed] = {}
    more = True
    while more:
        due = queries.receipts_due(institutions, LIST, without=list(away))
        # What ends meanwhile is left to the next round: with inquiries coming in, there would be no end to it.
        more = len(due) == LIST
        if due:
            away |= _tell_of(due)
    if away:
        raise next(iter(away.values()))


def _tell_of(due: Sequence[tuple[Receipt, str]]) -> dict[str, ExchangeFailed]:
    """Tell of a list of receipts, each with the gateway that was asked, and return the gateways that are away."""
    network = node().peers_of_kind(NodeKind.NETWORK)[0]
    replies = peer_client().send(network, RECEIPTS_PATH, MessageKind.RECEIPTS, [one for one, _ in due], ReceiptKept)
    grouped: dict[tuple[str, str], list[Receipt]] = defaultdict(list)
    for (receipt, asked), reply in zip(due, replies, strict=True):
        # Whom we asked then need not be who serves the provider now.
        grouped[asked, asked and (reply.provider_gateway or asked)].append(receipt)
    away: dict[str, ExchangeFailed] = {}
    for (asked, gateway), receipts in grouped.items():
        try:
            heard = _tell_provider(gateway, receipts)
        except ExchangeFailed as failure:
            away[asked] = failure
            continue
        if _note_heard(receipts, heard) < len(receipts):
            away[asked] = ExchangeFailed(gateway, Phase.REFUSED, "an institution is moving there")
    return away


def _tell_provider(gateway: str, receipts: list[Receipt]) -> list[Accepted]:
    if gateway == node().name:
        # Both towns are served here: then the receipt has no way to go.
        return keep_receipts(receipts=receipts, by=this_system(), at=now())
    if not gateway:
        return [Accepted(accepted=True) for _ in receipts]
    peer = peer_client().peer(gateway)

    def heard_late(heard: list[Accepted]) -> None:
        _note_heard(receipts, heard)

    return peer_client().begin(peer, RECEIPTS_PATH, MessageKind.RECEIPTS, receipts, Accepted, late=heard_late).reply()


def _note_heard(receipts: Sequence[Receipt], heard: Sequence[Accepted]) -> int:
    told = [receipt for receipt, reply in zip(receipts, heard, strict=True) if not reply.again]
    receipts_sent(receipts=told, by=this_system(), at=now())
    return len(told)


def tell_corrections() -> None:
    """Tell the network what was corrected since it was provided.

    :raises ExchangeFailed: when the network cannot be had; its corrections stay due.
    """

    def told(items: Sequence[Correction]) -> None:
        mark_passed(corrections=items, by=this_system(), at=now())

    _tell_network(CORRECTIONS_PATH, MessageKind.CORRECTIONS, queries.corrections_to_tell, told)


def tell_record_corrections() -> None:
    """Tell the network what our institutions corrected in their records.

    :raises ExchangeFailed: when the network cannot be had; its corrections stay due.
    """

    def told(items: Sequence[RecordCorrection]) -> None:
        mark_record_corrections_told(items=items, by=this_system(), at=now())

    due = queries.record_corrections_to_tell
    _tell_network(RECORD_CORRECTIONS_PATH, MessageKind.RECORD_CORRECTIONS, due, told)


def _tell_network(
    path: str,
    kind: MessageKind,
    due: Callable[[Sequence[str], int], Sequence[ItemT]],
    told: Callable[[Sequence[ItemT]], None],
) -> None:
    institutions = still_here(queries.all_institutions())
    network = node().peers_of_kind(NodeKind.NETWORK)[0]
    while items := due(institutions, LIST):
        replies = peer_client().send(network, path, kind, items, Accepted)
        if refused := sum(not reply.accepted for reply in replies):
            # The network has no record of the exchange any more: there is nobody left to tell.
            log.warning("GW-COR-001 corrections_refused", count=refused)
        told(items)


def follow_moves() -> None:
    """Tell the network what was given or taken in of institutions that move, and follow what it decided.

    :raises ExchangeFailed: when the network cannot be had; nobody opens anything meanwhile.
    """
    told = [_told(row) for row in queries.moves_under_way() if row["digest"]]
    if not told:
        return
    network = node().peers_of_kind(NodeKind.NETWORK)[0]
    for one, standing in zip(
        told, peer_client().send(network, MOVES_PATH, MessageKind.MOVES, told, MoveStanding), strict=True
    ):
        end_move(institution=one.institution, move=one.move, state=standing.state, by=this_system(), at=now())


def _told(row: Row) -> MoveTold:
    parts = {"out": (MovePart.GIVEN, node().name, row["other"]), "in": (MovePart.TAKEN, row["other"], node().name)}
    part, giver, taker = parts[row["direction"]]
    facts = {key: row[key] for key in ("move", "institution", "rows", "digest")}
    return MoveTold(**facts, part=part, giver=giver, taker=taker)
