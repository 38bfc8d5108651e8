"""Nodes keep each other's signed checkpoints, so that no one can rewrite or cut off its own log unseen."""

import base64
import datetime as dt
from collections.abc import Sequence

from tasuki.evidence import queries
from tasuki.evidence.operations import note_agreement, raise_alarm, raise_silence, witness
from tasuki.evidence.types import AlarmReason, Checkpoint, Overtaken, PeerLog, Refused, WitnessOutcome
from tasuki.evidence.wording import silent_after
from tasuki.nodes.keys import signing_key_from
from tasuki.nodes.types import NodeKind, Peer
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.node_messages import CheckpointOffer, CheckpointReply
from tasuki.runtime import node, now, peer_client, this_system

CHECKPOINTS_PATH = "/v1/checkpoints"
#: What a peer says that does not know from which size the proof must lead. No refusal: the next offer does.
OTHER_PROOF_NEEDED = "proof from another size needed"


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


def keep(peer: Peer, note: str, proof: Sequence[str], since: int, at: dt.datetime) -> WitnessOutcome | None:
    """Keep a peer's checkpoint; nothing when it has none yet. One that had some and shows none now has lost them.

    :param since: the size of what was kept of its log when the proof was asked for.
    """
    if not note and not held_size(peer.name):
        return None
    return witness(
        note=note,
        origin=origin_of(peer.name),
        proof=[base64.b64decode(part) for part in proof],
        public_key=signing_key_from(peer.log_key or peer.signing_key),
        at=at,
        since=since,
    )


def compare_claim(peer: Peer, held_of_ours: int, at: dt.datetime) -> bool:
    """Hold what a peer says it keeps of our log against our log; say whether ours is as long, else raise an alarm."""
    newest = queries.latest_checkpoint()
    own = 0 if newest is None else newest.tree_size
    if held_of_ours <= own:
        return True
    facts = {"held_there": held_of_ours}
    raise_alarm(origin=origin_of(peer.name), reason=AlarmReason.OWN_SHRUNK, facts=facts, by=this_system(), at=at)
    return False


def exchange_with(peer: Peer) -> None:
    """Offer our newest checkpoint to a peer, keep the one it returns, and raise an alarm where they do not fit.

    The first offer starts from nothing when we do not know what the peer holds; its reply says, and a second offer
    then carries the proof.

    :raises ExchangeFailed: when the peer cannot be had.
    """
    since = 0
    for _ in range(2):
        note, proof = own_newest(since)
        held = held_size(peer.name)
        offer = CheckpointOffer(note=note, previous_size=since, proof=proof, held_of_yours=held)
        [reply] = peer_client().send(peer, CHECKPOINTS_PATH, MessageKind.CHECKPOINTS, [offer], CheckpointReply)
        at = now()
        theirs_fit = not isinstance(keep(peer, reply.note, reply.proof, held, at), Refused | Overtaken)
        ours_fit = compare_claim(peer, reply.held_size, at)
        if reply.kept or not note:
            break
        since = reply.held_size
    if not reply.kept and reply.reason != OTHER_PROOF_NEEDED:
        facts = {"said": reply.reason}
        raise_alarm(origin=origin_of(peer.name), reason=AlarmReason.DISPUTED, facts=facts, by=this_system(), at=at)
        ours_fit = False
    if theirs_fit and ours_fit:
        note_agreement(origin=origin_of(peer.name), by=this_system(), at=at)


def exchange_with_all() -> None:
    """Exchange checkpoints with every peer that serves, and notice whoever has not been heard for too long.

    :raises ExchangeFailed: when one of them cannot be had; the others are compared all the same.
    """
    away: ExchangeFailed | None = None
    for peer in node().peers:
        if peer.url:
            try:
                exchange_with(peer)
            except ExchangeFailed as failure:
                away = failure
    raise_silence(origins=_origins(), limit=silent_after(), by=this_system(), at=now())
    if away is not None:
        raise away


def _origins() -> list[str]:
    # The portal keeps no log that it shows to others.
    return [origin_of(peer.name) for peer in node().peers if peer.kind != NodeKind.PORTAL]


def peer_logs() -> list[PeerLog]:
    """Return how the log of each of our peers stands to what is kept of it here."""
    return queries.peer_logs(_origins())
