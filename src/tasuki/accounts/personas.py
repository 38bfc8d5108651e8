"""The fictitious staff of a demonstration, read from `personas.toml`."""

import tomllib
from functools import lru_cache
from importlib.resources import files

from tasuki.accounts.errors import UnknownPersonaError
from tasuki.accounts.types import Persona, Role, roles_at
from tasuki.nodes.types import NodeKind


def personas_at(kind: NodeKind) -> tuple[Persona, ...]:
    """Return the personas of a kind of node, in the order in which they are offered."""
    return tuple(one for one in personas() if one.role in roles_at(kind))


@lru_cache(maxsize=1)
def personas() -> tuple[Persona, ...]:
    """Return every persona, in the order in which they are offered."""
    content = tomllib.loads(files("tasuki.accounts").joinpath("personas.toml").read_text(encoding="utf-8"))
    return tuple(Persona(**(row | {"role": Role(row["role"])})) for row in content["persona"])


def persona(username: str, kind: NodeKind) -> Persona:
    """Return one persona of a kind of node.

    :raises UnknownPersonaError: when there is none of that ID.
    """
    for one in personas_at(kind):
        if one.username == username:
            return one
    raise UnknownPersonaError(UnknownPersonaError.__doc__)
