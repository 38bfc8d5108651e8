"""The envelope around every list of items one node sends another."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tasuki.nodes.keys import signing_key_from
from tasuki.nodes.types import NodeConfig, Peer
from tasuki.protocol.errors import MessageRefused, Refusal
from tasuki.protocol.signing import SignatureInvalid, claimed_signer, verify

VERSION = 1
#: Largest body read at all, and most that one list tells of.
MAX_BYTES = 64 * 1024 * 1024
MAX_ITEMS = 10_000
#: Clocks may differ by this much; older or younger messages are refused, and ids are remembered at least this long.
CLOCK_SKEW = dt.timedelta(minutes=5)

ItemT = TypeVar("ItemT", bound=BaseModel)


#: Which public keys of a peer are good for its messages at a time.
TrustedKeys = Callable[[Peer, dt.datetime], Sequence[str]]


class MessageKind(StrEnum):
    """What a list is about. Values travel on the wire."""

    ACQUISITIONS_OPENED = "acquisitions_opened"
    ACQUISITION_REQUESTS = "acquisition_requests"
    CODE_REQUESTS = "code_requests"
    CODES_ISSUED = "codes_issued"
    CODE_STATUS = "code_status"
    HOLDS = "holds"
    PEOPLE_FORGOTTEN = "people_forgotten"
    CODES_FORGOTTEN = "codes_forgotten"
    REPLICAS = "replicas"
    REGISTERED_PEOPLE = "registered_people"
    INQUIRIES = "inquiries"
    INQUIRIES_CANCELLED = "inquiries_cancelled"
    INQUIRY_STATUS = "inquiry_status"
    ANSWERS_READ = "answers_read"
    PERMIT_REQUESTS = "permit_requests"
    PROVISION_REQUESTS = "provision_requests"
    HELD_INQUIRIES = "held_inquiries"
    HELD_DECISIONS = "held_decisions"
    RECEIPTS = "receipts"
    EXCHANGES = "exchanges"
    PROVIDERS_SOUGHT = "providers_sought"
    HOLDERS = "holders"
    EXCHANGE_RECORDS = "exchange_records"
    CORRECTIONS = "corrections"
    CORRECTIONS_HEARD = "corrections_heard"
    CORRECTIONS_READ = "corrections_read"
    RECORD_CORRECTIONS = "record_corrections"
    RECORD_CORRECTIONS_HEARD = "record_corrections_heard"
    RECORD_CORRECTIONS_READ = "record_corrections_read"
    PORTAL_NOTICES = "portal_notices"
    PORTAL_NOTICE_STATUS = "portal_notice_status"
    PORTAL_CODES = "portal_codes"
    SELF_REQUESTS = "self_requests"
    SELF_ANSWERS = "self_answers"
    SELF_INBOX = "self_inbox"
    SELF_HOLDERS = "self_holders"
    SELF_RECORDS = "self_records"
    SELF_PROVISIONS = "self_provisions"
    CHECKPOINTS = "checkpoints"
    CONNECTION_TESTS = "connection_tests"
    MOVES = "moves"


class Item(BaseModel):
    """One item of a list. Unknown fields are refused: what is not understood is not acted on."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=4_000_000)

    @property
    def size(self) -> int:
        """How many things this item tells of."""
        return 1


class Envelope(BaseModel, Generic[ItemT]):
    """A list as it travels. The signature over its bytes travels in a header."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1, le=1)]
    message: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
    kind: MessageKind
    sender: Annotated[str, Field(max_length=40)]
    recipient: Annotated[str, Field(max_length=40)]
    sent_at: dt.datetime
    in_reply_to: str | None = None
    items: Annotated[list[ItemT], Field(max_length=MAX_ITEMS)]


@dataclass(frozen=True, slots=True)
class Incoming(Generic[ItemT]):
    """A message that passed every check but the one for replays, which needs the database."""

    message: str
    sender: Peer
    kind: MessageKind
    sent_at: dt.datetime
    in_reply_to: str | None
    items: list[ItemT]


def size_of(items: Iterable[Any]) -> int:
    """Return how many things the items of a list tell of."""
    return sum(item.size for item in items)


@lru_cache(maxsize=1024)
def wire_time(at: dt.datetime) -> str:
    """Return a time as it travels: UTC, microseconds, `Z`. Remembered, because the items of a list share most."""
    return at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def encode(
    *,
    message: str,
    kind: MessageKind,
    sender: str,
    recipient: str,
    at: dt.datetime,
    items: Sequence[BaseModel] | Sequence[dict[str, Any]] | bytes,
    in_reply_to: str | None = None,
) -> bytes:
    """Return the bytes to sign and send. `items` may be a JSON array already encoded."""
    listed: Any = items
    if isinstance(items, bytes):
        listed = orjson.Fragment(items)
    elif items and isinstance(items[0], BaseModel):
        listed = orjson.Fragment(_as_json(listed))
    content = {
        "version": VERSION,
        "message": message,
        "kind": kind,
        "sender": sender,
        "recipient": recipient,
        "sent_at": wire_time(at),
        "in_reply_to": in_reply_to,
        "items": listed,
    }
    return orjson.dumps(content)


def listing(items: Iterable[BaseModel]) -> str:
    """Return items, all of one class, as the one parameter of `jsonb_to_recordset(%s::jsonb)`."""
    return _as_json(list(items)).decode()


def _as_json(items: Sequence[BaseModel]) -> bytes:
    return _list_adapter(type(items[0])).dump_json(list(items)) if items else b"[]"


@lru_cache(maxsize=128)
def _list_adapter(item: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(list[item])  # type: ignore[valid-type]  # known only at run time


@lru_cache(maxsize=64)
def _adapter(item: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(Envelope[item])  # type: ignore[valid-type]  # known only at run time


def configured_key(peer: Peer, _at: dt.datetime) -> Sequence[str]:
    """Trust the key of a peer that stands in our own file, and no other."""
    return [peer.signing_key]


def decode(
    body: bytes,
    signature: str,
    *,
    me: NodeConfig,
    kind: MessageKind,
    item: type[ItemT],
    at: dt.datetime,
    trusted: TrustedKeys = configured_key,
) -> Incoming[ItemT]:
    """Check a body against its signature and our peers, then read it.

    :raises MessageRefused: saying which check failed; nothing before the signature check trusts the body.
    """
    if len(body) > MAX_BYTES:
        raise MessageRefused(Refusal.TOO_LARGE, f"more than {MAX_BYTES} bytes")
    sender = check_signature(body, signature, me, at=at, trusted=trusted)
    envelope = _read(body, item, sender.name)
    for wrong, refusal, detail in (
        (envelope.sender != sender.name, Refusal.SIGNATURE_INVALID, "signed by another node than the sender named"),
        (envelope.recipient != me.name, Refusal.WRONG_RECIPIENT, "addressed to another node"),
        (envelope.kind != kind, Refusal.WRONG_KIND, f"{kind} expected here"),
        (
            abs(at - envelope.sent_at) > CLOCK_SKEW,
            Refusal.CLOCK_SKEW,
            "sent over five minutes before or after now",
        ),
    ):
        if wrong:
            raise MessageRefused(refusal, detail, sender=sender.name)
    return Incoming(envelope.message, sender, envelope.kind, envelope.sent_at, envelope.in_reply_to, envelope.items)


def check_signature(
    body: bytes, signature: str, me: NodeConfig, *, at: dt.datetime, trusted: TrustedKeys = configured_key
) -> Peer:
    """Return the peer that signed the body, with a key that is trusted at that time.

    :raises MessageRefused: when nobody we know did.
    """
    if not signature:
        raise MessageRefused(Refusal.NO_SIGNATURE, "the signature header is missing")
    try:
        name = claimed_signer(signature)
    except SignatureInvalid as error:
        raise MessageRefused(Refusal.SIGNATURE_INVALID, str(error)) from error
    try:
        peer = me.peer(name)
    except KeyError as error:
        raise MessageRefused(Refusal.UNKNOWN_SENDER, "the signer is not a peer of this node") from error
    keys = trusted(peer, at)
    for place, key in enumerate(keys, 1):
        try:
            verify(body, signature, _key(key))
        except SignatureInvalid as error:
            if place == len(keys):
                raise MessageRefused(Refusal.SIGNATURE_INVALID, str(error), sender=name) from error
        else:
            return peer
    raise MessageRefused(Refusal.SIGNATURE_INVALID, "no key of the signer is good now", sender=name)


_key = lru_cache(maxsize=4096)(signing_key_from)


def _read(body: bytes, item: type[ItemT], sender: str) -> Envelope[ItemT]:
    try:
        envelope: Envelope[ItemT] = _adapter(item).validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise MessageRefused(Refusal.NOT_JSON, "the body is not JSON", sender=sender) from None
        place = ".".join(str(part) for part in first["loc"])
        # The offending value is never repeated: it may be personal.
        raise MessageRefused(Refusal.SCHEMA, f"{place}: {first['type']}", sender=sender) from None
    if envelope.sent_at.tzinfo is None:
        raise MessageRefused(Refusal.SCHEMA, "sent_at: time zone missing", sender=sender)
    if size_of(envelope.items) > MAX_ITEMS:
        raise MessageRefused(Refusal.SCHEMA, "items: too_long", sender=sender)
    return envelope
