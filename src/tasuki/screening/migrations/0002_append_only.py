"""What may only grow, and what need not be kept: triggers hold even for the owner of the tables."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION screening_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: history is only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER screening_resident_change_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_resident_change
    FOR EACH STATEMENT EXECUTE FUNCTION screening_refuse_change();
CREATE TRIGGER screening_result_history_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_result_history
    FOR EACH STATEMENT EXECUTE FUNCTION screening_refuse_change();
"""

# Staged rows need not outlive a crash of the server: the file is previewed again, and a commit counts them first.
STAGING = "ALTER TABLE screening_import_row SET UNLOGGED"

# Django gives every text key a second index for LIKE; keys are only ever compared whole.
KEYS = """
DO $$
DECLARE spare text;
BEGIN
    FOR spare IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema AND tablename LIKE 'screening%' AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', spare);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """Guard the histories."""

    dependencies = [("screening", "0001_initial")]

    # No way back: dropping what guards a history is not something a migration does.
    operations = [migrations.RunSQL(TRIGGERS), migrations.RunSQL(STAGING), migrations.RunSQL(KEYS)]
