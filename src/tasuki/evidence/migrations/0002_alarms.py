"""How the logs of peers stand to what is kept of them here, and the alarms when they do not agree.

What is proof stands in the evidence itself; these tables say how things are now, and may change.
"""

from django.db import migrations

TABLES = """
CREATE TABLE evidence_peer (
    origin text PRIMARY KEY,
    first_looked_at timestamptz NOT NULL,
    agreed_at timestamptz
);

CREATE TABLE evidence_alarm (
    alarm_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    origin text NOT NULL,
    reason text NOT NULL,
    -- What was seen last: the same once more is counted, something else is recorded as well.
    digest text NOT NULL,
    entry_id bigint NOT NULL,
    times integer NOT NULL DEFAULT 1 CHECK (times > 0),
    raised_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    settled_at timestamptz,
    settled_by text,
    settled_why text,
    CONSTRAINT evidence_alarm_settled_by_somebody CHECK (
        (settled_at IS NULL) = (settled_by IS NULL) AND (settled_at IS NULL) = (settled_why IS NULL)
    )
);
CREATE UNIQUE INDEX evidence_alarm_open ON evidence_alarm (origin, reason) WHERE settled_at IS NULL;
"""


class Migration(migrations.Migration):
    """Add both tables beside the log."""

    dependencies = [("evidence", "0001_log")]

    operations = [migrations.RunSQL(TABLES, "DROP TABLE evidence_alarm; DROP TABLE evidence_peer")]
