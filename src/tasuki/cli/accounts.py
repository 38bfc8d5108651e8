"""Commands about who may enter a town's screens: the first administrator, the list, an end, a new first password.

Everybody else is applied for and approved on the screens. What these share with operators of consoles is here too.
"""

from typing import Annotated, Any, NoReturn

import typer

from tasuki.cli.node import become
from tasuki.cli.operator import CommandGroup
from tasuki.cli.output import AsJson, NodeName, show, staff_by
from tasuki.nodes.types import NodeKind

app = typer.Typer()
accounts = typer.Typer(cls=CommandGroup, help="Who may enter a town's screens: first administrator, list, end, resets.")
app.add_typer(accounts, name="accounts")
Username = Annotated[str, typer.Argument(help="The ID they log in with.")]
Name = Annotated[str, typer.Option(help="What they are called on screens.")]
_LONGEST = 100


def check_words(*words: str) -> None:
    """Refuse words that are empty or too long.

    :raises typer.Exit: with status 2.
    """
    if not all(word.strip() for word in words) or max(map(len, words)) > _LONGEST:
        typer.echo(f"1〜{_LONGEST}文字で書いてください / 1 to {_LONGEST} characters", err=True)
        raise typer.Exit(2)


def end_account(username: str, command: str, reason: str, as_json: bool) -> None:
    """Let nobody in under an account any more.

    :raises typer.Exit: with status 1 when there is no open account of that ID.
    """
    from tasuki.accounts.operations import close_account
    from tasuki.runtime import now

    if not close_account(username=username, reason=reason, by=staff_by(command), at=now()):
        no_such(username)
    show({"username": username, "closed": True}, as_json)


def reset(username: str, command: str, as_json: bool) -> None:
    """Give an account a new first password, and print it this once.

    :raises typer.Exit: with status 1 when there is no open account of that ID.
    """
    from tasuki.accounts.operations import reset_password
    from tasuki.accounts.types import FirstPassword
    from tasuki.runtime import now

    given = reset_password(username=username, by=staff_by(command), at=now())
    if not isinstance(given, FirstPassword):
        no_such(username)
    show_first(given.username, given.text, given.until, as_json)


def forget_factor(username: str, command: str, as_json: bool) -> None:
    """Forget a lost second factor; its owner enrols another at the next log-in.

    :raises typer.Exit: with status 1 when there is no open account of that ID, or it has none.
    """
    from tasuki.accounts.operations import reset_factor
    from tasuki.runtime import now

    if reset_factor(username=username, by=staff_by(command), at=now()) is not None:
        no_such(username)
    show({"username": username, "factor": "none"}, as_json)


def keep(username: str, command: str, as_json: bool) -> None:
    """Keep an account for another year.

    :raises typer.Exit: with status 1 when there is no open account of that ID.
    """
    from tasuki.accounts.operations import confirm_accounts
    from tasuki.accounts.queries import account_named
    from tasuki.runtime import now

    found = account_named(username)
    if found is None or confirm_accounts(keep=[found.pk], end=[], until=None, by=staff_by(command), at=now()) != (1, 0):
        no_such(username)
    show({"username": username, "kept": True}, as_json)


def no_such(username: str) -> NoReturn:
    """Say that nobody open has this ID.

    :raises typer.Exit: with status 1, always.
    """
    typer.echo(f"{username}: 使えるIDではありません / no such open account", err=True)
    raise typer.Exit(1)


def show_first(username: str, password: str, until: object, as_json: bool) -> None:
    """Print a first password; it is kept nowhere in this form, and its owner chooses another at the first sign-in."""
    show({"username": username, "first_password": password, "good_until": until}, as_json)


def list_accounts(as_json: bool) -> None:
    """Print the accounts, what they may do, and whether they are open."""
    from tasuki.accounts.queries import accounts as found

    listed: dict[str, Any] = {row.pop("username"): row for row in found()}
    show(listed, as_json)


def _become_town(node: str) -> None:
    become(node)
    from tasuki.runtime import node as own

    if own().kind != NodeKind.TOWN:
        typer.echo(f"{node}: 町のノードではありません / no town: see `tasuki operators`", err=True)
        raise typer.Exit(2)


@accounts.command("first-administrator")
def first_administrator(
    username: Username,
    node: NodeName,
    name: Name,
    employee_number: Annotated[str, typer.Option(help="Their number as an employee (職員番号).")],
    department: Annotated[str, typer.Option(help="Where they work.")] = "情報システム課",
    as_json: AsJson = False,
) -> None:
    """Add a system administrator where nobody could approve one. Their first password is printed this once."""
    check_words(username, name, department, employee_number)
    _become_town(node)
    from tasuki.accounts.errors import AdministratorExistsError, UsernameTakenError
    from tasuki.accounts.operations import admit_first_administrator
    from tasuki.runtime import now

    try:
        given = admit_first_administrator(
            username=username.strip(), employee_number=employee_number.strip(), display_name=name.strip(),
            department=department.strip(), by=staff_by("accounts"), at=now(),
        )  # fmt: skip
    except AdministratorExistsError as error:
        typer.echo(f"{AdministratorExistsError.user_message} / an administrator exists: apply on the screens", err=True)
        raise typer.Exit(1) from error
    except UsernameTakenError as error:
        typer.echo(f"{username}: {UsernameTakenError.user_message} / taken already", err=True)
        raise typer.Exit(1) from error
    show_first(given.username, given.text, given.until, as_json)


@accounts.command("list")
def list_of_town(node: NodeName, as_json: AsJson = False) -> None:
    """List the accounts, their roles, and whether they are open."""
    _become_town(node)
    list_accounts(as_json)


@accounts.command("end")
def end(
    username: Username,
    node: NodeName,
    why: Annotated[str, typer.Option(help="Why, for the account's history. Name no resident.")],
    as_json: AsJson = False,
) -> None:
    """Let nobody in under an account any more; what is open under it ends."""
    check_words(why)
    _become_town(node)
    end_account(username, "accounts", why, as_json)


@accounts.command("reset-password")
def reset_of_town(username: Username, node: NodeName, as_json: AsJson = False) -> None:
    """Give an account a new first password, printed this once; what is open under it ends."""
    _become_town(node)
    reset(username, "accounts", as_json)


@accounts.command("reset-factor")
def reset_factor_of_town(username: Username, node: NodeName, as_json: AsJson = False) -> None:
    """Forget a lost second factor; what is open under the account ends, and its owner enrols another."""
    _become_town(node)
    forget_factor(username, "accounts", as_json)
