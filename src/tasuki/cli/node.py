"""Become a node: settings, keys and database of the one named."""

import os

import typer

from tasuki.nodes.deployment import node_file, read_deployment
from tasuki.nodes.paths import home
from tasuki.nodes.types import read_node


def become(name: str) -> None:
    """Set Django up as the node of that name in this home. Ends the command when there is none.

    :raises typer.Exit: with status 2, after naming the nodes there are.
    """
    file = node_file(home(), name)
    if not file.exists():
        known = ", ".join(node.name for node in read_deployment(home())) or "none yet; run `tasuki demo` first"
        typer.echo(f"There is no node {name!r} here. Nodes: {known}", err=True)
        raise typer.Exit(2)
    import django

    os.environ["TASUKI_NODE_FILE"] = str(file)
    os.environ["DJANGO_SETTINGS_MODULE"] = f"tasuki.config.settings.{read_node(file).kind}"
    django.setup()
