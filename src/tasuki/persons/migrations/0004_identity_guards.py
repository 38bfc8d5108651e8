"""What may only grow, which system is the register, and the register's own numbers for people numbered before."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION persons_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % refused: history is only ever added', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER persons_former_statement_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON persons_former_statement
    FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_change();
CREATE TRIGGER persons_case_event_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON persons_case_event
    FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_change();
"""

# The number a person goes by: their own, or that of whom they were merged into.
ROOT = """
CREATE VIEW persons_root AS
SELECT unified_person_number, coalesce(survivor, unified_person_number) AS person FROM persons_person
"""

SYSTEMS = """
INSERT INTO persons_business_system (system, name, name_en, is_register, joined_at) VALUES
    ('residents', '住民記録システム', 'Resident register', true, now()),
    ('screening', '保健情報システム', 'Health information system', false, now());
"""

# Until now the register's people were numbered as those of the health information system, which takes them from it.
REGISTER = """
INSERT INTO persons_system_person (system, system_person_number, unified_person_number, numbered_at)
SELECT 'residents', system_person_number, unified_person_number, numbered_at
FROM persons_system_person WHERE system = 'screening' ON CONFLICT DO NOTHING
"""

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
    """Guard the histories and name the systems."""

    dependencies = [("persons", "0003_identity")]

    # No way back: dropping what guards a history is not something a migration does.
    operations = [
        migrations.RunSQL(TRIGGERS),
        migrations.RunSQL(ROOT),
        migrations.RunSQL(SYSTEMS),
        migrations.RunSQL(REGISTER),
        migrations.RunSQL(KEYS),
    ]
