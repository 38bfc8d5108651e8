"""Where new 団体内統合宛名番号 come from: a sequence, so that no number is ever dealt twice."""

from django.db import migrations

FORWARD = "CREATE SEQUENCE persons_unified_number START 1 MAXVALUE 999999999999999"

# Django gives every text key a second index for LIKE; keys are only ever compared whole.
KEYS = """
DO $$
DECLARE spare text;
BEGIN
    FOR spare IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema AND tablename LIKE 'persons%' AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', spare);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """Create the sequence."""

    dependencies = [("persons", "0001_initial")]

    # No way back: a sequence made anew would deal numbers that people hold.
    operations = [migrations.RunSQL(FORWARD), migrations.RunSQL(KEYS)]
