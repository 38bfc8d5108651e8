"""Commands about who may enter the console of a gateway or the network: add, close, list."""

import getpass
import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from tasuki.cli.node import become_console
from tasuki.cli.output import AsJson, NodeName, show, staff_by

app = typer.Typer()
operators = typer.Typer(help="Who may enter the console of a gateway or the network: add, close, list.")
app.add_typer(operators, name="operators")
Username = Annotated[str, typer.Argument(help="The ID they log in with.")]
_LONGEST = 100


class MayDo(StrEnum):
    """What an operator may do at a console."""

    ACT = "act"
    VIEW = "view"


@operators.command("add")
def add(
    username: Username,
    node: NodeName,
    name: Annotated[str, typer.Option(help="What they are called on screens.")],
    may: Annotated[MayDo, typer.Option(help="Act (suspend, maintain, settle, test) or view only.")] = MayDo.VIEW,
    department: Annotated[str, typer.Option(help="Where they work.")] = "データセンター",
    as_json: AsJson = False,
) -> None:
    """Add an account. Its first password is asked for, or read from standard input, and changed on the screen."""
    if not (name.strip() and username.strip()) or max(map(len, (name, username, department))) > _LONGEST:
        typer.echo(f"1〜{_LONGEST}文字で書いてください / 1 to {_LONGEST} characters", err=True)
        raise typer.Exit(2)
    become_console(node)
    from tasuki.accounts.errors import UsernameTakenError, WeakPasswordError
    from tasuki.accounts.operations import admit_operator
    from tasuki.accounts.types import Role
    from tasuki.runtime import now

    role = Role.OPERATOR if may is MayDo.ACT else Role.OPERATION_WATCHER
    try:
        made = admit_operator(
            username=username.strip(), display_name=name.strip(), department=department, role=role,
            password=_password(), by=staff_by("operators"), at=now(),
        )  # fmt: skip
    except UsernameTakenError as error:
        typer.echo(f"{username}: {UsernameTakenError.user_message} / taken already", err=True)
        raise typer.Exit(1) from error
    except WeakPasswordError as error:
        typer.echo(" ".join(error.reasons), err=True)
        raise typer.Exit(1) from error
    show({"username": made.username, "may": may.value}, as_json)


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("最初のパスワード / first password: ")
    return sys.stdin.readline().rstrip("\n")


@operators.command("close")
def close(username: Username, node: NodeName, as_json: AsJson = False) -> None:
    """Let nobody in under an account any more; what is open under it ends."""
    become_console(node)
    from tasuki.accounts.operations import close_account
    from tasuki.runtime import now

    if not close_account(username=username, by=staff_by("operators"), at=now()):
        typer.echo(f"{username}: 使えるIDではありません / no such open account", err=True)
        raise typer.Exit(1)
    show({"username": username, "closed": True}, as_json)


@operators.command("list")
def list_operators(node: NodeName, as_json: AsJson = False) -> None:
    """List the accounts, what they may do, and whether they are open."""
    become_console(node)
    from tasuki.accounts.queries import accounts

    listed: dict[str, Any] = {row.pop("username"): row for row in accounts()}
    show(listed, as_json)
