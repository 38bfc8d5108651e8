"""What may only grow, and marks of what changed: both hold whoever writes, and in the same transaction."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION eligibility_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: history is only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER eligibility_options_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON eligibility_options
    FOR EACH STATEMENT EXECUTE FUNCTION eligibility_refuse_change();
"""

# One mark for each person a statement touched; marks are not unique, so that nobody waits for another's transaction.
MARKS = """
CREATE FUNCTION eligibility_mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO eligibility_change (system_person_number)
    SELECT DISTINCT system_person_number FROM changed_rows;
    RETURN NULL;
END $$;

DO $$
DECLARE watched text;
BEGIN
    FOREACH watched IN ARRAY ARRAY['screening_resident', 'screening_result', 'eligibility_exclusion'] LOOP
        EXECUTE format('CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS changed_rows'
            ' FOR EACH STATEMENT EXECUTE FUNCTION eligibility_mark_changed()', watched || '_eligibility_added', watched);
        EXECUTE format('CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS changed_rows'
            ' FOR EACH STATEMENT EXECUTE FUNCTION eligibility_mark_changed()', watched || '_eligibility_changed', watched);
        EXECUTE format('CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS changed_rows'
            ' FOR EACH STATEMENT EXECUTE FUNCTION eligibility_mark_changed()', watched || '_eligibility_gone', watched);
    END LOOP;
END $$;
"""

# Django gives every text key a second index for LIKE; keys are only ever compared whole.
KEYS = """
DO $$
DECLARE spare text;
BEGIN
    FOR spare IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema AND tablename LIKE 'eligibility%' AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', spare);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """Guard the options, and watch what lists depend on."""

    dependencies = [("eligibility", "0001_initial"), ("screening", "0003_find_readings")]

    operations = [
        # No way back: dropping what guards a history is not something a migration does.
        migrations.RunSQL(APPEND_ONLY),
        migrations.RunSQL(MARKS),
        migrations.RunSQL(KEYS),
    ]
