"""What tests of the linkage share."""

from collections.abc import Iterator

import pytest

from tasuki.nodes.types import Databases
from tests.integration.linkage.beside import GatewayBeside, gateway_beside


@pytest.fixture(scope="session")
def gateway_database(database_urls: Databases) -> Iterator[GatewayBeside]:
    """Return a gateway with a database of its own, shared by the tests of a worker."""
    with gateway_beside(database_urls) as beside:
        yield beside


@pytest.fixture
def gateway(gateway_database: GatewayBeside) -> Iterator[GatewayBeside]:
    """Return the gateway, empty."""
    gateway_database.empty()
    yield gateway_database
    gateway_database.empty()
