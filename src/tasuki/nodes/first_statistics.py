"""What PostgreSQL is told of a table that it has never looked into.

A table of a new node has not been analysed for its first minute or longer, and as long as nothing is known of it,
PostgreSQL takes every index that begins with an institution for as good as the one that leads to a single row. It may
then go through all inquiries of an institution for each that it looks up. Told beforehand that a column says the same
in every row, it looks up by the whole key. The first ANALYZE writes what is true.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import migrations

#: Since 18, statistics can be given. Before, a new node is slow until it was analysed.
GIVEN_SINCE: Final = 180_000
_GIVE: Final = """
SELECT pg_catalog.pg_restore_attribute_stats('schemaname', current_schema()::text, 'relname', %s::text,
  'attname', %s::text, 'inherited', false, 'null_frac', 0::real, 'avg_width', 8, 'n_distinct', 1::real)
"""


def same_in_every_row(columns: Mapping[str, Sequence[str]]) -> migrations.RunPython:
    """Return the step of a migration that says so of these columns of each table.

    A table that was analysed before keeps what is known of it.
    """

    def give(apps: Any, schema_editor: Any) -> None:
        del apps
        connection = schema_editor.connection
        if connection.pg_version < GIVEN_SINCE:
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename, attname FROM pg_catalog.pg_stats WHERE schemaname = current_schema()::text"
                " AND tablename = ANY(%s)",
                [list(columns)],
            )
            known = set(cursor.fetchall())
            wanted = {(table, column) for table, named in columns.items() for column in named}
            for table, column in sorted(wanted - known):
                cursor.execute(_GIVE, [table, column])

    return migrations.RunPython(give, migrations.RunPython.noop)
