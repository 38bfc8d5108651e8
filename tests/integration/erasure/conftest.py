"""What tests of erasures share: a town beside a gateway with a database of its own."""

from tests.integration.linkage.conftest import gateway

__all__ = ["gateway"]
