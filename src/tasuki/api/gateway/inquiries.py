"""The hot path: inquiries that arrive at the same moment share every list, signature and flush on their way."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain

from django.db import connection, transaction
from pydantic import BaseModel

from tasuki.api.gateway.rights import not_allowed
from tasuki.gateway import queries
from tasuki.gateway.closing import closed
from tasuki.gateway.operations.inquiries import create_inquiries
from tasuki.protocol.coalesce import Coalescer
from tasuki.protocol.envelope import MAX_ITEMS, Incoming
from tasuki.protocol.errors import MessageRefused
from tasuki.protocol.messages import Inquiry, InquiryAsked, InquiryProgress
from tasuki.protocol.operations import accept_new, replayed
from tasuki.runtime import exchange, now, payload_cipher
from tasuki.shared.actor import institution_actor

Outcome = list[InquiryProgress] | MessageRefused
#: How many inquiries must wait for each of the lists under way at once from one process. Single ones share one list:
#: with 16 clients on two cores, a second one took about a third more processor time for each inquiry. A long list goes
#: beside another, so that one of them is worked on while the other is under way to a provider.
LANES = (0, 200)


def ask(incoming: Incoming[Inquiry], at: dt.datetime) -> Sequence[BaseModel]:
    """Answer a town's list of inquiries with how they stand after one attempt at each.

    :raises MessageRefused: when the town may not speak for an institution, or the message was acted on before.
    """
    del at  # Each list has its own time, that of the transaction all its messages share.
    # Looking keys up may have taken one from the pool. Were all held by those who wait, the list would never get one.
    connection.close()
    [outcome] = _coalescer().submit([incoming])
    if isinstance(outcome, MessageRefused):
        raise outcome
    return outcome


@lru_cache(maxsize=1)
def _coalescer() -> Coalescer[Incoming[Inquiry], Outcome]:
    return Coalescer(_ask_all, most=MAX_ITEMS, lanes=LANES, weigh=lambda incoming: len(incoming.items))


def _ask_all(messages: list[Incoming[Inquiry]]) -> list[Outcome]:
    try:
        accepted, refusals = _create(messages)
        asked = [
            InquiryAsked(institution=item.institution, transaction_number=item.transaction_number)
            for incoming in accepted
            for item in incoming.items
        ]
        progress = iter(queries.progress_of(asked, payload_cipher()))
        return [refusals.get(incoming.message) or [next(progress) for _ in incoming.items] for incoming in messages]
    finally:
        connection.close()


def _create(messages: list[Incoming[Inquiry]]) -> tuple[list[Incoming[Inquiry]], dict[str, MessageRefused]]:
    """Record every message's inquiries in one transaction, then take them as far as they go."""
    at = now()
    refusals: dict[str, MessageRefused] = {}
    with transaction.atomic():
        shut = closed()
        for incoming in messages:
            refusal = not_allowed(incoming.sender.name, incoming.items, shut)
            if refusal is not None:
                refusals[incoming.message] = refusal
        allowed = [incoming for incoming in messages if incoming.message not in refusals]
        new = accept_new(messages=[(one.sender.name, one.message) for one in allowed], at=at)
        accepted = [one for one in allowed if (one.sender.name, one.message) in new]
        refusals |= {one.message: replayed(one.sender.name) for one in allowed if one not in accepted}
        items = list(chain.from_iterable(incoming.items for incoming in accepted))
        senders = ",".join(sorted({incoming.sender.name for incoming in accepted})) or "nobody"
        requests = create_inquiries(items=items, by=institution_actor(senders), at=at)
    exchange().drive(requests)
    return accepted, refusals
