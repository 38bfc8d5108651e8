"""What tests of the linkage share."""

from collections.abc import Iterator

import pytest

from tests.integration.linkage.beside import GatewayBeside


@pytest.fixture
def gateway(gateway_database: GatewayBeside) -> Iterator[GatewayBeside]:
    """Return the gateway, empty."""
    gateway_database.empty()
    yield gateway_database
    gateway_database.empty()
