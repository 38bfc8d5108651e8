"""Which nodes may have a console, and what a node without one never gets."""

from pathlib import Path

import pytest

from tasuki.nodes.supervisor import console_arguments, programs_of, web_arguments
from tasuki.nodes.types import Console, Databases, Listen, NodeConfig, NodeKind, read_node, write_node
from tasuki.shared.environments import Environment

CONSOLE = Console(port=8211, host_names=("gateway.example.lg.jp",))


def node(kind: NodeKind, folder: Path, console: Console | None = CONSOLE) -> NodeConfig:
    urls = Databases(runtime="postgresql://a", owner="postgresql://b")
    return NodeConfig(
        name="a",
        kind=kind,
        listen=Listen(port=1),
        environment=Environment.DUMMY,
        databases=urls,
        console=console,
        folder=folder,
    )


@pytest.mark.parametrize("kind", [NodeKind.TOWN, NodeKind.JLIS])
def test_only_a_gateway_and_the_network_have_one(kind: NodeKind, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only a gateway and the network have one"):
        node(kind, tmp_path)


@pytest.mark.parametrize("kind", [NodeKind.GATEWAY, NodeKind.NETWORK])
def test_it_is_kept_in_the_nodes_file(kind: NodeKind, tmp_path: Path) -> None:
    write_node(node(kind, tmp_path), tmp_path / "node.toml")
    assert read_node(tmp_path / "node.toml").console == CONSOLE


def test_a_console_is_a_program_of_its_own_and_only_where_it_is_asked_for(tmp_path: Path) -> None:
    programs = programs_of(node(NodeKind.GATEWAY, tmp_path), tmp_path)
    assert [one.name for one in programs] == ["a web", "a worker", "a console"]
    settings = [one.environment["DJANGO_SETTINGS_MODULE"].rpartition(".")[2] for one in programs]
    assert settings == ["gateway", "gateway", "gateway_console"]
    assert len(programs_of(node(NodeKind.GATEWAY, tmp_path, None), tmp_path)) == 2


def test_people_need_no_certificate_and_nodes_do(tmp_path: Path) -> None:
    gateway = node(NodeKind.GATEWAY, tmp_path)
    assert "--ssl-client-verify" in web_arguments(gateway)
    arguments = console_arguments(gateway, CONSOLE)
    assert "--ssl-client-verify" not in arguments
    assert arguments[arguments.index("--ssl-protocol-min") + 1] == "tls1.3"
