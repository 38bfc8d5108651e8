"""What `tasuki doctor` sees of a machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasuki.cli import machine
from tasuki.cli.findings import State
from tasuki.config.databases import connection_settings
from tasuki.nodes.types import Console, Databases, Listen, NodeConfig, NodeKind, Screens, Uploads
from tasuki.shared.environments import Environment
from tests.scanner import running_scanner

FAR, NEAR = "postgresql://u:p@db.example.jp/tasuki", "postgresql://u:p@127.0.0.1:1/tasuki"


@pytest.fixture(scope="module")
def scanner() -> Iterator[str]:
    with running_scanner() as address:
        yield address


def node(folder: Path, **changed: object) -> NodeConfig:
    own = NodeConfig(
        name="town-z",
        kind=NodeKind.TOWN,
        listen=Listen(port=8000),
        databases=Databases(runtime=NEAR, owner=NEAR),
        environment=Environment.REAL,
        folder=folder,
    )
    return own.model_copy(update=changed)


def states(own: NodeConfig, url: str = NEAR) -> dict[str, State]:
    return {check.name: check.state for check in machine.check_machine(own, [NEAR, url])}


def test_keys_and_passwords_that_others_can_read_are_a_problem(tmp_path: Path) -> None:
    for name in ("tls.key", "node.toml"):
        (tmp_path / name).touch(mode=0o600)
    assert states(node(tmp_path))["files"] is State.OK
    (tmp_path / "tls.key").chmod(0o640)
    assert states(node(tmp_path))["files"] is State.PROBLEM


def test_on_a_demonstration_it_is_advice(tmp_path: Path) -> None:
    (tmp_path / "tls.key").touch(mode=0o644)
    assert states(node(tmp_path, environment=Environment.DUMMY))["files"] is State.ADVICE


def test_screens_and_consoles_listen_to_nobody_but_this_machine(tmp_path: Path) -> None:
    assert states(node(tmp_path))["screens: address"] is State.OK
    assert states(node(tmp_path, listen=Listen(host="10.0.0.2", port=1)))["screens: address"] is State.PROBLEM
    gateway = node(tmp_path, kind=NodeKind.GATEWAY, console=Console(host="10.0.0.1", port=1))
    assert states(gateway)["console: address"] is State.PROBLEM
    assert "screens: address" not in states(gateway)


def test_screens_are_said_to_be_behind_tls(tmp_path: Path) -> None:
    assert states(node(tmp_path))["screens: TLS"] is State.PROBLEM
    behind = node(tmp_path, screens=Screens(behind_tls=True, proxies=("127.0.0.1",)))
    assert states(behind)["screens: TLS"] is State.OK
    assert "screens: TLS" not in states(node(tmp_path, kind=NodeKind.GATEWAY))


def test_a_scanner_that_answers_and_is_required_is_well(tmp_path: Path, scanner: str) -> None:
    assert states(node(tmp_path))["scanner"] is State.PROBLEM
    there = states(node(tmp_path, uploads=Uploads(scanner=scanner, scanner_required=True)))
    assert (there["scanner"], there["scanner: required"]) == (State.OK, State.OK)
    away = states(node(tmp_path, uploads=Uploads(scanner="unix:/nonexistent")))
    assert (away["scanner"], away["scanner: required"]) == (State.PROBLEM, State.PROBLEM)


@pytest.mark.parametrize(
    ("url", "state"),
    [(FAR, State.OK), (f"{FAR}?sslmode=verify-ca", State.OK), (f"{FAR}?sslmode=require", State.PROBLEM)],
)
def test_the_server_far_away_is_verified(tmp_path: Path, url: str, state: State) -> None:
    assert states(node(tmp_path), url)["database: way"] is state


def test_a_connection_to_another_machine_is_verified_unless_its_url_says_otherwise() -> None:
    assert connection_settings(FAR)["OPTIONS"]["sslmode"] == "verify-full"
    assert connection_settings(f"{FAR}?sslmode=require")["OPTIONS"]["sslmode"] == "require"
    assert "sslmode" not in connection_settings(NEAR)["OPTIONS"]


def test_a_disk_is_encrypted_when_it_or_all_it_lies_on_is(tmp_path: Path) -> None:
    device, crypt, bare = tmp_path / "dm-1", tmp_path / "dm-0", tmp_path / "vda"
    for folder in (device / "dm", device / "slaves", crypt / "dm", bare):
        folder.mkdir(parents=True)
    (device / "dm" / "uuid").write_text("LVM-abc\n")
    (crypt / "dm" / "uuid").write_text("CRYPT-LUKS2-abc\n")
    (device / "slaves" / "dm-0").symlink_to(crypt)
    assert machine._is_encrypted(device)
    (device / "slaves" / "vda").symlink_to(bare)
    assert not machine._is_encrypted(device)
