"""What tests of several contexts share."""

from collections.abc import Iterator

import pytest

from tasuki.nodes.types import Databases
from tests.integration.linkage.beside import GatewayBeside, gateway_beside


@pytest.fixture(scope="session")
def gateway_database(database_urls: Databases) -> Iterator[GatewayBeside]:
    """Return a gateway with a database of its own, shared by the tests of a worker."""
    with gateway_beside(database_urls) as beside:
        yield beside
