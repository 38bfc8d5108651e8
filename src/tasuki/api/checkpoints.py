"""The endpoint where peers leave their checkpoints and take ours."""

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel

from tasuki.api.endpoint import Route
from tasuki.evidence.operations import note_agreement
from tasuki.evidence.types import NeedsProof, Overtaken, Refused
from tasuki.jobs.checkpoints import (
    CHECKPOINTS_PATH,
    OTHER_PROOF_NEEDED,
    compare_claim,
    held_of,
    held_size,
    keep,
    origin_of,
    own_newest,
)
from tasuki.nodes.types import NodeKind, Peer
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.node_messages import CheckpointOffer, CheckpointReply
from tasuki.runtime import this_system


def _exchange(incoming: Incoming[CheckpointOffer], at: dt.datetime) -> Sequence[BaseModel]:
    replies = []
    for offer in incoming.items:
        ours_fit = compare_claim(incoming.sender, offer.held_of_yours, at)
        reason, needed_from = _why_not_kept(incoming.sender, offer, at)
        if not reason and ours_fit:
            note_agreement(origin=origin_of(incoming.sender.name), by=this_system(), at=at)
        own, held = own_newest(offer.held_of_yours), held_of(incoming.sender.name)
        replies.append(
            CheckpointReply(
                kept=not reason,
                reason=reason,
                held_size=needed_from if needed_from is not None else held.tree_size if held else 0,
                held_note=held.note if held else "",
                note=own.note,
                proof=own.proof,
                successions=own.successions,
            )
        )
    return replies


def _why_not_kept(sender: Peer, offer: CheckpointOffer, at: dt.datetime) -> tuple[str, int | None]:
    """Keep what was offered; else say why not, and from which size the proof must lead where another one does."""
    held = held_size(sender.name)
    if not offer.successions and offer.previous_size != held and offer.note:
        # Not a refusal: the peer did not know what we hold. It offers again with the proof from there.
        return OTHER_PROOF_NEEDED, None
    outcome = keep(sender, offer, offer.previous_size, at)
    if isinstance(outcome, NeedsProof):
        return OTHER_PROOF_NEEDED, outcome.size
    if isinstance(outcome, Overtaken):
        return OTHER_PROOF_NEEDED, None
    return (outcome.reason.value if isinstance(outcome, Refused) else ""), None


def checkpoint_route(senders: frozenset[NodeKind]) -> Route:
    """Return the route; who may use it differs from node to node."""
    return Route(
        path=CHECKPOINTS_PATH,
        kind=MessageKind.CHECKPOINTS,
        senders=senders,
        item=CheckpointOffer,
        reply=CheckpointReply,
        handle=_exchange,
        # What proves that nothing was changed meanwhile goes on.
        in_maintenance=True,
        summary="Exchange signed checkpoints of the evidence logs",
    )
