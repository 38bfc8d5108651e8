"""Commands of the network's node that play the portal (マイナポータル), which only the state runs."""

import sys
from dataclasses import asdict

import typer

from tasuki.cli.node import become
from tasuki.cli.output import AsJson, NodeName, show, staff_by
from tasuki.shared.identifiers import is_resident_record_code

app = typer.Typer()
_CODE_LENGTH = 32


def _become_network(node: str) -> None:
    become(node)
    from tasuki.nodes.types import NodeKind
    from tasuki.runtime import node as own

    if own().kind != NodeKind.NETWORK:
        typer.echo(f"{node}: ネットワークのノードではありません / not the network's node", err=True)
        raise typer.Exit(2)


@app.command("portal-code")
def portal_code(node: NodeName, as_json: AsJson = False) -> None:
    """Issue the portal's own code for a person; the resident-record code is read from standard input."""
    _become_network(node)
    from tasuki.network.operations.codes import issue_portal_code
    from tasuki.runtime import code_maker, now

    given = sys.stdin.readline().strip()
    if not is_resident_record_code(given):
        typer.echo("標準入力: 住民票コード11桁を1行で渡してください / one line of 11 digits is expected", err=True)
        raise typer.Exit(2)
    code = issue_portal_code(resident_record_code=given, maker=code_maker(), by=staff_by("portal-code"), at=now())
    show({"code": code}, as_json)


@app.command("portal-inbox")
def portal_inbox(node: NodeName, as_json: AsJson = False) -> None:
    """Fetch, as the portal, the notices of a person; the portal's code is read from standard input."""
    _become_network(node)
    from tasuki.network.operations.notices import fetch_notices
    from tasuki.runtime import now

    code = sys.stdin.readline().strip()
    if len(code) != _CODE_LENGTH or not set(code) <= set("0123456789abcdef"):
        typer.echo(
            "標準入力: ポータルの符号32桁を1行で渡してください / one line of 32 hex digits is expected", err=True
        )
        raise typer.Exit(2)
    found = fetch_notices(portal_code=code, by=staff_by("portal-inbox"), at=now())
    if as_json:
        show({"notices": [asdict(one) for one in found]}, as_json)
        return
    for one in found:
        typer.echo(f"{one.day}  {one.kind}  {one.sender}  (… {one.expires_at:%Y-%m-%d})")
    typer.echo(f"{len(found)}件 / {len(found)} notices")
