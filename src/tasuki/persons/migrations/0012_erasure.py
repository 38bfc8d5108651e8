"""Whoever no system knows any more can be let go of, with all their history, by one function that writes down that it did.

What is only ever added goes in no other way: the function's own line in `persons_erasure`, of the same transaction, is
what the triggers ask for.
"""

from django.db import migrations, models

ERASE = """
ALTER TABLE persons_erasure ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION persons_erasure_is_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM persons_erasure WHERE xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION '% on % refused: history is only ever added, or erased on record', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END $$;

DO $$
DECLARE of text;
BEGIN
    FOREACH of IN ARRAY ARRAY['persons_former_statement', 'persons_case_event', 'persons_custody_change'] LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', of || '_is_append_only', of);
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR TRUNCATE ON %I FOR EACH STATEMENT'
            ' EXECUTE FUNCTION persons_refuse_change()', of || '_is_append_only', of);
        EXECUTE format('CREATE TRIGGER %I BEFORE DELETE ON %I FOR EACH STATEMENT'
            ' EXECUTE FUNCTION persons_erasure_is_recorded()', of || '_goes_on_record', of);
    END LOOP;
END $$;
CREATE TRIGGER persons_erasure_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON persons_erasure
    FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_change();

-- Takes the numbers of some systems off the index, and with them whoever is left without a number in any system. A number whose
-- person has an open case or is stopped stays. Gives the people (団体内統合宛名番号, aliases too) who went.
CREATE FUNCTION persons_erase(systems text[], numbers text[]) RETURNS text[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    people text[];
    cases uuid[];
BEGIN
    IF NOT EXISTS (SELECT FROM persons_erasure WHERE xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'an erasure is written down first' USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT coalesce(array_agg(DISTINCT r.person), '{}') INTO people FROM persons_system_person s
        JOIN persons_root r USING (unified_person_number)
        WHERE s.system = ANY (systems) AND s.system_person_number = ANY (numbers);
    DELETE FROM persons_match_waiting WHERE system = ANY (systems) AND system_person_number = ANY (numbers);
    DELETE FROM persons_former_statement WHERE system = ANY (systems) AND system_person_number = ANY (numbers);
    DELETE FROM persons_statement WHERE system = ANY (systems) AND system_person_number = ANY (numbers);
    DELETE FROM persons_system_person WHERE system = ANY (systems) AND system_person_number = ANY (numbers);
    -- Whoever another system still knows stays, under every number they have.
    SELECT coalesce(array_agg(r.unified_person_number), '{}') INTO people FROM persons_root r
        WHERE r.person = ANY (people) AND NOT EXISTS (
            SELECT FROM persons_root o JOIN persons_system_person s USING (unified_person_number)
            WHERE o.person = r.person);
    SELECT coalesce(array_agg(case_id), '{}') INTO cases FROM persons_case
        WHERE person = ANY (people) OR other = ANY (people)
           OR (system = ANY (systems) AND system_person_number = ANY (numbers));
    DELETE FROM persons_pending_number WHERE case_id = ANY (cases);
    DELETE FROM persons_case_event WHERE case_id = ANY (cases);
    DELETE FROM persons_quarantine WHERE person = ANY (people) OR case_id = ANY (cases);
    DELETE FROM persons_case WHERE case_id = ANY (cases);
    DELETE FROM persons_merge WHERE survivor = ANY (people) OR loser = ANY (people);
    DELETE FROM persons_split WHERE origin = ANY (people) OR parted = ANY (people);
    DELETE FROM persons_number_custody WHERE unified_person_number = ANY (people);
    DELETE FROM persons_custody_change WHERE unified_person_number = ANY (people);
    DELETE FROM persons_code_attempt WHERE unified_person_number = ANY (people);
    DELETE FROM persons_acquisition WHERE unified_person_number = ANY (people);
    DELETE FROM persons_gateway_task WHERE person = ANY (people);
    DELETE FROM persons_person WHERE unified_person_number = ANY (people);
    RETURN people;
END $$;

DO $$
DECLARE of text;
BEGIN
    FOREACH of IN ARRAY ARRAY['persons_erase(text[], text[])', 'persons_erasure_is_recorded()'] LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', of, current_schema());
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    """Let the index let go of people."""

    dependencies = [("persons", "0011_acquisitions_told")]
    operations = [
        migrations.CreateModel(
            name="PersonErasure",
            fields=[
                ("erasure_id", models.UUIDField(primary_key=True, serialize=False)),
                ("numbers", models.IntegerField()),
                ("erased_at", models.DateTimeField()),
                ("erased_by", models.TextField()),
            ],
            options={
                "db_table": "persons_erasure",
                "verbose_name": "索引からの消去",
                "verbose_name_plural": "索引からの消去",
            },
        ),
        migrations.RunSQL(ERASE),
    ]
