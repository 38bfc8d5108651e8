"""Which log goes on under which name after a restore, here and at peers.

The proof stands in the evidence itself; this table says by which name a log is known now. It is only ever added to.
"""

from django.db import migrations

TABLE = """
CREATE TABLE evidence_succession (
    ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The name the log began with: alarms and peers go by it.
    first_name text NOT NULL,
    succeeds text NOT NULL,
    log text NOT NULL UNIQUE,
    restored_size bigint NOT NULL CHECK (restored_size >= 0),
    lost_until bigint NOT NULL,
    why text NOT NULL,
    declared_at timestamptz NOT NULL,
    entry_id bigint NOT NULL,
    CONSTRAINT evidence_succession_lost_something CHECK (lost_until > restored_size)
);
CREATE INDEX evidence_succession_of_a_log ON evidence_succession (first_name, ordinal);

CREATE TRIGGER evidence_succession_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_succession
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_change();
"""


class Migration(migrations.Migration):
    """Add the table beside the log."""

    dependencies = [("evidence", "0004_purge_search_path")]
    # No way back: what was lost stays on record.
    operations = [migrations.RunSQL(TABLE)]
