"""The one HTTP client between nodes: mutual TLS, signed both ways, and every failure names its phase."""

import datetime as dt
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
import structlog
from django.db import DatabaseError, connections
from pydantic import BaseModel

from tasuki.nodes.keys import NodeKeys
from tasuki.nodes.types import NodeConfig, Peer
from tasuki.protocol.connections import BrokenOff, Connections, Patience, Response
from tasuki.protocol.envelope import MessageKind, TrustedKeys, configured_key, decode, encode
from tasuki.protocol.errors import ExchangeFailed, MessageRefused, Phase
from tasuki.protocol.signing import HEADER, sign
from tasuki.protocol.waiting import Silent, Waiting

ReplyT = TypeVar("ReplyT", bound=BaseModel)
_LONGEST_NUMBER = 9
#: A certificate that was exchanged is used for new connections after this many seconds.
CERTIFICATES_KNOWN_FOR = 5.0
#: Longer than any call takes.
FORMER_CLOSED_AFTER = 120.0
log = structlog.get_logger()


def tls_context(keys: NodeKeys) -> ssl.SSLContext:
    """Return a client context: TLS 1.3, our certificate, our authority only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(keys.authority)
    context.load_cert_chain(keys.certificate, keys.private_key)
    return context


@dataclass
class PeerClient:
    """Speaks with the peers of one node. Safe to share between threads; connections are kept alive."""

    node: NodeConfig
    keys: NodeKeys
    clock: Callable[[], dt.datetime]
    new_id: Callable[[dt.datetime], str]
    trusted: TrustedKeys = configured_key
    patience: Patience = field(default_factory=Patience)
    _connections: Connections = field(init=False)
    _certificates: tuple[int, ...] = field(init=False)
    _looked_at: float = field(init=False)
    _renewing: threading.Lock = field(default_factory=threading.Lock)
    silent: Silent = field(default_factory=Silent)

    def __post_init__(self) -> None:
        self._certificates, self._connections = self.keys.certificate_state(), self._connected()
        self._looked_at = time.monotonic()

    def _connected(self) -> Connections:
        return Connections(tls_context(self.keys), self.patience)

    @property
    def connections(self) -> Connections:
        """The connections, made anew with a certificate that was exchanged; what is under way goes on on the old ones.

        While certificate and key do not fit, as between the two being replaced, the former ones serve on.
        """
        if time.monotonic() - self._looked_at > CERTIFICATES_KNOWN_FOR and self._renewing.acquire(blocking=False):
            try:
                self._renew()
            except (OSError, ssl.SSLError) as error:
                log.warning("NODE-003 certificate_unusable", kind=type(error).__name__)
            finally:
                self._looked_at = time.monotonic()
                self._renewing.release()
        return self._connections

    def _renew(self) -> None:
        state = self.keys.certificate_state()
        if state == self._certificates:
            return
        former, self._connections = self._connections, self._connected()
        self._certificates = state
        # Lists of other threads may be on their way for as long as a call may take.
        closing = threading.Timer(FORMER_CLOSED_AFTER, former.close)
        closing.daemon = True
        closing.start()
        log.info("NODE-002 certificate_renewed")

    def close(self) -> None:
        self._connections.close()

    def peer(self, name: str) -> Peer:
        """Return the peer of that name.

        :raises ExchangeFailed: when it is not one of ours, which whoever calls takes as one that is away.
        """
        try:
            return self.node.peer(name)
        except KeyError as error:
            raise ExchangeFailed(name, Phase.CONNECT, "not a peer of this node") from error

    def send(
        self,
        peer: Peer,
        path: str,
        kind: MessageKind,
        items: Sequence[BaseModel] | Sequence[dict[str, Any]] | bytes,
        reply: type[ReplyT],
    ) -> list[ReplyT]:
        """Send a list and return the peer's list in reply.

        :raises ExchangeFailed: naming the phase: connect, send, receive, parse, or refused with the peer's reason.
        """
        at = self.clock()
        message = self.new_id(at)
        body = encode(message=message, kind=kind, sender=self.node.name, recipient=peer.name, at=at, items=items)
        response = self._post(peer, path, body)
        if response.status != HTTPStatus.OK:
            raise _refused(peer, response)
        try:
            answer = decode(
                response.content,
                response.headers.get(HEADER.lower(), ""),
                me=self.node,
                kind=kind,
                item=reply,
                at=self.clock(),
                trusted=self.trusted,
            )
        except MessageRefused as error:
            raise ExchangeFailed(peer.name, Phase.PARSE, f"reply {error.refusal}: {error.detail}") from error
        if answer.sender.name != peer.name or answer.in_reply_to != message:
            raise ExchangeFailed(peer.name, Phase.PARSE, "the reply is another node's, or to another message")
        return answer.items

    def begin(
        self,
        peer: Peer,
        path: str,
        kind: MessageKind,
        items: Sequence[BaseModel],
        reply: type[ReplyT],
        *,
        late: Callable[[list[ReplyT]], object],
        count: int | None = None,
    ) -> Waiting[ReplyT]:
        """Send a list in a thread of its own, and return what to wait for: its reply, but no longer than is usual.

        A reply after that goes to `late`, in that thread. Until it came or failed, the peer counts as away.

        :param count: how many items there are to work on, where they are inside those of the list.
        """
        waiting = Waiting(peer.name, len(items) if count is None else count, self.silent, late)
        if peer.name in self.silent:
            waiting.end(ExchangeFailed(peer.name, Phase.CONNECT, "has not replied to an earlier list yet"))
            return waiting

        def call() -> None:
            try:
                outcome: list[ReplyT] | BaseException = self.send(peer, path, kind, items, reply)
            except BaseException as error:  # noqa: BLE001 -- handed to whoever waits
                outcome = error
            try:
                waiting.end(outcome)
            except DatabaseError:
                # What came late could not be kept: it is asked for again, as anything that was put off.
                log.exception("JOB-002 database_failed", loop=f"call-{peer.name}")
            finally:
                connections.close_all()

        threading.Thread(target=call, name=f"call-{peer.name}", daemon=True).start()
        return waiting

    def _post(self, peer: Peer, path: str, body: bytes) -> Response:
        headers = {"Content-Type": "application/json", HEADER: sign(body, self.keys.signing, self.node.name)}
        try:
            return self.connections.post(peer.url + path, body, headers)
        except BrokenOff as broken:
            raise ExchangeFailed(peer.name, broken.phase, broken.reason) from broken


def _refused(peer: Peer, response: Response) -> ExchangeFailed:
    try:
        problem = orjson.loads(response.content)
        reason = f"{problem['refusal']}: {problem['detail']}"
    except (orjson.JSONDecodeError, KeyError, TypeError):
        reason = f"HTTP {response.status}"
    wait = response.headers.get("retry-after", "")
    # Only the form in seconds is ours; another server between us may write a date, which says nothing we need.
    retry_after = int(wait) if wait.isascii() and wait.isdigit() and len(wait) < _LONGEST_NUMBER else 0
    return ExchangeFailed(peer.name, Phase.REFUSED, reason, status=response.status, retry_after=retry_after)
