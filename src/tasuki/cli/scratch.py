"""A person index of its own for measurements: a PostgreSQL that is started for them and gone afterwards."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path

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

    from tasuki.config.databases import connection_settings

    home = Home(folder)
    home.make()
    with running(home.postgres) as server:
        urls = create_databases(server, "bench", NodeKind.TOWN)
        index = connection_settings(urls.index_owner or urls.owner, schema=INDEX_SCHEMA, pool=False)
        default = connection_settings(urls.owner, pool=False)
        settings.configure(
            DATABASES={"default": default, "index": index},
            DATABASE_ROUTERS=["tasuki.config.databases.IndexRouter"],
            INSTALLED_APPS=["tasuki.persons"],
            USE_TZ=True,
        )
        django.setup()
        call_command("migrate", database="index", interactive=False, verbosity=0, stdout=io.StringIO())
        try:
            yield
        finally:
            connections.close_all()
