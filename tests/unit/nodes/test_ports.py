"""Ports of nodes: the one wanted when it is free, else another that nobody has."""

import socket
from collections.abc import Iterator

import pytest

from tasuki.nodes.deployment import ANY_PORT, HOST, free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_wanted_port_is_given_when_it_is_free() -> None:
    wanted = free_port(0)

    assert free_port(wanted) == wanted


def test_another_is_given_when_somebody_listens_on_it(taken: int) -> None:
    assert free_port(taken) in ANY_PORT


def test_another_is_given_when_a_node_of_the_deployment_has_it() -> None:
    wanted = free_port(0)

    assert free_port(wanted, {wanted}) != wanted


def test_no_port_is_an_error() -> None:
    with pytest.raises(OSError, match="no free port"):
        free_port(0, ANY_PORT)
