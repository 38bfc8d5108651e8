"""Answering people who ask about themselves through the portal: permits as for everybody, answers sealed for them."""

import datetime as dt
from collections.abc import Mapping, Sequence

from tasuki.gateway.errors import PermitInvalid
from tasuki.gateway.exchange import Exchange, read_permits
from tasuki.gateway.operations.provisions import answer_permits
from tasuki.nodes.keys import sealing_key_from
from tasuki.protocol.messages import Provision
from tasuki.protocol.portal import portal
from tasuki.protocol.self_messages import SelfPermits, SelfProvision, SelfState, seal_answers, told_as
from tasuki.shared.actor import institution_actor


def answer_people(
    exchange: Exchange, items: Sequence[SelfPermits], *, sender: str, at: dt.datetime
) -> list[SelfProvision]:
    """Answer permits of the portal's, brought by the network; what is given only the person's key opens.

    :raises PermitInvalid: when a permit is not the portal's, names no key, or cannot be read.
    """
    keys: dict[str, str] = {}
    pairs = []
    for item in items:
        keys |= item.answer_keys
        pairs += read_permits(item.document, exchange.node, exchange.keys, at=at, trusted=exchange.trusted)
    for permit, _ in pairs:
        if permit.inquirer != portal().institution or permit.transaction_number not in keys:
            raise PermitInvalid("permit document: not a person's own inquiry, or without its key")
    provisions = answer_permits(permits=pairs, cipher=exchange.cipher, by=institution_actor(sender), at=at)
    return [_sealed(one, keys) for one in provisions]


def _sealed(one: Provision, keys: Mapping[str, str]) -> SelfProvision:
    is_given = one.answers and told_as(one.state, has_content=True) is SelfState.GIVEN
    key = sealing_key_from(keys[one.transaction_number])
    return SelfProvision(
        transaction_number=one.transaction_number,
        state=one.state,
        provided_at=one.provided_at,
        non_disclosure=one.non_disclosure,
        sealed=seal_answers(one.transaction_number, one.answers, key) if is_given else "",
    )
