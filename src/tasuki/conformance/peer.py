"""The party's own gateway, which answers as each scenario tells it to: truly, late, twice, wrongly, or not at all."""

import contextlib
import datetime as dt
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from weakref import WeakSet

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel

from tasuki.conformance.seats import Seat, new_id
from tasuki.gateway.exchange import read_permits
from tasuki.protocol.envelope import Incoming, MessageKind, decode, encode
from tasuki.protocol.errors import STATUS, MessageRefused, Refusal
from tasuki.protocol.messages import (
    Accepted,
    CodeIssued,
    DataSetAnswer,
    Permit,
    PermitDocument,
    Provision,
    Receipt,
    State,
)
from tasuki.protocol.node_messages import CheckpointOffer, CheckpointReply
from tasuki.protocol.signing import HEADER, sign

_PATHS: Final[Mapping[str, tuple[MessageKind, type[BaseModel]]]] = {
    "/v1/codes": (MessageKind.CODES_ISSUED, CodeIssued),
    "/v1/provisions": (MessageKind.PROVISION_REQUESTS, PermitDocument),
    "/v1/receipts": (MessageKind.RECEIPTS, Receipt),
    "/v1/checkpoints": (MessageKind.CHECKPOINTS, CheckpointOffer),
}
OTHER_DATA_SET: Final = "TM00000000000090"


@dataclass
class Part:
    """What the peer's town knows of one person, how the peer behaves about them, and what has reached it.

    `behaviours` are taken one after the other; the last one stays.
    """

    tag: str
    behaviours: list[str] = field(default_factory=lambda: ["given"])
    late_seconds: float = 0.0
    code: str = ""
    permits: list[Permit] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    def next_behaviour(self) -> str:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


@dataclass
class PeerGateway:
    """Serves the seat of the party's gateway for the length of a `with` block."""

    seat: Seat
    clock: Callable[[], dt.datetime]
    #: By acquisition number, by linkage code, and by transaction number, as each becomes known.
    parts: dict[str, Part] = field(default_factory=dict)
    #: What went wrong in this peer itself, and so says nothing of those it speaks with.
    faults: list[str] = field(default_factory=list)
    _server: "_Server | None" = None

    def __enter__(self) -> "PeerGateway":
        listen = self.seat.config.listen
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.seat.keys.certificate, self.seat.keys.private_key)
        context.load_verify_locations(self.seat.keys.authority)
        context.verify_mode = ssl.CERT_REQUIRED
        self._server = _Server((listen.host, listen.port), self, context)
        threading.Thread(target=self._server.serve_forever, name="peer", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server.hang_up()

    def answer(self, path: str, body: bytes, signature: str) -> tuple[int, bytes, str] | None:
        """Return status, body and signature of the reply; nothing when the connection is to break."""
        kind, item = _PATHS[path]
        try:
            incoming: Incoming[Any] = decode(
                body, signature, me=self.seat.config, kind=kind, item=item, at=self.clock()
            )
        except MessageRefused as refused:
            return _problem(refused.refusal, refused.detail)
        match path:
            case "/v1/provisions":
                return self._provide(incoming)
            case "/v1/checkpoints":
                reply: Sequence[BaseModel] = [CheckpointReply(kept=False, reason="no log here", held_size=0)]
            case "/v1/codes":
                reply = [self._bind(code) for code in incoming.items]
            case _:
                reply = [self._keep(receipt) for receipt in incoming.items]
        return self._signed(incoming, reply)

    def _bind(self, code: CodeIssued) -> Accepted:
        part = self.parts.get(code.acquisition_number)
        if part is None:
            return Accepted(accepted=False, reason="no such acquisition")
        part.code = code.linkage_code
        self.parts[code.linkage_code] = part
        return Accepted(accepted=True)

    def _keep(self, receipt: Receipt) -> Accepted:
        part = self.parts.get(receipt.transaction_number)
        if part is not None:
            part.receipts.append(receipt)
        return Accepted(accepted=True)

    def _provide(self, incoming: Incoming[PermitDocument]) -> tuple[int, bytes, str] | None:
        provisions: list[Provision] = []
        behaviours: list[str] = []
        for document in incoming.items:
            for permit, code in read_permits(document, self.seat.config, self.seat.keys, at=self.clock()):
                part = self.parts.get(code)
                if part is None:
                    provisions.append(self._provision(permit, State.PROVIDER_HAS_NO_CODE, []))
                    continue
                self.parts[permit.transaction_number] = part
                part.permits.append(permit)
                behaviour = part.next_behaviour()
                behaviours.append(behaviour)
                if behaviour == "late":
                    time.sleep(part.late_seconds)
                provisions += self._as_told(behaviour, permit, part)
        return self._spoilt(incoming, provisions, next(iter(behaviours), "given"))

    def _as_told(self, behaviour: str, permit: Permit, part: Part) -> list[Provision]:
        given = [DataSetAnswer(data_set=one, state=State.RECEIVED, payloads=[part.tag]) for one in permit.data_sets]
        match behaviour:
            case "none":
                answers = [DataSetAnswer(data_set=one, state=State.NO_REPLICA) for one in permit.data_sets]
                return [self._provision(permit, State.NO_REPLICA, answers)]
            case "held":
                return [self._provision(permit, State.HELD, [])]
            case "twice":
                return [self._provision(permit, State.RECEIVED, given)] * 2
            case "another_number":
                other = permit.model_copy(update={"transaction_number": new_id(self.clock())})
                return [self._provision(other, State.RECEIVED, given)]
            case "more_than_asked":
                more = DataSetAnswer(data_set=OTHER_DATA_SET, state=State.RECEIVED, payloads=["not asked for"])
                return [self._provision(permit, State.RECEIVED, [*given, more])]
        return [self._provision(permit, State.RECEIVED, given)]

    def _provision(self, permit: Permit, state: State, answers: list[DataSetAnswer]) -> Provision:
        return Provision(
            transaction_number=permit.transaction_number, state=state, provided_at=self.clock(), answers=answers
        )

    def _spoilt(
        self, incoming: Incoming[Any], provisions: Sequence[Provision], behaviour: str
    ) -> tuple[int, bytes, str] | None:
        """Return the reply as a peer that behaves like this would send it."""
        match behaviour:
            case "closed":
                return None
            case "maintenance":
                return _problem(Refusal.UNAVAILABLE, "maintenance")
            case "unsigned":
                status, body, _ = self._signed(incoming, provisions)
                return status, body, ""
            case "forged":
                return self._signed(incoming, provisions, key=Ed25519PrivateKey.generate())
            case "wrong_version":
                return self._signed(incoming, provisions, version=2)
            case "to_another":
                return self._signed(incoming, provisions, in_reply_to=new_id(self.clock()))
        return self._signed(incoming, provisions)

    def _signed(
        self,
        incoming: Incoming[Any],
        items: Sequence[BaseModel],
        *,
        key: Ed25519PrivateKey | None = None,
        version: int = 1,
        in_reply_to: str = "",
    ) -> tuple[int, bytes, str]:
        at = self.clock()
        own = self.seat.config.name
        body = encode(
            message=new_id(at), kind=incoming.kind, sender=own, recipient=incoming.sender.name, at=at, items=items,
            in_reply_to=in_reply_to or incoming.message,
        )  # fmt: skip
        if version != 1:
            body = orjson.dumps(orjson.loads(body) | {"version": version})
        return 200, body, sign(body, key or self.seat.keys.signing, own)


def _problem(refusal: Refusal, detail: str) -> tuple[int, bytes, str]:
    return STATUS[refusal], orjson.dumps({"refusal": refusal, "detail": detail}), ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], peer: PeerGateway, context: ssl.SSLContext) -> None:
        self.peer = peer
        self.open: WeakSet[socket.socket] = WeakSet()
        super().__init__(address, _Handler)
        # The handshake is left to the connection's own thread: a caller that says nothing must not keep others out.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Return the next connection, and remember it for hanging up."""
        connection, address = super().get_request()
        self.open.add(connection)
        return connection, address

    def hang_up(self) -> None:
        """End every connection that callers keep alive: a later peer at this address must get their next message."""
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep what is a fault of this peer; callers of one that breaks connections break theirs, too."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.peer.faults.append(repr(error))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Answer one message, or break the connection."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path not in _PATHS:
            self.send_error(404)
            return
        reply = self.server.peer.answer(self.path, body, self.headers.get(HEADER, ""))
        if reply is None:
            self.close_connection = True
            return
        status, content, signature = reply
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if signature:
            self.send_header(HEADER, signature)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 — the base class's own name
        """Say nothing: the report says what was seen."""
