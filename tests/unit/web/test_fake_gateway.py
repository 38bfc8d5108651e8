"""The fake gateway is called as the real one is."""

import inspect

import pytest

from tasuki.linkage.gateway_client.api import GatewayLink
from tests.fakes.gateway import FakeGateway


@pytest.mark.parametrize("name", [name for name in vars(FakeGateway) if not name.startswith("_")])
def test_a_method_of_the_fake_has_the_signature_of_the_real_one(name: str) -> None:
    assert inspect.signature(getattr(FakeGateway, name)) == inspect.signature(getattr(GatewayLink, name))
