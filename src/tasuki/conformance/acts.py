"""What a step of a scenario can do, by the public interfaces only. Each act returns what was seen."""

import datetime as dt
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from tasuki.conformance.play import DATA_SET, Play
from tasuki.conformance.seats import Seat, new_id
from tasuki.linkage.gateway_client.api import GatewayLink
from tasuki.protocol import messages
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.messages import State
from tasuki.protocol.portal import portal
from tasuki.protocol.replica_messages import WrittenSheet

Seen = dict[str, Any]
BIND_SECONDS = 20.0


def have_code(play: Play, *, at: str) -> Seen:
    """Acquire the person's linkage code for the town or for the peer's town, until it is bound."""
    is_town = at == "town"
    seat = play.seats.town if is_town else play.seats.abroad
    number = os.urandom(16).hex()
    if is_town:
        play.town.open_acquisitions(
            [
                messages.AcquisitionOpened(
                    institution=seat.institution, acquisition_number=number, unified_person_number=play.person.at_town
                )
            ]
        )
    else:
        play.stage.peer.parts[number] = play.part
    [reply] = (play.town if is_town else play.abroad).request_codes(
        [
            messages.AcquisitionRequest(
                institution=seat.institution,
                acquisition_number=number,
                individual_number=play.person.individual_number,
            )
        ]
    )
    bound = reply.outcome in ("issued", "already_issued") and _is_bound(play, seat, number, is_town)
    return {"outcome": reply.outcome.value, "bound": bound}


def _is_bound(play: Play, seat: Seat, number: str, is_town: bool) -> bool:
    asked = messages.CodeStatusAsked(
        institution=seat.institution, acquisition_number=number, unified_person_number=play.person.at_town
    )
    deadline = time.monotonic() + BIND_SECONDS
    while time.monotonic() < deadline:
        if play.town.code_status([asked])[0].bound if is_town else play.part.code:
            return True
        time.sleep(0.2)
    return False


def hold(play: Play, *, on: bool) -> Seen:
    """Stop automatic answers for the person at the gateway under test, or let it answer again."""
    people = [play.person.at_town]
    one = messages.Hold(institution=play.seats.town.institution, unified_person_numbers=people, hold=on)
    return {"accepted": play.town.set_holds([one])[0].accepted}


def register(play: Play, *, tag: str, order: int = 1, taken: bool = True, layout_version: str = "1") -> Seen:
    """Register a replica of the person at the gateway under test; an empty tag takes it back."""
    sheet = WrittenSheet(
        institution=play.seats.town.institution,
        data_set=DATA_SET,
        layout_version=layout_version,
        published_from=dt.date(2025, 6, 1),
        # A later run of the same scenarios comes after this one.
        replicas=[(play.person.at_town, "2025-01", 1, play.stage.run * 1_000 + order, taken, tag)],
    )
    return {"accepted": play.town.register_replicas([sheet])[0].accepted}


def peer_behaves(play: Play, *, behaviours: Sequence[str], late_seconds: float = 0.0) -> Seen:
    """Let the peer gateway answer about this person so: one behaviour after the other, the last one from then on."""
    play.part.behaviours, play.part.late_seconds = list(behaviours), late_seconds
    return {}


def inquire(play: Play, **how: Any) -> Seen:
    """Let the town ask about the person through the gateway under test."""
    return _progress(play.town, play.new_inquiry(how))


def ask_again(play: Play) -> Seen:
    """Send the same inquiry once more, in a new message."""
    return _progress(play.town, play.current())


def _progress(link: GatewayLink, inquiry: messages.Inquiry) -> Seen:
    return _seen(link.inquire([inquiry])[0])


def _seen(progress: messages.InquiryProgress | messages.Provision) -> Seen:
    tags = [payload for answer in progress.answers for payload in answer.payloads]
    return {"state": progress.state.value, "tags": tags, "data_sets": [answer.data_set for answer in progress.answers]}


def status(play: Play) -> Seen:
    """Ask the gateway under test how the inquiry stands."""
    return _seen(play.town.inquiry_status([_asked(play)])[0])


def _asked(play: Play) -> messages.InquiryAsked:
    return messages.InquiryAsked(
        institution=play.seats.town.institution, transaction_number=play.current().transaction_number
    )


def cancel(play: Play) -> Seen:
    """Call the inquiry off."""
    return _seen(play.town.cancel([play.current()])[0])


def read(play: Play) -> Seen:
    """Say that the answer is stored."""
    one = messages.AnswerRead(
        institution=play.seats.town.institution, transaction_number=play.current().transaction_number
    )
    return {"accepted": play.town.answers_read([one])[0].accepted}


def waits(play: Play) -> Seen:
    """Look whether the permit waits for the town's answer by hand."""
    held = {one.transaction_number for one in play.town.held(play.seats.town.institution)}
    return {"waiting": play.number() in held}


def decide(play: Play, *, release: bool) -> Seen:
    """Release or withhold the held answer."""
    one = messages.HeldDecision(
        institution=play.seats.town.institution, transaction_number=play.number(), release=release
    )
    return {"accepted": play.town.decide_held([one])[0].accepted}


def record(play: Play) -> Seen:
    """Read the town's exchange records of the person (番号法23条) and show those of this exchange."""
    asked = messages.ExchangesAsked(
        institution=play.seats.town.institution, unified_person_number=play.person.at_town, since=play.began_at
    )
    own = [one for one in play.town.exchanges([asked]) if one.transaction_number == play.number()]
    seen: Seen = {"records": len(own)}
    if own:
        first = own[0]
        seen |= {
            "state": first.state.value,
            "direction": first.direction.value,
            "names_basis": "番号法" in first.basis,
            "names_department": bool(first.department),
            "other_is_peer": first.other == play.seats.abroad.institution,
            "other_is_portal": first.other == portal().institution,
            "has_times": first.provided_at is not None,
        }
    return seen


def peer_got(play: Play) -> Seen:
    """Look at what has reached the peer gateway about the person."""
    permits, receipts = play.part.permits, play.part.receipts
    return {
        "permits": len(permits),
        "numbers": len({permit.transaction_number for permit in permits}),
        "non_disclosure": permits[-1].non_disclosure if permits else None,
        "names_basis": bool(permits and "番号法" in permits[-1].basis),
        "receipt": receipts[-1].state.value if receipts else "",
    }


def keep_size(play: Play, *, of: str) -> Seen:
    """Remember how many records a node's signed log has, once it is quiet."""
    play.sizes[of] = play.quiet_size(of)
    return {}


def log_grew(play: Play, *, of: str, by: int) -> Seen:
    """Look whether a node's signed log has grown by that many records."""
    return {"grew": play.size(of) >= play.sizes[of] + by}


def wait(play: Play, *, seconds: float) -> Seen:
    """Let time pass."""
    del play
    time.sleep(seconds)
    return {}


def permit(play: Play, *, provider: str = "", **how: Any) -> Seen:
    """Ask the network, as the peer gateway, for a permit to ask the town about the person."""
    seats, at = play.seats, play.now()
    values: dict[str, Any] = {
        "transaction_number": new_id(at),
        "inquirer": seats.abroad.institution,
        "inquirer_code": play.part.code,
        "provider": provider or seats.town.institution,
        "data_sets": [DATA_SET],
        "procedure": play.stage.procedure,
        "department": "適合確認",
        "non_disclosure": False,
        "requested_at": at,
    }
    play.request = messages.PermitRequest(**values | how)
    return ask_network(play)


def ask_network(play: Play) -> Seen:
    """Ask the network for the same permit again."""
    if play.request is None:
        raise LookupError("the scenario has not asked for a permit yet")
    gateway = play.seats.gateway
    [reply] = gateway.client.send(
        play.seats.network, "/v1/permits", MessageKind.PERMIT_REQUESTS, [play.request], messages.PermitReply
    )
    [decision] = reply.decisions
    play.document = reply.documents[0] if reply.documents else None
    refused = [refusal.data_set for refusal in decision.refused]
    return {"state": decision.state.value, "documents": len(reply.documents), "refused": refused}


def carry(play: Play) -> Seen:
    """Carry the permit to the gateway under test, as the peer gateway."""
    if play.document is None:
        raise LookupError("the network has given no permit")
    gateway = play.seats.gateway
    provisions = gateway.client.send(
        play.seats.under_test, "/v1/provisions", MessageKind.PROVISION_REQUESTS, [play.document], messages.Provision
    )
    return _seen(provisions[0]) | {"answers": len(provisions)}


def report(play: Play, *, state: str) -> Seen:
    """Tell the gateway under test how the inquiry ended, as the peer gateway."""
    if play.request is None:
        raise LookupError("the scenario has not asked for a permit yet")
    at = play.now()
    receipt = messages.Receipt(
        transaction_number=play.request.transaction_number, inquirer=play.request.inquirer,
        provider=play.request.provider, state=State(state), provided_at=at, received_at=at,
    )  # fmt: skip
    [reply] = play.seats.gateway.client.send(
        play.seats.under_test, "/v1/receipts", MessageKind.RECEIPTS, [receipt], messages.Accepted
    )
    return {"accepted": reply.accepted}


ACTS: dict[str, Callable[..., Seen]] = {
    one.__name__: one
    for one in (
        have_code, hold, register, peer_behaves, inquire, ask_again, status, cancel, read, waits, decide, record,
        peer_got, keep_size, log_grew, wait, permit, ask_network, carry, report,
    )
}  # fmt: skip
