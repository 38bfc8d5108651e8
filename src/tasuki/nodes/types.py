"""The configuration of one node, as kept in its `node.toml`."""

import tomllib
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasuki.shared.environments import Environment


class NodeKind(StrEnum):
    TOWN = "town"
    GATEWAY = "gateway"
    NETWORK = "network"
    JLIS = "jlis"
    PORTAL = "portal"
    """Run by the state only: it asks the network for people, and serves nobody here."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Listen(_Frozen):
    """Where the node serves. Nodes speak mutual TLS to each other; a town's screens are for its own staff."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]


class Databases(_Frozen):
    """PostgreSQL URLs by role.

    `owner` creates and alters tables, `runtime` only uses them; `index` and `index_owner` are the same for the
    schema of the person index, which no other role may read.
    """

    runtime: str
    owner: str
    index: str = ""
    index_owner: str = ""


class Peer(_Frozen):
    """Another node we speak with. Keys are raw public keys in base64.

    `log_key` signs its checkpoints where that is another key than the one of its messages; a log keeps its first.
    """

    name: str
    kind: NodeKind
    url: str = ""
    signing_key: str
    log_key: str = ""
    sealing_key: str = ""
    institutions: tuple[str, ...] = ()


class Town(_Frozen):
    """What only a town has: who it is, its way out, and what its inquiries name.

    `procedure` (事務手続コード) is a placeholder until the town puts its official code there; `department` asks.
    `inspect_every_days` is how often every link of the index is inspected (総点検); 0 leaves it to staff.
    `backups_kept_days` is how long the town keeps a backup: until then what was erased is still in one.
    """

    institution: str
    municipality_code: str
    name: str
    name_en: str
    gateway: str
    jlis: str
    procedure: str = "JT99990000000141"
    department: str = "健康づくり課"
    inspect_every_days: int = 30
    backups_kept_days: Annotated[int, Field(ge=0, le=3660)] = 35


class GatewayFiles(_Frozen):
    """That a town speaks with its gateway through files (ADR 0026): the two folders, and the codes distributed to it.

    Paths that are not absolute begin at the node's own folder. `most_records` is how many one attachment carries.
    """

    out_folder: Path
    in_folder: Path
    codes: Path | None = None
    most_records: Annotated[int, Field(ge=1, le=100_000)] = 5_000


class Console(_Frozen):
    """Where operators reach a gateway or the network with a browser (運用コンソール), and by which host names.

    A listener of its own: the one of the protocol lets nobody in without a node's certificate, which people have not.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]
    host_names: tuple[str, ...] = ()


class Uploads(_Frozen):
    """What a town takes in of files: how large one may be, and who looks for harm in it (a clamd).

    With `scanner_required`, a file nobody could look at is not taken in; without, it is, and the log says so.
    """

    most_megabytes: Annotated[int, Field(ge=1, le=1024)] = 512
    scanner: Annotated[str, Field(pattern=r"^(unix:/.+|tcp:[^:]+:[0-9]{1,5})?$")] = ""
    scanner_required: bool = False

    @model_validator(mode="after")
    def _somebody_to_ask(self) -> Self:
        if self.scanner_required and not self.scanner:
            raise ValueError("scanner: named where scanner_required is true")
        return self

    @property
    def largest(self) -> int:
        """How many bytes a file may have."""
        return self.most_megabytes * 1024 * 1024


class Screens(_Frozen):
    """How staff reach a node's screens: through what, from where, and who asks for their second factor.

    `behind_tls` says that something in `proxies` ends TLS before the node; only what comes from there may say for whom
    it asks. `addresses` lists who may come from where, as "ROLE 192.0.2.0/24"; once it lists anybody, nobody else gets
    in.
    `second_factor_at_terminal` says that every terminal demands one, so that the screens do not ask again.
    `breached_passwords` names a list of breached passwords that the operator keeps: SHA-1 hashes in order, in one file
    or in a folder by prefix.
    """

    behind_tls: bool = False
    proxies: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    second_factor_at_terminal: bool = False
    breached_passwords: str = ""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for proxy in self.proxies:
            ip_address(proxy)
        self.ranges()
        return self

    def ranges(self) -> dict[str, tuple[IPv4Network | IPv6Network, ...]]:
        """Return from where each role may come.

        :raises ValueError: for an entry that is not a role and a range of addresses.
        """
        found: dict[str, tuple[IPv4Network | IPv6Network, ...]] = {}
        for entry in self.addresses:
            role, _space, network = entry.partition(" ")
            found[role] = (*found.get(role, ()), ip_network(network))
        return found


class NodeConfig(_Frozen):
    """One node. `folder` is where the file lies; keys lie beside it.

    `environment` is written into the database when that is made, and never changes (ADR 0032).
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    kind: NodeKind
    listen: Listen
    databases: Databases
    peers: tuple[Peer, ...] = ()
    town: Town | None = None
    files: GatewayFiles | None = None
    console: Console | None = None
    uploads: Uploads | None = None
    screens: Screens = Screens()
    environment: Environment
    folder: Path = Field(default=Path(), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _said_as_before(cls, content: Any) -> Any:
        """Read a file from when only demonstrations were marked."""
        if not isinstance(content, dict) or "demonstration" not in content:
            return content
        said = {name: value for name, value in content.items() if name != "demonstration"}
        return {"environment": Environment.DUMMY if content["demonstration"] else Environment.REAL} | said

    @model_validator(mode="after")
    def _console_where_there_is_one(self) -> Self:
        if self.console is not None and self.kind not in (NodeKind.GATEWAY, NodeKind.NETWORK):
            raise ValueError("console: only a gateway and the network have one")
        return self

    @property
    def is_dummy(self) -> bool:
        """Whether only fictitious people may be kept here, as in demonstrations and training."""
        return self.environment is Environment.DUMMY

    @property
    def settings_module(self) -> str:
        """The settings of the node's programs."""
        return f"tasuki.config.settings.{self.kind}"

    @property
    def console_settings_module(self) -> str:
        """The settings of the node's console, which has tables of its own beside the node's."""
        return f"{self.settings_module}_console"

    def peer(self, name: str) -> Peer:
        """Return the peer of that name.

        :raises KeyError: when it is not one of ours.
        """
        for peer in self.peers:
            if peer.name == name:
                return peer
        raise KeyError(name)

    def peers_of_kind(self, kind: NodeKind) -> tuple[Peer, ...]:
        return tuple(peer for peer in self.peers if peer.kind == kind)

    def gateway_files(self) -> GatewayFiles | None:
        """Return the folders through which the town speaks with its gateway, whole; none where it sends messages."""
        if self.files is None:
            return None
        codes = None if self.files.codes is None else self.folder / self.files.codes
        places = {"out_folder": self.folder / self.files.out_folder, "in_folder": self.folder / self.files.in_folder}
        return self.files.model_copy(update=places | {"codes": codes})

    def upload_rules(self) -> Uploads:
        """Return what holds for files that are taken in."""
        return self.uploads or Uploads()

    def own_town(self) -> Town:
        """Return the town's part.

        :raises LookupError: on a node that is no town.
        """
        if self.town is None:
            raise LookupError(f"{self.name} is a {self.kind}, not a town")
        return self.town


def read_node(file: Path) -> NodeConfig:
    """Read a `node.toml`.

    :raises ValueError: when it is not valid TOML or a field is missing, unknown or out of range.
    """
    with file.open("rb") as opened:
        content = tomllib.load(opened)
    return NodeConfig.model_validate(content | {"folder": file.parent})


def write_node(config: NodeConfig, file: Path) -> None:
    """Write a `node.toml` readable by nobody else: it holds database passwords."""
    content = config.model_dump(mode="json", exclude={"folder"}, exclude_none=True)
    file.touch(mode=0o600, exist_ok=True)
    file.chmod(0o600)
    file.write_text(_toml(content), encoding="utf-8")


def _toml(content: dict[str, Any]) -> str:
    """Render tables one level deep and arrays of tables; JSON's strings, numbers and lists are TOML's as well."""
    simple = {key: value for key, value in content.items() if not _is_table(value)}
    lines = [f"{key} = {orjson.dumps(value).decode()}" for key, value in simple.items()]
    for key, value in content.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *(f"{name} = {orjson.dumps(item).decode()}" for name, item in value.items())]
        elif _is_table(value):
            for table in value:
                lines += [
                    "",
                    f"[[{key}]]",
                    *(f"{name} = {orjson.dumps(item).decode()}" for name, item in table.items()),
                ]
    return "\n".join(lines) + "\n"


def _is_table(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))
