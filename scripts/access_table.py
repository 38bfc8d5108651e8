"""Write who may open which page, call which endpoint and run which command, from the code that decides it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import openapi
import tables

FILE = openapi.ROOT / "docs" / "security" / "access-table.md"
HEAD = """# Who may do what

Generated from the code by `scripts/docs.py`; do not edit. What decides is the table of permissions
(`accounts/permissions.py`), the permission each page declares, the table of commands (`cli/needs.py`), and the routes
between nodes. Both ways are tested in full: whoever carries the permission gets in, everybody else is refused and
recorded (`tests/integration/web/test_access.py`, `tests/integration/web/test_operator_commands.py`,
`tests/browser/test_consoles.py`, `tests/system`). ● may, blank is refused. The contractor's column has no ● in a row
marked *people*; a crawl of every address finds no resident there (`tests/integration/web/test_contractors.py`).
"""
CONSOLES = ("gateway_console", "network_console")
NODES = ("gateway", "network", "jlis")


def documents() -> dict[Path, str]:
    """Return the page; Django has been set up."""
    parts = [HEAD, _pages_of_a_town(), _systems(), _commands(), _consoles(), _nodes()]
    return {FILE: "\n".join(parts)}


def _pages_of_a_town() -> str:
    from tasuki.accounts.permissions import GRANTS, SHOWS_PEOPLE
    from tasuki.accounts.types import roles_at
    from tasuki.nodes.types import NodeKind

    roles = sorted(roles_at(NodeKind.TOWN))
    cells = []
    for address, view in _addresses("town"):
        permission = getattr(view, "permission", None)
        if permission is not None:
            shows = "people" if permission in SHOWS_PEOPLE else ""
            again = "again" if getattr(view, "asks_again", False) else ""
            marks = [_mark(permission in GRANTS[role]) for role in roles]
            cells.append([f"`{address}`", permission.value, " ".join(filter(None, (shows, again))), *marks])
    public = ", ".join(f"`{address}`" for address, view in _addresses("town") if getattr(view, "is_public", False))
    intro = f"Addresses stand behind the town's own. *again*: the password is asked for again. Public: {public}."
    return f"## Pages of a town\n\n{intro}\n\n{tables.rows(('address', 'permission', '', *roles), cells)}"


def _systems() -> str:
    from tasuki.api.town.routes import ROUTES
    from tasuki.persons.types.clients import Scope

    scopes = sorted(Scope)
    cells = [[f"`{one.method} {one.path}`", *(_mark(one.scope is scope) for scope in scopes)] for one in ROUTES]
    return f"## Business systems, by the scope of their token\n\n{tables.rows(('endpoint', *scopes), cells)}"


def _commands() -> str:
    from tasuki.accounts.permissions import GRANTS
    from tasuki.accounts.types import roles_at
    from tasuki.cli.needs import MACHINES, NOT_WHERE_REAL, PEOPLES
    from tasuki.nodes.types import NodeKind

    roles = sorted(roles_at(NodeKind.TOWN))
    cells = [
        [f"`{name}`", needs.permission.value, *(_mark(needs.permission in GRANTS[role]) for role in roles)]
        for name, needs in sorted(PEOPLES.items())
    ]
    return (
        "## Commands of a town, where residents are real\n\n"
        f"For whoever signed in:\n\n{tables.rows(('command', 'permission', *roles), cells)}\n"
        f"Also for timers under the account of the service: {_list(MACHINES)}.\n\n"
        f"For nobody: {_list(NOT_WHERE_REAL)}.\n"
    )


def _consoles() -> str:
    from tasuki.accounts.permissions import GRANTS
    from tasuki.accounts.types import OPERATOR_ROLES

    roles = sorted(OPERATOR_ROLES)
    found: dict[str, list[str]] = {}
    for kind in CONSOLES:
        for address, view in _addresses(kind):
            permission = getattr(view, "permission", None)
            if permission is not None:
                marks = [_mark(permission in GRANTS[role]) for role in roles]
                found[address] = [f"`{address}`", permission.value, *marks]
    cells = [found[address] for address in sorted(found)]
    return f"## Consoles of gateways and the network\n\n{tables.rows(('address', 'permission', *roles), cells)}"


def _nodes() -> str:
    cells = [
        [kind, f"`{route.path}`", ", ".join(sorted(one.value for one in route.senders))]
        for kind in NODES
        for route in import_module(f"tasuki.api.{kind}.routes").ROUTES
    ]
    intro = (
        "The caller shows a certificate and signs each message; a node that is not among the kinds named is refused."
    )
    return f"## Between nodes\n\n{intro}\n\n{tables.rows(('node', 'endpoint', 'who may call'), cells)}"


def _addresses(urls: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    yield from sorted(_walked("", import_module(f"tasuki.config.urls.{urls}").urlpatterns), key=lambda one: one[0])


def _walked(before: str, patterns: Sequence[Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for entry in patterns:
        if hasattr(entry, "url_patterns"):
            yield from _walked(before + str(entry.pattern), entry.url_patterns)
        else:
            yield before + str(entry.pattern), entry.callback


def _mark(may: bool) -> str:
    return "●" if may else ""


def _list(names: Mapping[str, Any] | frozenset[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
