"""Sends this thread's connections to another database for a while: the same code then works on a sealed copy."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg.conninfo import conninfo_to_dict

ALIASES: Final = (DEFAULT_DB_ALIAS, "index")


@contextmanager
def acting_in(url: str) -> Iterator[None]:
    """Let everything in the block act in the database of that URL, and in no other."""
    before = {alias: connections[alias] for alias in ALIASES}
    for alias, own in before.items():
        connections[alias] = DatabaseWrapper(_settings(own.settings_dict, url), alias)
    try:
        yield
    finally:
        for alias, own in before.items():
            connections[alias].close()
            connections[alias] = own


def _settings(own: dict[str, object], url: str) -> dict[str, object]:
    parts = conninfo_to_dict(url)
    options = own["OPTIONS"]
    kept = {name: value for name, value in options.items() if name != "pool"} if isinstance(options, dict) else {}
    place = {
        "NAME": parts["dbname"], "USER": parts["user"], "PASSWORD": parts["password"],
        "HOST": parts["host"], "PORT": str(parts["port"]),
    }  # fmt: skip
    return own | place | {"OPTIONS": kept}


def database_name() -> str:
    """Return the database this thread acts in."""
    return str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"])
