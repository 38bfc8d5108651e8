"""The endpoint where peers leave their checkpoints and take ours."""

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel

from tasuki.api.endpoint import Route
from tasuki.evidence.operations import note_agreement
from tasuki.evidence.types import Overtaken, Refused
from tasuki.jobs.checkpoints import (
    CHECKPOINTS_PATH,
    OTHER_PROOF_NEEDED,
    compare_claim,
    held_size,
    keep,
    origin_of,
    own_newest,
)
from tasuki.nodes.types import NodeKind
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.node_messages import CheckpointOffer, CheckpointReply
from tasuki.runtime import this_system


def _exchange(incoming: Incoming[CheckpointOffer], at: dt.datetime) -> Sequence[BaseModel]:
    replies = []
    for offer in incoming.items:
        held = held_size(incoming.sender.name)
        kept, reason = True, ""
        ours_fit = compare_claim(incoming.sender, offer.held_of_yours, at)
        if offer.previous_size != held and offer.note:
            # Not a refusal: the peer did not know what we hold. It offers again with the proof from there.
            kept, reason = False, OTHER_PROOF_NEEDED
        else:
            outcome = keep(incoming.sender, offer.note, offer.proof, held, at)
            if isinstance(outcome, Overtaken):
                kept, reason = False, OTHER_PROOF_NEEDED
            elif isinstance(outcome, Refused):
                kept, reason = False, outcome.reason.value
            elif ours_fit:
                note_agreement(origin=origin_of(incoming.sender.name), by=this_system(), at=at)
        note, proof = own_newest(offer.held_of_yours)
        replies.append(
            CheckpointReply(kept=kept, reason=reason, held_size=held_size(incoming.sender.name), note=note, proof=proof)
        )
    return replies


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
