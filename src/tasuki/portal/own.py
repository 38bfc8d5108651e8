"""This process's portal: its seat, and its way to the network. Nothing about anybody is kept here."""

import datetime as dt
import os
from functools import lru_cache

from django.conf import settings

from tasuki.nodes.types import NodeConfig, NodeKind, Peer
from tasuki.portal.sittings import Sittings
from tasuki.portal.tries import Tries
from tasuki.protocol.client import PeerClient
from tasuki.shared.identifiers import new_transaction_number


def node() -> NodeConfig:
    own: NodeConfig = settings.NODE
    return own


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def new_id(at: dt.datetime) -> str:
    """Return a fresh number for a message or a request."""
    return new_transaction_number(at, os.urandom(10))


@lru_cache(maxsize=1)
def client() -> PeerClient:
    return PeerClient(node(), settings.KEYS, now, new_id)


def network() -> Peer:
    """Return the network, the only node a portal speaks with."""
    [peer] = node().peers_of_kind(NodeKind.NETWORK)
    return peer


@lru_cache(maxsize=1)
def sittings() -> Sittings:
    return Sittings()


@lru_cache(maxsize=1)
def tries() -> Tries:
    return Tries()
