"""The stand-in's one endpoint: individual numbers in, requests for codes on to the network."""

import datetime as dt
from collections.abc import Sequence

from pydantic import BaseModel

from tasuki.api.checkpoints import checkpoint_route
from tasuki.api.endpoint import Route
from tasuki.evidence.operations import append
from tasuki.evidence.types import EntryKind
from tasuki.jlis.operations import resident_record_codes
from tasuki.nodes.types import NodeKind
from tasuki.protocol.envelope import Incoming, MessageKind
from tasuki.protocol.errors import ExchangeFailed, MessageRefused, Refusal
from tasuki.protocol.messages import AcquisitionOutcome, AcquisitionReply, AcquisitionRequest, CodeRequest
from tasuki.runtime import node, peer_client, register_cipher

CODE_REQUESTS_PATH = "/v1/code-requests"


def _acquire(incoming: Incoming[AcquisitionRequest], at: dt.datetime) -> Sequence[BaseModel]:
    codes = resident_record_codes([item.individual_number for item in incoming.items], register_cipher())
    known = [item for item in incoming.items if item.individual_number in codes]
    # Counts only: the numbers of this acquisition must not be kept beyond it.
    append(
        kind=EntryKind.CODE_REQUESTED,
        body={"town": incoming.sender.name, "asked": len(incoming.items), "known": len(known)},
        at=at,
    )
    requests = [
        CodeRequest(
            institution=item.institution,
            acquisition_number=item.acquisition_number,
            resident_record_code=codes[item.individual_number],
        )
        for item in known
    ]
    outcome = {reply.acquisition_number: reply.outcome for reply in _forward(requests)}
    return [
        AcquisitionReply(
            acquisition_number=item.acquisition_number,
            outcome=outcome.get(item.acquisition_number, AcquisitionOutcome.UNKNOWN_NUMBER),
        )
        for item in incoming.items
    ]


def _forward(requests: Sequence[CodeRequest]) -> Sequence[AcquisitionReply]:
    if not requests:
        return ()
    network = node().peers_of_kind(NodeKind.NETWORK)[0]
    try:
        return peer_client().send(network, CODE_REQUESTS_PATH, MessageKind.CODE_REQUESTS, requests, AcquisitionReply)
    except ExchangeFailed as failure:
        # The town keeps its acquisition numbers and asks again; the network issues no code twice.
        raise MessageRefused(Refusal.UNAVAILABLE, f"the network could not be reached ({failure.phase})") from failure


ROUTES = [
    Route(
        path="/v1/acquisition-requests",
        kind=MessageKind.ACQUISITION_REQUESTS,
        senders=frozenset({NodeKind.TOWN}),
        item=AcquisitionRequest,
        reply=AcquisitionReply,
        handle=_acquire,
        summary="Ask for the linkage codes of people, by individual number (番号法21条の2第2項)",
    ),
    checkpoint_route(frozenset({NodeKind.TOWN, NodeKind.NETWORK})),
]
