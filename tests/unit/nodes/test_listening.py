"""Where the programs of a node listen: where its file says, and on this machine alone when it says nothing."""

import socket
from pathlib import Path

import pytest

from tasuki.nodes import supervisor
from tasuki.nodes.paths import Home
from tasuki.nodes.supervisor import Supervisor, SupervisorError, programs_of
from tasuki.nodes.types import Console, Databases, Listen, NodeConfig, NodeKind
from tasuki.shared.environments import Environment

KINDS_WITH_CONSOLE = {NodeKind.GATEWAY, NodeKind.NETWORK}


def told(kind: NodeKind, folder: Path, *, listen: Listen, console: Console) -> list[tuple[str, str]]:
    """Return every address and port the programs of a node are told to listen at."""
    node = NodeConfig(
        name="a",
        kind=kind,
        environment=Environment.DUMMY,
        listen=listen,
        console=console if kind in KINDS_WITH_CONSOLE else None,
        databases=Databases(runtime="postgresql://a", owner="postgresql://b"),
        folder=folder,
    )
    found: list[tuple[str, str]] = []
    for program in programs_of(node, folder):
        pairs = list(zip(program.arguments, program.arguments[1:], strict=False))
        hosts = [value for option, value in pairs if option == "--host"]
        ports = [value for option, value in pairs if option == "--port"]
        found += zip(hosts, ports, strict=True)
    return found


@pytest.mark.parametrize("kind", NodeKind)
def test_a_node_listens_on_this_machine_alone_unless_its_file_says_otherwise(kind: NodeKind, tmp_path: Path) -> None:
    expected = [("127.0.0.1", "8101"), ("127.0.0.1", "8102")]
    found = told(kind, tmp_path, listen=Listen(port=8101), console=Console(port=8102))
    assert found == (expected if kind in KINDS_WITH_CONSOLE else expected[:1])


@pytest.mark.parametrize("kind", NodeKind)
def test_a_node_listens_where_its_file_says_and_nowhere_else(kind: NodeKind, tmp_path: Path) -> None:
    listen, console = Listen(host="192.0.2.7", port=8101), Console(host="192.0.2.8", port=8102)
    expected = [("192.0.2.7", "8101"), ("192.0.2.8", "8102")]
    found = told(kind, tmp_path, listen=listen, console=console)
    assert found == (expected if kind in KINDS_WITH_CONSOLE else expected[:1])


def test_nothing_is_started_where_another_program_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FREE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        node = NodeConfig(
            name="a",
            kind=NodeKind.TOWN,
            environment=Environment.DUMMY,
            listen=Listen(port=stranger.getsockname()[1]),
            databases=Databases(runtime="postgresql://a", owner="postgresql://b"),
            folder=tmp_path,
        )
        starting = Supervisor(Home(tmp_path), [node], cluster=None)
        with pytest.raises(SupervisorError, match=f":{node.listen.port} .*ほかのプログラムが使っています"):
            starting.start()
        assert starting.programs == []
