"""Tests of the way to other nodes from a console: a real message each time, recorded before it leaves."""

import datetime as dt
import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509

from tasuki.api.gateway.probing import take_onwards
from tasuki.jobs.checkpoints import exchange_with
from tasuki.nodes.types import Peer
from tasuki.operating.operations import record_connection_test, record_peer_test
from tasuki.protocol.client import tls_context
from tasuki.protocol.errors import ExchangeFailed, Phase
from tasuki.protocol.probes import Connection, ConnectionProbe
from tasuki.runtime import keys, now
from tasuki.shared.actor import Actor

_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PeerTest:
    """How a message to a peer went, and until when the certificate it showed is valid."""

    peer: str
    passed: bool
    milliseconds: int = 0
    phase: str = ""
    reason: str = ""
    certificate_until: dt.datetime | None = None


def try_peer(*, peer: Peer, by: Actor) -> PeerTest:
    """Look at a peer's certificate, then exchange signed checkpoints with it: the message every node answers."""
    record_peer_test(peer=peer.name, by=by, at=now())
    try:
        until = _certificate_until(peer)
    except OSError as error:
        return PeerTest(peer.name, False, phase=Phase.CONNECT, reason=type(error).__name__)
    started = time.perf_counter()
    try:
        exchange_with(peer)
    except ExchangeFailed as failure:
        return PeerTest(peer.name, False, phase=failure.phase, reason=failure.reason[:2000], certificate_until=until)
    took = round((time.perf_counter() - started) * 1000)
    return PeerTest(peer.name, True, milliseconds=took, certificate_until=until)


def _certificate_until(peer: Peer) -> dt.datetime:
    """Return until when the certificate a peer shows is valid.

    :raises OSError: when it cannot be reached, or shows a certificate that is not good.
    """
    place = urlsplit(peer.url)
    host = place.hostname or ""
    with (
        socket.create_connection((host, place.port or 443), timeout=_SECONDS) as plain,
        tls_context(keys()).wrap_socket(plain, server_hostname=host) as secured,
    ):
        shown = secured.getpeercert(binary_form=True) or b""
    return x509.load_der_x509_certificate(shown).not_valid_after_utc


def try_way(*, institution: str, provider: str, by: Actor) -> Connection:
    """Send a message about nobody the way an inquiry takes from this gateway on."""
    record_connection_test(institution=institution, provider=provider, by=by, at=now())
    return Connection(tuple(take_onwards(ConnectionProbe(institution=institution, provider=provider))))
