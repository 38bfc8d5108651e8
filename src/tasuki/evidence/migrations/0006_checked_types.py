"""What a column of a record may hold is said by its type, no longer by the table.

PostgreSQL reads a table's checks anew for every statement, which made adding one record a third longer; a type's it
remembers. The rules and their names are the same.
"""

from django.db import migrations

TYPES = """
CREATE DOMAIN evidence_kind AS text CONSTRAINT evidence_entry_kind_is_a_word
    CHECK (octet_length(VALUE) BETWEEN 2 AND 40 AND VALUE ~ '^[a-z][a-z_]*$');
CREATE DOMAIN evidence_transaction_number AS text CONSTRAINT evidence_entry_transaction_number_is_plain
    CHECK (octet_length(VALUE) <= 64 AND VALUE ~ '^[0-9A-Za-z][0-9A-Za-z._:-]*$');
CREATE DOMAIN evidence_instant AS timestamptz CONSTRAINT evidence_entry_recorded_at_is_a_date
    CHECK (VALUE >= '1900-01-01Z' AND VALUE < '9999-01-01Z');
CREATE DOMAIN evidence_body AS bytea CONSTRAINT evidence_entry_body_is_short
    CHECK (octet_length(VALUE) BETWEEN 2 AND 65536);

-- One statement, so that the table is gone through once.
ALTER TABLE evidence_entry
    DROP CONSTRAINT evidence_entry_kind_is_a_word,
    DROP CONSTRAINT evidence_entry_transaction_number_is_plain,
    DROP CONSTRAINT evidence_entry_recorded_at_is_a_date,
    DROP CONSTRAINT evidence_entry_body_is_short,
    ALTER COLUMN kind TYPE evidence_kind,
    ALTER COLUMN transaction_number TYPE evidence_transaction_number,
    ALTER COLUMN recorded_at TYPE evidence_instant,
    ALTER COLUMN body TYPE evidence_body;
"""


class Migration(migrations.Migration):
    """Move the checks of a record into the types of its columns."""

    dependencies = [("evidence", "0005_succession")]
    operations = [migrations.RunSQL(TYPES)]
