"""The consoles of a gateway and of the network in this process, on the real database."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from pytest_django import Settings

from tasuki import runtime
from tasuki.accounts.types import Role
from tasuki.nodes.keys import NodeKeys, write_secret
from tasuki.nodes.types import NodeKind
from tasuki.shared.actor import system_actor
from tests.consoles import console_settings
from tests.integration.logged_in import browser_of

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SYSTEM = system_actor("test")
Enter = Callable[[Role], Client]


@pytest.fixture(autouse=True)
def known_anew() -> None:
    """Let nothing of another test's maintenance or keys be remembered."""
    runtime.maintenance_changed()
    runtime._peer_keys.cache_clear()


def _answer_as(kind: NodeKind, settings: Settings, folder: Path) -> None:
    write_secret(folder / "signing.key", Ed25519PrivateKey.generate().private_bytes_raw())
    settings.KEYS = NodeKeys(folder)
    for name, value in console_settings(kind, settings.NODE, folder).items():
        setattr(settings, name, value)


@pytest.fixture
def gateway(settings: Settings, tmp_path: Path) -> None:
    """Answer at the addresses of a gateway's console."""
    _answer_as(NodeKind.GATEWAY, settings, tmp_path)


@pytest.fixture
def network(settings: Settings, tmp_path: Path) -> None:
    """Answer at the addresses of the network's console."""
    _answer_as(NodeKind.NETWORK, settings, tmp_path)


@pytest.fixture
def enter(db: None) -> Enter:
    """Return a function that gives a browser in which a member of staff of that role is logged in."""

    return lambda role: browser_of(role, "運用 五郎", "データセンター", by=SYSTEM, at=AT)
