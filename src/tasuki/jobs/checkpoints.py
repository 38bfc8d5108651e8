"""Nodes keep each other's signed checkpoints, so that no one can rewrite or cut off its own log unseen."""

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasuki.evidence import queries
from tasuki.evidence.operations import (
    follow_succession,
    note_agreement,
    raise_alarm,
    raise_silence,
    witness,
)
from tasuki.evidence.types import (
    AlarmReason,
    Checkpoint,
    FollowOutcome,
    KeptElsewhere,
    NeedsProof,
    Overtaken,
    PeerLog,
    Refused,
    ShownSuccession,
)
from tasuki.evidence.wording import silent_after
from tasuki.nodes.keys import signing_key_from
from tasuki.nodes.types import NodeKind, Peer
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.errors import ExchangeFailed
from tasuki.protocol.node_messages import CheckpointOffer, CheckpointReply, SuccessionShown
from tasuki.runtime import node, now, peer_client, this_system

CHECKPOINTS_PATH = "/v1/checkpoints"
#: What a peer says that does not know from which size the proof must lead. No refusal: the next offer does.
OTHER_PROOF_NEEDED = "proof from another size needed"


def origin_of(name: str) -> str:
    """Return the name of a node's log."""
    return f"tasuki/{name}"


def own_log() -> str:
    """Return the name under which our log signs: its first, or the one it goes on by since a restore."""
    newest = queries.latest_checkpoint()
    return origin_of(node().name) if newest is None else newest.origin


def logs_kept() -> dict[str, str]:
    """Return the logs of peers of which something is kept here, by what their files are called."""
    return {
        origin.removeprefix("tasuki/").replace("/", "."): origin
        for peer in node().peers
        for origin in queries.names_of(origin_of(peer.name))
        if queries.latest_witnessed(origin) is not None
    }


def held_of(peer: str) -> Checkpoint | None:
    """Return the largest checkpoint kept of a peer's log, under the name it has now."""
    return queries.latest_witnessed(queries.name_of(origin_of(peer)))


def held_size(peer: str) -> int:
    """Return the size of the largest checkpoint kept of a peer's log."""
    kept = held_of(peer)
    return kept.tree_size if kept else 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What we show of our log: the newest checkpoint, what it proves, and by which restores it came to its name."""

    note: str = ""
    proof: list[str] = field(default_factory=list)
    successions: list[SuccessionShown] = field(default_factory=list)


def own_newest(since: int) -> Shown:
    """Return our newest checkpoint and the proof that it extends our log at a size; empty without records."""
    newest = queries.latest_checkpoint()
    if newest is None:
        return Shown()
    successions = [
        SuccessionShown(leaf=one.leaf.decode(), leaf_index=one.leaf_index, proof=_encoded(one.proof))
        for one in queries.shown_successions(origin_of(node().name), newest.tree_size)
    ]
    return Shown(newest.note, _proof(since, newest), successions)


def _proof(since: int, newest: Checkpoint) -> list[str]:
    if not 0 < since < newest.tree_size:
        return []
    return _encoded(queries.consistency_proof(since, newest.tree_size))


def _encoded(proof: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(part).decode() for part in proof]


def _decoded(proof: Sequence[str]) -> list[bytes]:
    return [base64.b64decode(part) for part in proof]


def keep(peer: Peer, shown: CheckpointOffer | CheckpointReply, since: int, at: dt.datetime) -> FollowOutcome | None:
    """Keep a peer's checkpoint; nothing when it has none yet. One that had some and shows none now has lost them.

    :param since: the size of what was kept of its log when the proof was asked for.
    """
    if not shown.note and not held_size(peer.name):
        return None
    origin, proof = origin_of(peer.name), _decoded(shown.proof)
    key = signing_key_from(peer.log_key or peer.signing_key)
    if not shown.successions:
        return witness(note=shown.note, origin=origin, proof=proof, public_key=key, at=at, since=since)
    return follow_succession(
        origin=origin,
        shown=[
            ShownSuccession(one.leaf.encode(), one.leaf_index, tuple(_decoded(one.proof))) for one in shown.successions
        ],
        note=shown.note,
        proof=proof,
        since=since,
        public_key=key,
        by=this_system(),
        at=at,
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
    then carries the proof. Where the peer's log goes on under a new name, the second asks for the proof that it needs.

    :raises ExchangeFailed: when the peer cannot be had.
    """
    since, held = 0, held_size(peer.name)
    for _ in range(2):
        own = own_newest(since)
        reply = _offer(peer, own, since, held)
        at = now()
        outcome = keep(peer, reply, held, at)
        ours_fit = compare_claim(peer, reply.held_size, at)
        if (reply.kept or not own.note) and not isinstance(outcome, NeedsProof):
            break
        since = reply.held_size
        held = outcome.size if isinstance(outcome, NeedsProof) else held_size(peer.name)
    theirs_fit = not isinstance(outcome, Refused | Overtaken | NeedsProof)
    if not reply.kept and reply.reason != OTHER_PROOF_NEEDED:
        facts = {"said": reply.reason}
        raise_alarm(origin=origin_of(peer.name), reason=AlarmReason.DISPUTED, facts=facts, by=this_system(), at=at)
        ours_fit = False
    if theirs_fit and ours_fit:
        note_agreement(origin=origin_of(peer.name), by=this_system(), at=at)


def _offer(peer: Peer, own: Shown, since: int, held: int) -> CheckpointReply:
    offer = CheckpointOffer(
        note=own.note, previous_size=since, proof=own.proof, held_of_yours=held, successions=own.successions
    )
    call = peer_client().begin(
        peer, CHECKPOINTS_PATH, MessageKind.CHECKPOINTS, [offer], CheckpointReply, late=_too_late
    )
    [reply] = call.reply()
    return reply


def _too_late(_replies: list[CheckpointReply]) -> None:
    # What a peer showed some time ago is old by now: the next exchange brings its newest.
    return


def ask_what_is_kept() -> tuple[list[KeptElsewhere], list[str]]:
    """Ask every peer that serves what it keeps of our log; return that, and the peers that could not be had."""
    kept, away = [], []
    for peer in node().peers:
        if not peer.url:
            away += [] if peer.kind == NodeKind.PORTAL else [peer.name]
            continue
        try:
            reply = _offer(peer, own_newest(0), 0, held_size(peer.name))
        except ExchangeFailed:
            away.append(peer.name)
            continue
        if reply.held_note:
            kept.append(KeptElsewhere(peer.name, reply.held_note))
    return kept, away


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
