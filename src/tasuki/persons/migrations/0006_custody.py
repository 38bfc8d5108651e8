"""Keys of individual numbers and what became of numbers, with guards so that no key comes or goes unnoticed."""

from django.db import migrations, models

GUARDS = """
-- The key every number has stood under so far.
INSERT INTO persons_number_key (key_id, made_at, made_by) VALUES ('1', now(), 'SYSTEM:migration');

-- Who does not know yet that there is another key must not write under the former one: the number could then be given
-- to a second person unseen.
CREATE FUNCTION persons_refuse_former_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w
        WHERE w.key_id IS DISTINCT FROM (SELECT k.key_id FROM persons_number_key k WHERE k.replaced_at IS NULL)) THEN
        RAISE EXCEPTION 'an individual number was to be sealed under a key that is not the one in use'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER persons_custody_added_under_the_key AFTER INSERT ON persons_number_custody
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_former_key();
CREATE TRIGGER persons_custody_changed_under_the_key AFTER UPDATE ON persons_number_custody
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_former_key();

-- A key is not retired while a number stands under it, whoever says so.
CREATE FUNCTION persons_refuse_retiring() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.retired_at IS NOT NULL AND (
        EXISTS (SELECT FROM persons_number_custody c WHERE c.key_id = NEW.key_id)
        OR EXISTS (SELECT FROM persons_pending_number p WHERE p.key_id = NEW.key_id)
    ) THEN
        RAISE EXCEPTION 'numbers stand under this key' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER persons_number_key_is_empty BEFORE UPDATE ON persons_number_key
    FOR EACH ROW EXECUTE FUNCTION persons_refuse_retiring();

CREATE TRIGGER persons_custody_change_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON persons_custody_change
    FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_change();
CREATE TRIGGER persons_number_key_is_kept BEFORE DELETE OR TRUNCATE ON persons_number_key
    FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_change();


-- Django gives every text key a second index for LIKE; keys are only ever compared whole.
DO $$
DECLARE spare text;
BEGIN
    FOR spare IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema AND tablename = 'persons_number_key' AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', spare);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0005_match_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='CustodyChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unified_person_number', models.TextField()),
                ('act', models.TextField()),
                ('reason', models.TextField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.TextField()),
            ],
            options={
                'verbose_name': '個人番号の異動',
                'verbose_name_plural': '個人番号の異動',
                'db_table': 'persons_custody_change',
                'indexes': [models.Index(fields=['unified_person_number'], name='persons_custody_change_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(('act__in', ['CHANGED', 'DELETED'])), name='persons_custody_change_act_is_known')],
            },
        ),
        migrations.CreateModel(
            name='NumberKey',
            fields=[
                ('key_id', models.TextField(primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField()),
                ('made_by', models.TextField()),
                ('replaced_at', models.DateTimeField(null=True)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': '個人番号の鍵',
                'verbose_name_plural': '個人番号の鍵',
                'db_table': 'persons_number_key',
                'constraints': [models.CheckConstraint(condition=models.Q(('key_id__regex', '^[1-9][0-9]*$')), name='persons_number_key_has_a_number'), models.CheckConstraint(condition=models.Q(('retired_at__isnull', True), ('replaced_at__isnull', False), _connector='OR'), name='persons_number_key_is_replaced_first'), models.UniqueConstraint(models.Value(1), condition=models.Q(('replaced_at__isnull', True)), name='persons_number_key_seals_alone')],
            },
        ),
        # No way back: without the table of keys nobody could tell under which one a number stands.
        migrations.RunSQL(GUARDS),
    ]
