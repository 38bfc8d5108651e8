"""Commands that move an institution from one gateway to another."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from tasuki.cli.institutions import Institution, become_one_of
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, ExistingFile, NodeName, show, staff_by
from tasuki.nodes.types import NodeKind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

app = typer.Typer(
    cls=CommandGroup, help="Move an institution to another gateway: export, import, switch; status; call-off."
)
BY = "move-institution"
Why = Annotated[str, typer.Option(help="It is recorded. Name no resident.")]


@app.command("export")
def export(
    institution: Institution,
    node: NodeName,
    to: Annotated[str, typer.Option(help="The gateway that takes it in, a peer of this one.")],
    file: Annotated[Path, typer.Option(help="Where the package is written. It is sealed for that gateway.")],
    why: Why,
    as_json: AsJson = False,
) -> None:
    """Close an institution here and write all that is held of it into a package. Repeating it writes the same again."""
    become_one_of(node, NodeKind.GATEWAY)
    from tasuki.gateway.errors import GatewayError
    from tasuki.gateway.operations.moving import GivingKeys, close_institution, give_institution
    from tasuki.protocol.signing import sign
    from tasuki.runtime import keys, new_id, now, payload_cipher
    from tasuki.runtime import node as own

    sealing = _sealing_key(to)
    _check_why(why)
    at = now()
    try:
        close_institution(institution=institution, taker=to, move=new_id(at), why=why.strip(), by=staff_by(BY), at=at)
        manifest = give_institution(
            institution=institution,
            file=file,
            keys=GivingKeys(lambda content: sign(content, keys().signing, own().name), sealing),
            giver=own().name,
            cipher=payload_cipher(),
            by=staff_by(BY),
            at=now(),
        )
    except GatewayError as error:
        _give_up(institution, error)
    show({"move": manifest.move, "rows": manifest.rows, "digest": manifest.digest, "file": file}, as_json)


@app.command("import")
def take_in(file: ExistingFile, node: NodeName, as_json: AsJson = False) -> None:
    """Take in the institution of a package. It stays closed here until the network has switched."""
    become_one_of(node, NodeKind.GATEWAY)
    from tasuki.gateway.errors import GatewayError
    from tasuki.gateway.operations.moving import take_institution
    from tasuki.gateway.packages import PackageInvalidError, read_manifest
    from tasuki.protocol.envelope import check_signature
    from tasuki.protocol.errors import MessageRefused
    from tasuki.runtime import keys, now, payload_cipher, trusted_keys
    from tasuki.runtime import node as own

    def check(content: bytes, signature: str) -> str:
        try:
            signer = check_signature(content, signature, own(), at=now(), trusted=trusted_keys)
        except MessageRefused as refused:
            raise PackageInvalidError(f"its signature: {refused.refusal}") from refused
        if signer.kind != NodeKind.GATEWAY:
            raise PackageInvalidError("it is not signed by a gateway")
        return signer.name

    try:
        manifest = read_manifest(file, check=check)
        take_institution(
            file=file, manifest=manifest, key=keys().sealing, cipher=payload_cipher(), by=staff_by(BY), at=now()
        )
    except GatewayError as error:
        _give_up(file.name, error)
    show({"move": manifest.move, "rows": manifest.rows, "digest": manifest.digest}, as_json)


@app.command("switch")
def switch(institution: Institution, node: NodeName, as_json: AsJson = False) -> None:
    """Put the new gateway in charge, once it has taken in exactly what was given. Status 1: not yet, and why."""
    become_one_of(node, NodeKind.NETWORK)
    from tasuki.network.operations.moving import NotReady, switch_institution
    from tasuki.runtime import now

    done = switch_institution(institution=institution, by=staff_by(BY), at=now())
    if isinstance(done, NotReady):
        typer.echo(f"{institution}: まだ切り替えられません / not yet: {done.reason}", err=True)
        raise typer.Exit(1)
    show({"institution": institution, "from": done.giver, "gateway": done.taker}, as_json)


@app.command("call-off")
def call_off(institution: Institution, node: NodeName, why: Why, as_json: AsJson = False) -> None:
    """Leave the former gateway in charge: at the network, or at that gateway as long as nothing was exported."""
    _check_why(why)
    calls: dict[NodeKind, Callable[[str, str], bool]] = {
        NodeKind.NETWORK: _call_off_at_network,
        NodeKind.GATEWAY: _call_off_at_gateway,
    }
    if not calls[become_one_of(node, *calls)](institution, why.strip()):
        typer.echo(f"{institution}: 取りやめられる移転がありません / no move to call off here", err=True)
        raise typer.Exit(1)
    show({"institution": institution, "called_off": True}, as_json)


def _call_off_at_network(institution: str, why: str) -> bool:
    from tasuki.network.operations.moving import call_move_off
    from tasuki.runtime import now

    return call_move_off(institution=institution, why=why, by=staff_by(BY), at=now())


def _call_off_at_gateway(institution: str, why: str) -> bool:
    """The network cannot have heard of a move of which nothing was given yet."""
    from tasuki.gateway.operations.moving import reopen_institution
    from tasuki.runtime import now

    return reopen_institution(institution=institution, why=why, by=staff_by(BY), at=now())


@app.command("status")
def status(node: NodeName, as_json: AsJson = False) -> None:
    """Show the moves that are not over, as this gateway or the network knows them."""
    if become_one_of(node, NodeKind.GATEWAY, NodeKind.NETWORK) is NodeKind.GATEWAY:
        from tasuki.gateway.queries import moves_under_way as listed
    else:
        from tasuki.network.queries import moves_under_way as listed
    found: dict[str, Any] = {row["institution"]: row for row in listed()}
    show(found, as_json)


def _sealing_key(gateway: str) -> "X25519PublicKey":
    from tasuki.nodes.keys import sealing_key_from
    from tasuki.runtime import node as own

    for peer in own().peers_of_kind(NodeKind.GATEWAY):
        if peer.name == gateway:
            return sealing_key_from(peer.sealing_key)
    known = ", ".join(peer.name for peer in own().peers_of_kind(NodeKind.GATEWAY))
    typer.echo(f"--to {gateway}: 知らない中間サーバーです / not a gateway known here. Known: {known}", err=True)
    raise typer.Exit(2)


def _check_why(why: str) -> None:
    if not why.strip():
        typer.echo("--why: わけを書いてください / say why", err=True)
        raise typer.Exit(2)


def _give_up(what: str, error: Exception) -> NoReturn:
    typer.echo(f"{what}: 進められません。何も変えていません / it cannot go on: {error}", err=True)
    raise typer.Exit(1) from error
