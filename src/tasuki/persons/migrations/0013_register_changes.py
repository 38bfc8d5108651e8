"""What business systems are told of the register: written once, never altered, gone with whom it is about."""

import django.contrib.postgres.fields
import uuid
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER persons_register_change_is_not_altered BEFORE UPDATE OR TRUNCATE ON persons_register_change
    FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_change();

-- Whose number a system has no more, of them it is told nothing; that holds for an erasure and for whatever else.
CREATE FUNCTION persons_forget_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM persons_told_protection t USING gone g
        WHERE t.system = g.system AND t.system_person_number = g.system_person_number;
    DELETE FROM persons_register_change c USING gone g WHERE c.system = g.system
        AND (c.system_person_number = g.system_person_number OR g.system_person_number = ANY (c.same_person));
    RETURN NULL;
END $$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION persons_forget_told() SET search_path = %I, pg_temp', current_schema());
END $$;
CREATE TRIGGER persons_forget_told AFTER DELETE ON persons_system_person REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION persons_forget_told();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0012_erasure'),
    ]

    operations = [
        migrations.CreateModel(
            name='ToldProtection',
            fields=[
                ('pk', models.CompositePrimaryKey('system', 'system_person_number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('system', models.TextField()),
                ('system_person_number', models.TextField()),
            ],
            options={
                'verbose_name': '支援措置の通知',
                'verbose_name_plural': '支援措置の通知',
                'db_table': 'persons_told_protection',
            },
        ),
        migrations.CreateModel(
            name='RegisterCarried',
            fields=[
                ('carried_id', models.IntegerField(primary_key=True, serialize=False)),
                ('upto', models.BigIntegerField()),
                ('carried_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '住民異動の通知済み位置',
                'verbose_name_plural': '住民異動の通知済み位置',
                'db_table': 'persons_register_carried',
                'constraints': [models.CheckConstraint(condition=models.Q(('carried_id', 1)), name='persons_register_carried_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='RegisterChange',
            fields=[
                ('pk', models.CompositePrimaryKey('system', 'ordinal', blank=True, editable=False, primary_key=True, serialize=False)),
                ('system', models.TextField()),
                ('ordinal', models.BigIntegerField()),
                ('change_id', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('system_person_number', models.TextField()),
                ('same_person', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('kind', models.TextField()),
                ('event_date', models.DateField(null=True)),
                ('changed_at', models.DateTimeField()),
                ('told_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '住民異動の通知',
                'verbose_name_plural': '住民異動の通知',
                'db_table': 'persons_register_change',
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['REGISTERED', 'MOVED_IN', 'MOVED_WITHIN', 'MOVED_OUT', 'DIED', 'NAME_CHANGED', 'HOUSEHOLD_CHANGED', 'NUMBER_CHANGED', 'CORRECTED', 'MERGED', 'SPLIT', 'RETURNED', 'PROTECTION_STARTED', 'PROTECTION_ENDED'])), name='persons_register_change_kind_is_known')],
            },
        ),
        # No way back: what guards a history is not dropped by a migration.
        migrations.RunSQL(GUARDS),
    ]
