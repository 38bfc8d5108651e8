"""Processes shared by the system tests of one worker."""

from collections.abc import Iterator

import pytest

from tests.system.relay import Relay, running_relay


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    """Return running gateways, network and J-LIS stand-in."""
    with running_relay() as running:
        yield running
