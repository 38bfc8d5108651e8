"""Become a node: settings, keys and database of the one named."""

import os

import typer
from pydantic import ValidationError

from tasuki.cli.operator import admit
from tasuki.nodes.database import COMMAND
from tasuki.nodes.deployment import node_file, read_deployment
from tasuki.nodes.paths import home
from tasuki.nodes.types import NodeConfig, NodeKind, read_node
from tasuki.shared.process import collect_seldom


def become(name: str, *, needs_tables: bool = True) -> None:
    """Set Django up as the node of that name in this home, for whoever may run this command there.

    :param needs_tables: the command is about what a node's database holds, which a portal has none of.
    :raises typer.Exit: with status 2 when there is none, after naming the nodes there are; with status 1 when a command
        about residents is not theirs to run, or nobody signed in.
    """
    config = config_of(name)
    if needs_tables and config.kind is NodeKind.PORTAL:
        text = "ポータルにはデータベースがなく、このコマンドは使えません / a portal has no database to run this on"
        typer.echo(f"{name}: {text}", err=True)
        raise typer.Exit(2)
    _set_up(config, config.settings_module)
    admit(name)


def become_console(name: str) -> None:
    """Set Django up as the console of the node of that name in this home. Ends the command when it has none.

    :raises typer.Exit: with status 2, saying how a node gets one.
    """
    config = config_of(name)
    if config.console is None:
        text = "運用コンソールがありません / has no console: write [console] into its node.toml, then `tasuki migrate`"
        typer.echo(f"{name}: {text}", err=True)
        raise typer.Exit(2)
    _set_up(config, config.console_settings_module)


def _set_up(config: NodeConfig, settings: str) -> None:
    import django

    os.environ["TASUKI_NODE_FILE"] = str(config.folder / "node.toml")
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    os.environ[COMMAND] = "yes"
    django.setup()
    collect_seldom()


def config_of(name: str) -> NodeConfig:
    """Return the configuration of the node of that name in this home.

    :raises typer.Exit: with status 2, after naming the nodes there are; with status 1 when its file is wrong.
    """
    file = node_file(home(), name)
    if not file.exists():
        known = ", ".join(node.name for node in read_deployment(home())) or "none yet; run `tasuki demo` first"
        typer.echo(f"There is no node {name!r} here. Nodes: {known}", err=True)
        raise typer.Exit(2)
    try:
        return read_node(file)
    except ValueError as error:
        typer.echo(f"{file}: {_what_is_wrong(error)}", err=True)
        raise typer.Exit(1) from error


def _what_is_wrong(error: ValueError) -> str:
    """Name the fields that are wrong, never their values: the file holds passwords."""
    if not isinstance(error, ValidationError):
        return str(error)
    wrong = error.errors(include_input=False, include_url=False)
    return "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in wrong)
