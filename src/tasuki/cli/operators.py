"""Commands about who may enter the console of a gateway or the network: add, keep, close, list, new first password."""

from enum import StrEnum
from typing import Annotated

import typer

from tasuki.cli.accounts import (
    Name,
    Username,
    check_words,
    end_account,
    forget_factor,
    keep,
    list_accounts,
    reset,
    show_first,
)
from tasuki.cli.node import become_console
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, staff_by

app = typer.Typer()
operators = typer.Typer(
    cls=CommandGroup,
    help="Who may enter the console of a gateway or the network: add, keep, close, list, reset-password.",
)
app.add_typer(operators, name="operators")


class MayDo(StrEnum):
    """What an operator may do at a console."""

    ACT = "act"
    VIEW = "view"


@operators.command("add")
def add(
    username: Username,
    node: NodeName,
    name: Name,
    may: Annotated[MayDo, typer.Option(help="Act (suspend, maintain, settle, test) or view only.")] = MayDo.VIEW,
    department: Annotated[str, typer.Option(help="Where they work.")] = "データセンター",
    as_json: AsJson = False,
) -> None:
    """Add an account, for a year. Its first password is printed this once, and changed at the first sign-in."""
    check_words(name, username, department)
    become_console(node)
    from tasuki.accounts.errors import UsernameTakenError
    from tasuki.accounts.operations import admit_operator
    from tasuki.accounts.types import Role
    from tasuki.runtime import now

    role = Role.OPERATOR if may is MayDo.ACT else Role.OPERATION_WATCHER
    try:
        given = admit_operator(
            username=username.strip(), display_name=name.strip(), department=department, role=role,
            by=staff_by("operators"), at=now(),
        )  # fmt: skip
    except UsernameTakenError as error:
        typer.echo(f"{username}: {UsernameTakenError.user_message} / taken already", err=True)
        raise typer.Exit(1) from error
    show_first(given.username, given.text, given.until, as_json)


@operators.command("close")
def close(username: Username, node: NodeName, as_json: AsJson = False) -> None:
    """Let nobody in under an account any more; what is open under it ends."""
    become_console(node)
    end_account(username, "operators", "", as_json)


@operators.command("keep")
def keep_operator(username: Username, node: NodeName, as_json: AsJson = False) -> None:
    """Keep an account for another year (年次確認); one that nobody keeps ends by itself."""
    become_console(node)
    keep(username, "operators", as_json)


@operators.command("list")
def list_operators(node: NodeName, as_json: AsJson = False) -> None:
    """List the accounts, what they may do, and whether they are open."""
    become_console(node)
    list_accounts(as_json)


@operators.command("reset-password")
def reset_of_operator(username: Username, node: NodeName, as_json: AsJson = False) -> None:
    """Give an account a new first password, printed this once; what is open under it ends."""
    become_console(node)
    reset(username, "operators", as_json)


@operators.command("reset-factor")
def reset_factor_of_operator(username: Username, node: NodeName, as_json: AsJson = False) -> None:
    """Forget a lost second factor; what is open under the account ends, and its owner enrols another."""
    become_console(node)
    forget_factor(username, "operators", as_json)
