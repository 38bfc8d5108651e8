"""This process's node: its configuration, keys, and what is built from them once."""

import datetime as dt
import os
import time
from functools import lru_cache

import structlog
from django.conf import settings
from django.db import OperationalError, connections

from tasuki.accounts.codes import FactorCipher
from tasuki.gateway.exchange import Exchange
from tasuki.gateway.payloads import PayloadCipher
from tasuki.jlis.operations import RegisterCipher
from tasuki.network.codes import CodeMaker
from tasuki.network.operations.permits import Issuer
from tasuki.nodes.keys import NodeKeys, sealing_key_from
from tasuki.nodes.types import NodeConfig, NodeKind, Peer
from tasuki.operating import queries as operating
from tasuki.operating.types import Maintenance, PeerKey
from tasuki.protocol.client import PeerClient
from tasuki.protocol.signing import sign
from tasuki.shared.actor import Actor, system_actor
from tasuki.shared.identifiers import new_transaction_number

log = structlog.get_logger()


def node() -> NodeConfig:
    own: NodeConfig = settings.NODE
    return own


def keys() -> NodeKeys:
    own: NodeKeys = settings.KEYS
    return own


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def new_id(at: dt.datetime) -> str:
    """Return a fresh number for a message or an inquiry."""
    return new_transaction_number(at, os.urandom(10))


def this_system() -> Actor:
    return system_actor(node().name)


def check_own_environment() -> None:
    """Refuse to start with a file that says otherwise than the database of whether real people are kept here.

    Where the database cannot be asked the start goes on: every import looks at its mark by itself.

    :raises WrongEnvironmentError: when they differ.
    """
    try:
        operating.check_environment(node().environment)
    except OperationalError:
        log.exception("NODE-001 environment_not_checked")
    finally:
        connections.close_all()


def maintenance() -> Maintenance | None:
    """Return the maintenance this node is in, if it is; known anew every other second."""
    return _maintenance(int(time.monotonic()) // 2)


@lru_cache(maxsize=1)
def _maintenance(_moment: int) -> Maintenance | None:
    return operating.maintenance()


def maintenance_changed() -> None:
    """Look anew at once: whoever began or ended it in this process sees that on the next page."""
    _maintenance.cache_clear()


#: A key that was added or ended counts everywhere after this many seconds.
KEYS_KNOWN_FOR = 5


def trusted_keys(peer: Peer, at: dt.datetime) -> tuple[str, ...]:
    """Return the public keys that are good for a peer's messages at a time: its file's, unless it was exchanged."""
    exchanged = _peer_keys(peer.name, int(time.monotonic()) // KEYS_KNOWN_FOR)
    good = tuple(one.public_key for one in exchanged if one.is_good(at))
    if any(one.public_key == peer.signing_key for one in exchanged):
        return good
    return (peer.signing_key, *good)


@lru_cache(maxsize=4096)
def _peer_keys(peer: str, _moment: int) -> tuple[PeerKey, ...]:
    return tuple(operating.peer_keys(peer))


@lru_cache(maxsize=1)
def peer_client() -> PeerClient:
    return PeerClient(node(), keys(), now, new_id, trusted_keys)


def begin_with_certificate() -> None:
    """Read certificate and key now: while they are being replaced, a process goes on with those it began with.

    Does nothing where a node has none.
    """
    if keys().certificate.exists():
        peer_client()


@lru_cache(maxsize=1)
def payload_cipher() -> PayloadCipher:
    return PayloadCipher(keys().derive)


def factor_cipher() -> FactorCipher:
    return FactorCipher(keys().derive)


@lru_cache(maxsize=1)
def exchange() -> Exchange:
    return Exchange(node(), keys(), peer_client(), payload_cipher(), this_system(), now, trusted_keys)


@lru_cache(maxsize=1)
def code_maker() -> CodeMaker:
    return CodeMaker(keys().derive)


@lru_cache(maxsize=1)
def register_cipher() -> RegisterCipher:
    return RegisterCipher(keys().derive)


@lru_cache(maxsize=1)
def issuer() -> Issuer:
    gateways = node().peers_of_kind(NodeKind.GATEWAY)
    return Issuer(
        sign=lambda content: sign(content, keys().signing, node().name),
        sealing_keys={peer.name: sealing_key_from(peer.sealing_key) for peer in gateways},
    )
