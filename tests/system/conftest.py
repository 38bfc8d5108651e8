"""Processes shared by the system tests of one worker."""

from collections.abc import Iterator

import pytest

from tests.system.relay import Relay, running_relay


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    """Return running gateways, network and J-LIS stand-in."""
    with running_relay() as running:
        yield running


@pytest.fixture(scope="session")
def own_relay() -> Iterator[Relay]:
    """Return nodes that a test may hinder, take out of work, or exchange keys of, as long as it mends them."""
    with running_relay(people=120) as running:
        yield running
