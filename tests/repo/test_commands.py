"""Every command of a node says whether it is for people who signed in (`tasuki.cli.needs`)."""

import ast
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from tasuki.accounts.permissions import SHOWS_PEOPLE
from tasuki.cli.main import app
from tasuki.cli.needs import MACHINES, NOT_WHERE_REAL, PEOPLES
from tasuki.cli.operator import CommandGroup
from tests.repo.source import ROOT

#: Not of a town: of the other nodes, of the whole data folder, or of no node at all.
ELSEWHERE = frozenset(
    {
        "clean-data", "conformance", "demo", "gateway-counts", "generate", "import-jlis", "institutions list",
        "institutions resume", "institutions suspend", "layout-diff", "mask", "move-institution call-off",
        "move-institution export", "move-institution import", "move-institution status", "move-institution switch",
        "operators add", "operators close", "operators keep", "operators list", "operators reset-factor",
        "operators reset-password", "portal-answers", "portal-ask", "portal-code", "portal-inbox", "safeguards",
        "serve", "verify", "verify-pack", "bench faults", "bench identity", "bench registration", "bench weights",
        "bench wrong-links",
    }
)  # fmt: skip


def every_command(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield " ".join(path)
        return
    for name, inner in command.commands.items():
        yield from every_command(inner, (*path, name))


def test_each_command_is_declared_once() -> None:
    parts = [*PEOPLES, *MACHINES, *NOT_WHERE_REAL, *ELSEWHERE]
    assert sorted(parts) == sorted(every_command(get_command(app)))


def groups(command: Any) -> Iterator[Any]:
    if hasattr(command, "commands"):
        yield command
        for inner in command.commands.values():
            yield from groups(inner)


def test_each_group_takes_note_of_which_command_runs() -> None:
    assert [group.name for group in groups(get_command(app)) if not isinstance(group, CommandGroup)] == []


def test_what_shows_people_is_recorded() -> None:
    assert [name for name, needs in PEOPLES.items() if needs.permission in SHOWS_PEOPLE and needs.act is None] == [
        "exports ask"
    ]


def test_no_command_becomes_a_node_past_the_question() -> None:
    """`become` asks who runs the command; elsewhere Django is set up for a database made for the moment only."""
    found = {
        file.name
        for file in (ROOT / "src" / "tasuki" / "cli").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "setup"
    }
    assert found == {"node.py", "scratch.py"}
