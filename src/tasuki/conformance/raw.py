"""Messages that are not as they must be: signed wrongly, of another time, version or addressee, too many, replayed."""

import datetime as dt
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tasuki.conformance.acts import ACTS, Seen
from tasuki.conformance.own import OWN_ACTS
from tasuki.conformance.play import Play
from tasuki.conformance.seats import Seat, new_id
from tasuki.protocol.envelope import MAX_ITEMS, MessageKind, encode
from tasuki.protocol.signing import HEADER, sign

_INQUIRIES: Final = "/v1/inquiries"


def send(play: Play, *, fault: str = "") -> Seen:
    """Send an inquiry of the town to the gateway under test, with one fault."""
    changes: dict[str, Any] = {}
    if fault == "anothers_institution":
        changes["institution"] = play.seats.abroad.institution
    inquiry = play.new_inquiry(changes)
    at = play.now()
    values: dict[str, Any] = {
        "message": new_id(at),
        "kind": MessageKind.INQUIRIES,
        "sender": play.seats.town.config.name,
        "recipient": play.seats.under_test.name,
        "at": at,
        "items": [inquiry],
    }
    match fault:
        case "old":
            values["at"] = at - dt.timedelta(minutes=6)
        case "ahead":
            values["at"] = at + dt.timedelta(minutes=6)
        case "wrong_recipient":
            values["recipient"] = play.seats.gateway.config.name
        case "wrong_kind":
            values["kind"] = MessageKind.REPLICAS
        case "too_many":
            values["items"] = [inquiry] * (MAX_ITEMS + 1)
    body = encode(**values)
    if fault == "wrong_version":
        body = orjson.dumps(orjson.loads(body) | {"version": 2})
    if fault == "unknown_field":
        body = orjson.dumps(orjson.loads(body) | {"個人番号": ""})
    return _posted(play, play.seats.town, _INQUIRIES, body, fault)


def send_again(play: Play) -> Seen:
    """Send the very same message once more, byte for byte."""
    [(path, body)] = play.sent.items()
    return _posted(play, play.seats.town if path == _INQUIRIES else play.seats.gateway, path, body, "")


def carry_message(play: Play) -> Seen:
    """Carry the permit to the gateway under test in a message that can be sent again."""
    body = _document(play, play.document)
    return _posted(play, play.seats.gateway, "/v1/provisions", body, "")


def carry_altered(play: Play, *, fault: str) -> Seen:
    """Carry a permit that was altered on the way, or that somebody else than the network signed."""
    document = play.document
    if document is None:
        raise LookupError("the network has given no permit")
    content, signature = document.content, document.signature
    if fault == "content":
        content = content.replace('"non_disclosure":false', '"non_disclosure":true')
    elif fault == "signed_by_carrier":
        seat = play.seats.gateway
        signature = sign(content.encode(), seat.keys.signing, seat.config.name)
    elif fault == "unknown_signer":
        signature = sign(content.encode(), Ed25519PrivateKey.generate(), play.seats.network.name)
    altered = document.model_copy(update={"content": content, "signature": signature})
    return _posted(play, play.seats.gateway, "/v1/provisions", _document(play, altered), "")


def speak_as_gateway(play: Play) -> Seen:
    """Send, as a gateway, what only a town may send."""
    at = play.now()
    gateway = play.seats.gateway
    body = encode(
        message=new_id(at), kind=MessageKind.INQUIRIES, sender=gateway.config.name,
        recipient=play.seats.under_test.name, at=at, items=[play.new_inquiry({})],
    )  # fmt: skip
    return _posted(play, gateway, _INQUIRIES, body, "")


def _document(play: Play, document: Any) -> bytes:
    at = play.now()
    return encode(
        message=new_id(at), kind=MessageKind.PROVISION_REQUESTS, sender=play.seats.gateway.config.name,
        recipient=play.seats.under_test.name, at=at, items=[document],
    )  # fmt: skip


def _posted(play: Play, seat: Seat, path: str, body: bytes, fault: str) -> Seen:
    key = Ed25519PrivateKey.generate() if fault == "forged" else seat.keys.signing
    signer = "nobody" if fault == "unknown_signer" else seat.config.name
    headers = {"Content-Type": "application/json", HEADER: sign(body, key, signer)}
    if fault == "unsigned":
        del headers[HEADER]
    if fault == "altered":
        body = body.replace(b'"non_disclosure":false', b'"non_disclosure":true ')
    play.sent = {path: body}
    response = seat.client.connections.post(play.seats.under_test.url + path, body, headers)
    seen: Seen = {"status": response.status}
    told = orjson.loads(response.content)
    if response.status != HTTPStatus.OK:
        return seen | {"refusal": told.get("refusal")}
    items = told["items"]
    return seen | {"state": items[0].get("state")}


#: Everything a step may do, by the name it has in scenario files.
ALL_ACTS: Final[Mapping[str, Callable[..., Seen]]] = (
    ACTS | OWN_ACTS | {one.__name__: one for one in (send, send_again, carry_message, carry_altered, speak_as_gateway)}
)
