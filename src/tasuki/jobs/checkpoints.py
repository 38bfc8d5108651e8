"""Nodes keep each other's signed checkpoints, so that no one can rewrite or cut off its own log unseen."""

import base64
import datetime as dt

from tasuki.evidence import queries
from tasuki.evidence.operations import witness
from tasuki.evidence.types import AlreadyKept, Checkpoint, Kept, Refused
from tasuki.nodes.keys import signing_key_from
from tasuki.nodes.types import Peer
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.messages import CheckpointOffer, CheckpointReply
from tasuki.runtime import node, now, peer_client

CHECKPOINTS_PATH = "/v1/checkpoints"


def origin_of(name: str) -> str:
    """Return the name of a node's log."""
    return f"tasuki/{name}"


def held_size(peer: str) -> int:
    """Return the size of the largest checkpoint kept of a peer's log."""
    kept = queries.latest_witnessed(origin_of(peer))
    return kept.tree_size if kept else 0


def own_newest(since: int) -> tuple[str, list[str]]:
    """Return our newest checkpoint and the proof that it extends our log at a size; empty without records."""
    newest = queries.latest_checkpoint()
    if newest is None:
        return "", []
    return newest.note, _proof(since, newest)


def _proof(since: int, newest: Checkpoint) -> list[str]:
    if not 0 < since < newest.tree_size:
        return []
    return [base64.b64encode(part).decode() for part in queries.consistency_proof(since, newest.tree_size)]


def keep(peer: Peer, note: str, proof: list[str], at: dt.datetime) -> Kept | AlreadyKept | Refused | None:
    """Keep a peer's checkpoint; nothing when it has none yet."""
    if not note:
        return None
    return witness(
        note=note,
        origin=origin_of(peer.name),
        proof=[base64.b64decode(part) for part in proof],
        public_key=signing_key_from(peer.signing_key),
        at=at,
    )


def exchange_with(peer: Peer) -> None:
    """Offer our newest checkpoint to a peer and keep the one it returns.

    The first offer starts from nothing when we do not know what the peer holds; its reply says, and a second offer
    then carries the proof.

    :raises ExchangeFailed: when the peer cannot be had.
    """
    since = 0
    for _ in range(2):
        note, proof = own_newest(since)
        offer = CheckpointOffer(note=note, previous_size=since, proof=proof, held_of_yours=held_size(peer.name))
        [reply] = peer_client().send(peer, CHECKPOINTS_PATH, MessageKind.CHECKPOINTS, [offer], CheckpointReply)
        keep(peer, reply.note, reply.proof, now())
        if reply.kept or not note:
            return
        since = reply.held_size


def exchange_with_all() -> None:
    """Exchange checkpoints with every peer that serves; one that is away does not keep the others waiting.

    :raises ExchangeFailed: when a peer could not be had.
    """
    away: ExchangeFailed | None = None
    for peer in node().peers:
        if peer.url:
            try:
                exchange_with(peer)
            except ExchangeFailed as failure:
                away = failure
    if away is not None:
        raise away
