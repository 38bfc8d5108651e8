"""A person index of its own for measurements: a PostgreSQL that is started for them and gone afterwards."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from tasuki.nodes.database import INDEX_SCHEMA, create_databases
from tasuki.nodes.embedded_postgres import running
from tasuki.nodes.paths import Home
from tasuki.nodes.types import NodeKind


@contextlib.contextmanager
def scratch_index(folder: Path) -> Iterator[None]:
    """Give this process an index with all its tables, and durable commits as in a node, for the length of the block."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    home = Home(folder)
    home.make()
    with running(home.postgres) as server:
        urls = create_databases(server, "bench", NodeKind.TOWN)
        settings.configure(
            DATABASES={"default": _connection(urls.owner), "index": _connection(urls.index_owner or urls.owner)},
            INSTALLED_APPS=["tasuki.persons"],
            USE_TZ=True,
        )
        django.setup()
        call_command("migrate", database="index", interactive=False, verbosity=0, stdout=io.StringIO())
        try:
            yield
        finally:
            connections.close_all()


def _connection(url: str) -> dict[str, Any]:
    """Return Django's settings for the owner of the scratch index; nothing else ever connects to it."""
    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts["dbname"],
        "USER": parts["user"],
        "PASSWORD": parts["password"],
        "HOST": parts["host"],
        "PORT": str(parts["port"]),
        "OPTIONS": {"server_side_binding": True, "options": f"-c search_path={INDEX_SCHEMA}"},
    }
