"""The functions of the purge look for tables in the log's own schema first.

A session may make temporary tables of any name, and PostgreSQL looks among those first unless told otherwise: one named
like the leaves could have passed a record off as sealed.
"""

from django.db import migrations

PIN = """
DO $$
DECLARE of text;
BEGIN
    FOREACH of IN ARRAY ARRAY['evidence_purge(bigint[])', 'evidence_entry_may_be_purged()',
                              'evidence_purge_is_recorded()'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', of, current_schema());
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """Pin where the functions look."""

    dependencies = [("evidence", "0003_purge")]
    operations = [migrations.RunSQL(PIN)]
