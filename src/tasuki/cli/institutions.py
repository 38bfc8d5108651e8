"""Commands about the institutions a gateway serves or the network knows: list, suspend, resume."""

from typing import Annotated, Any

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, show, staff_by
from tasuki.nodes.types import NodeKind

app = typer.Typer()
institutions = typer.Typer(cls=CommandGroup, help="Institutions of a gateway or the network: list, suspend, resume.")
app.add_typer(institutions, name="institutions")
#: Where each kind of node keeps its institutions.
_TABLES = {NodeKind.GATEWAY: "gateway_institution", NodeKind.NETWORK: "network_institution"}
Institution = Annotated[str, typer.Argument(help="Its code (情報保有機関コード), 16 digits.")]


@institutions.command("list")
def list_institutions(node: NodeName, as_json: AsJson = False) -> None:
    """List who is served or known here, by whom they speak, and who is suspended."""
    kind = become_one_of(node, *_TABLES)
    if kind == NodeKind.GATEWAY:
        from tasuki.gateway.queries import institutions_served as listed
    else:
        from tasuki.network.queries import institutions_known as listed
    found: dict[str, Any] = {row["institution"]: row for row in listed()}
    show(found, as_json)


@institutions.command("suspend")
def suspend(
    institution: Institution,
    node: NodeName,
    why: Annotated[str, typer.Option(help="Its staff see it. Name no resident.")],
    as_json: AsJson = False,
) -> None:
    """Let an institution take no part until `resume`: at the network in any exchange, at a gateway in what it does.

    The network refuses inquiries of it and to it, issues it no codes and names it to nobody. Its gateway takes no
    messages of it and gives no answers for it; what is asked waits.
    """
    if not why.strip():
        typer.echo("--why: わけを書いてください / say why", err=True)
        raise typer.Exit(2)
    table = _TABLES[become_one_of(node, *_TABLES)]
    from tasuki.operating.operations import suspend_institution
    from tasuki.runtime import now

    done = suspend_institution(
        table=table, institution=institution, why=why.strip(), by=staff_by("institutions"), at=now()
    )
    _tell(institution, done, as_json, suspended=True)


@institutions.command("resume")
def resume(institution: Institution, node: NodeName, as_json: AsJson = False) -> None:
    """Let an institution take part again; what waited goes on by itself."""
    table = _TABLES[become_one_of(node, *_TABLES)]
    from tasuki.operating.operations import resume_institution
    from tasuki.runtime import now

    done = resume_institution(table=table, institution=institution, by=staff_by("institutions"), at=now())
    _tell(institution, done, as_json, suspended=False)


def become_one_of(node: str, *kinds: NodeKind) -> NodeKind:
    """Become a node of one of these kinds and say which; end the command when it is another."""
    become(node)
    from tasuki.runtime import node as own

    if own().kind not in kinds:
        typer.echo(f"{node}: {', '.join(kinds)} のノードを指定してください / name such a node", err=True)
        raise typer.Exit(2)
    return own().kind


def _tell(institution: str, done: bool, as_json: bool, *, suspended: bool) -> None:
    if not done:
        text = "登録がないか、もうその状態です / not known here, or so already"
        typer.echo(f"{institution}: {text}", err=True)
        raise typer.Exit(1)
    show({"institution": institution, "suspended": suspended}, as_json)
