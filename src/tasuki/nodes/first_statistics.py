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
  'attname', %s::text, 'inherited', false, 'null_frac', %s::real, 'avg_width', 8, 'n_distinct', %s::real)
"""
_KNOWN: Final = """
SELECT tablename, attname FROM pg_catalog.pg_stats WHERE schemaname = current_schema()::text AND tablename = ANY(%s)
"""

#: Columns by the name of their table.
Columns = Mapping[str, Sequence[str]]


def say_of_new_tables(*, same: Columns, empty: Columns) -> migrations.RunPython:
    """Return the step of a migration that says which columns have one value in all rows, and which have none.

    A table that was analysed before keeps what is known of it.
    """
    wanted = [(table, name, 0, 1) for table, names in same.items() for name in names]
    wanted += [(table, name, 1, 0) for table, names in empty.items() for name in names]

    def give(apps: Any, schema_editor: Any) -> None:
        del apps
        connection = schema_editor.connection
        if connection.pg_version < GIVEN_SINCE:
            return
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, [[table for table, *_ in wanted]])
            known = set(cursor.fetchall())
            for table, name, empty_share, values in wanted:
                if (table, name) not in known:
                    cursor.execute(_GIVE, [table, name, empty_share, values])

    return migrations.RunPython(give, migrations.RunPython.noop)
