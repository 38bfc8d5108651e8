"""What tests of a gateway share."""

from tests.integration.gateway.moves import served

__all__ = ["served"]
