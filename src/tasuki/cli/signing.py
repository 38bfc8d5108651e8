"""Commands that exchange the keys messages are signed with: a node's own, and those its peers are known by."""

import base64
import binascii
import datetime as dt
from typing import Annotated, Final

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, show, staff_by

app = typer.Typer()
own = typer.Typer(cls=CommandGroup, help="The key a node signs its messages with: make the next one, use it.")
peers = typer.Typer(cls=CommandGroup, help="The keys peers sign with: add, end, list.")
app.add_typer(own, name="signing-key")
app.add_typer(peers, name="peer-key")
_KEY_BYTES: Final = 32
PeerName = Annotated[str, typer.Argument(help="The peer's name, as in this node's file.")]
PublicKey = Annotated[str, typer.Argument(help="The public key in base64, as `signing-key make` printed it.")]


@own.command("make")
def make(node: NodeName, as_json: AsJson = False) -> None:
    """Make the next key, and print its public half: tell every peer, and wait until each has added it."""
    become(node)
    from tasuki.operating.types import fingerprint
    from tasuki.runtime import keys

    public = keys().make_next_signing()
    show({"node": node, "public_key": public, "fingerprint": fingerprint(public)}, as_json)


@own.command("use")
def use(node: NodeName, as_json: AsJson = False) -> None:
    """Sign messages with the next key from now on; running processes notice by themselves. The log keeps its key."""
    become(node)
    from tasuki.operating.operations import record_signing_key
    from tasuki.operating.types import fingerprint
    from tasuki.runtime import keys, now

    public = keys().next_signing()
    if not public:
        typer.echo("次の鍵がありません。先に signing-key make / there is no next key: make one first", err=True)
        raise typer.Exit(2)
    record_signing_key(public_key=public, by=staff_by("signing-key"), at=now())
    keys().use_next_signing()
    show({"node": node, "fingerprint": fingerprint(public)}, as_json)


@peers.command("add")
def add(
    peer: PeerName,
    key: PublicKey,
    node: NodeName,
    overlap_days: Annotated[int, typer.Option(min=0, max=90, help="How long the former key is good yet.")] = 7,
    as_json: AsJson = False,
) -> None:
    """Accept a peer's messages under another key as well. Compare the fingerprint by another way first."""
    become(node)
    configured = _configured(peer, key)
    from tasuki.operating.operations import add_peer_key
    from tasuki.runtime import now

    at = now()
    add_peer_key(
        peer=peer,
        public_key=key,
        configured=configured,
        former_until=at + dt.timedelta(days=overlap_days),
        by=staff_by("peer-key"),
        at=at,
    )
    _show(peer, as_json)


@peers.command("end")
def end(peer: PeerName, key: PublicKey, node: NodeName, as_json: AsJson = False) -> None:
    """Accept nothing more under a key of a peer, at once."""
    become(node)
    _configured(peer, key)
    from tasuki.operating.operations import end_peer_key
    from tasuki.runtime import now

    end_peer_key(peer=peer, public_key=key, by=staff_by("peer-key"), at=now())
    _show(peer, as_json)


@peers.command("list")
def list_keys(peer: PeerName, node: NodeName, as_json: AsJson = False) -> None:
    """List the keys of a peer, and which are good now."""
    become(node)
    _configured(peer)
    _show(peer, as_json)


def _configured(peer: str, key: str = "") -> str:
    """Return the key in the node's own file.

    :raises typer.Exit: with status 2 when there is no such peer, or the other key is none.
    """
    from tasuki.runtime import node

    known = {one.name: one.signing_key for one in node().peers}
    if peer not in known:
        typer.echo(f"{peer}: 相手方にありません / not a peer. {', '.join(sorted(known))}", err=True)
        raise typer.Exit(2)
    try:
        is_key = not key or len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except binascii.Error:
        is_key = False
    if not is_key:
        typer.echo("公開鍵は、32バイトをbase64で書いたものです / a public key is 32 bytes in base64", err=True)
        raise typer.Exit(2)
    return known[peer]


def _show(peer: str, as_json: bool) -> None:
    from tasuki.operating.queries import peer_keys
    from tasuki.operating.types import fingerprint
    from tasuki.runtime import node, now, trusted_keys

    at, configured = now(), node().peer(peer)
    exchanged = peer_keys(peer)
    listed = {
        one.fingerprint: {"public_key": one.public_key, "good": one.is_good(at), "until": one.until}
        for one in exchanged
    }
    if configured.signing_key not in {one.public_key for one in exchanged}:
        good = configured.signing_key in trusted_keys(configured, at)
        listed[fingerprint(configured.signing_key)] = {
            "public_key": configured.signing_key, "good": good, "until": None,
        }  # fmt: skip
    show(listed, as_json)
