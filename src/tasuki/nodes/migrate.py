"""Bring a node's tables to the newest form, as the role that owns them, then grant the runtime role its share."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tasuki.nodes.database import INDEX_SCHEMA, grant_runtime
from tasuki.nodes.types import NodeConfig


class MigrationError(Exception):
    """A node's tables could not be brought to the newest form."""


def node_environment(node: NodeConfig, **extra: str) -> dict[str, str]:
    """Return the environment a process of this node is started with."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": f"tasuki.config.settings.{node.kind}",
        "TASUKI_NODE_FILE": str(node.folder / "node.toml"),
        **extra,
    }


def migrate_node(node: NodeConfig, append_only: Iterable[str]) -> None:
    """Apply every migration of a node.

    :raises MigrationError: with Django's last words when one fails.
    """
    aliases = ["default", *(["index"] if node.town is not None else [])]
    for alias in aliases:
        done = subprocess.run(  # noqa: S603 — our own arguments; no shell
            [sys.executable, "-m", "django", "migrate", "--database", alias, "--no-input", "-v", "0"],
            env=node_environment(node, TASUKI_DATABASE_ROLE="owner"),
            cwd=Path("/"),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise MigrationError(f"{node.name}: {done.stderr.strip()[-800:]}")
    own = node.databases
    grant_runtime(own.owner, own.runtime, "public", append_only)
    if own.index:
        grant_runtime(own.index_owner, own.index, INDEX_SCHEMA, ())
