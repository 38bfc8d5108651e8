"""What a step can do as the portal, for a person who asks about themselves, and as somebody who is not the portal."""

from collections.abc import Callable
from typing import Final

from tasuki.conformance.acts import Seen
from tasuki.conformance.play import DATA_SET, Play
from tasuki.conformance.seats import new_id
from tasuki.nodes.keys import encode_key
from tasuki.protocol.envelope import MessageKind
from tasuki.protocol.sealing import NotForUs
from tasuki.protocol.self_messages import (
    PortalCodeAsked,
    PortalCodeTold,
    SelfAnswersAsked,
    SelfProgress,
    SelfRequested,
    open_answers,
)
from tasuki.protocol.self_reading import SelfRecords, SelfRecordsAsked


def have_portal_code(play: Play) -> Seen:
    """Get the portal's own code for the person."""
    asked = PortalCodeAsked(resident_record_code=play.person.resident_record_code)
    [told] = play.seats.portal.client.send(
        play.seats.network, "/v1/portal-codes", MessageKind.PORTAL_CODES, [asked], PortalCodeTold
    )
    play.portal_code = told.portal_code
    return {"is_known": bool(told.portal_code), "is_the_peers": told.portal_code == play.part.code}


def ask_own(play: Play, *, code: str = "portal", by: str = "portal") -> Seen:
    """Ask the town for the person's own results, by the portal's code or the peer town's, as the portal or not."""
    play.own_request = SelfRequested(
        request_number=new_id(play.now()),
        portal_code=play.portal_code if code == "portal" else play.part.code,
        answer_key=encode_key(play.own_key.public_key()),
        providers=[play.seats.town.institution],
        data_sets=[DATA_SET],
    )
    return _asked(play, by)


def ask_own_again(play: Play) -> Seen:
    """Send the same request once more, in a new message."""
    return _asked(play, "portal")


def _asked(play: Play, by: str) -> Seen:
    seat = play.seats.portal if by == "portal" else play.seats.gateway
    [told] = seat.client.send(
        play.seats.network, "/v1/self-requests", MessageKind.SELF_REQUESTS, [_request(play)], SelfProgress
    )
    numbers = [one.transaction_number for one in told.answers]
    is_same = numbers == [play.own_number]
    play.own_number = next(iter(numbers), "")
    return {"outcome": told.outcome.value, "asked": len(numbers), "is_same": is_same}


def own_answers(play: Play) -> Seen:
    """Fetch what was answered to the person, and open it."""
    asked = SelfAnswersAsked(
        request_number=_request(play).request_number, portal_code=_request(play).portal_code
    )  # fmt: skip
    [told] = play.seats.portal.client.send(
        play.seats.network, "/v1/self-answers", MessageKind.SELF_ANSWERS, [asked], SelfProgress
    )
    try:
        given = [
            part
            for one in told.answers
            if one.sealed
            for part in open_answers(one.transaction_number, one.sealed, play.own_key)
        ]
    except NotForUs:
        return {"tags": ["(sealed for somebody else)"]}
    return {
        "states": [one.state.value for one in told.answers],
        "tags": [payload for part in given for payload in part.payloads],
        "data_sets": [part.data_set for part in given],
        "names_basis": all("番号法" in one.basis for one in told.answers),
    }


def own_records(play: Play, *, by: str = "portal") -> Seen:
    """Ask who asked about the person, as the portal or not."""
    seat = play.seats.portal if by == "portal" else play.seats.gateway
    asked = SelfRecordsAsked(portal_code=play.portal_code)
    [told] = seat.client.send(
        play.seats.network, "/v1/self-records", MessageKind.SELF_RECORDS, [asked], SelfRecords
    )  # fmt: skip
    return {
        "records": len(told.records),
        "own": sum(one.is_own for one in told.records),
        "names_basis": all("番号法" in one.basis for one in told.records),
    }


def _request(play: Play) -> SelfRequested:
    if play.own_request is None:
        raise LookupError("the scenario has not asked in the person's name yet")
    return play.own_request


OWN_ACTS: Final[dict[str, Callable[..., Seen]]] = {
    one.__name__: one for one in (have_portal_code, ask_own, ask_own_again, own_answers, own_records)
}
