"""Bring a node's tables to the newest form, as the role that owns them, then grant the runtime role its share."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from tasuki.nodes.database import INDEX_SCHEMA, grant_runtime
from tasuki.nodes.errors import DeploymentError
from tasuki.nodes.types import NodeConfig, NodeKind

_SOURCE = Path(__file__).resolve().parents[1]
#: Other packages that bring tables of their own.
_OTHERS = ("django", "django-axes")


class MigrationError(DeploymentError):
    """A node's tables could not be brought to the newest form."""


def node_environment(node: NodeConfig, **extra: str) -> dict[str, str]:
    """Return the environment a process of this node is started with."""
    # Kept compiled, a process starts in a third of the time.
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **inherited,
        "DJANGO_SETTINGS_MODULE": node.settings_module,
        "TASUKI_NODE_FILE": str(node.folder / "node.toml"),
        "TASUKI_HOME": str(node.folder.parent.parent),
        **extra,
    }


def migrations_digest() -> str:
    """Return a digest of every migration there is, ours by content and others' by version."""
    digest = hashlib.sha256()
    for file in sorted(_SOURCE.glob("*/migrations/*.py")):
        digest.update(file.relative_to(_SOURCE).as_posix().encode() + b"\0" + file.read_bytes())
    for name in _OTHERS:
        digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()


def migrate_node(node: NodeConfig, append_only: Iterable[str], *, anew: bool = False) -> bool:
    """Apply every migration of a node; return False when there was nothing to do: a portal has no tables.

    :param anew: look into the database even when the node's folder says that everything was applied: the database may
        be another one since, or an older one restored.
    :raises MigrationError: with Django's last line when one fails.
    """
    if node.kind is NodeKind.PORTAL:
        return False
    done_before = node.folder / "migrated"
    # A node that is given a console gets the tables of its accounts with it, and no other node has them.
    settings = node.settings_module if node.console is None else node.console_settings_module
    digest = f"{settings} {migrations_digest()}"
    if not anew and done_before.exists() and done_before.read_text() == digest:
        return False
    aliases = ["default", *(["index"] if node.town is not None else [])]
    for alias in aliases:
        # Django would check the code first, every page of it, which takes as long as the tables; `make check` did.
        command = ["migrate", "--database", alias, "--no-input", "--skip-checks", "-v", "0"]
        done = subprocess.run(  # noqa: S603 — our own arguments; no shell
            [sys.executable, "-m", "django", *command],
            env=node_environment(node, DJANGO_SETTINGS_MODULE=settings, TASUKI_DATABASE_ROLE="owner"),
            cwd=Path("/"),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise MigrationError(f"{node.name}: {_last_line(done.stderr)}")
    _grant(node, append_only)
    done_before.write_text(digest)
    return True


def _grant(node: NodeConfig, append_only: Iterable[str]) -> None:
    """Give the runtime roles their share. A URL from the environment stands for owner and runtime at once."""
    own = node.databases
    main, index = os.environ.get("DATABASE_URL"), os.environ.get("INDEX_DATABASE_URL")
    grant_runtime(main or own.owner, main or own.runtime, "public", append_only)
    if own.index:
        grant_runtime(index or main or own.index_owner, index or main or own.index, INDEX_SCHEMA, append_only)


def _last_line(said: str) -> str:
    """Return what went wrong, without the way there."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else "django migrate said nothing"
