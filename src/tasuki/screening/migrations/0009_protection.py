"""The list of protected persons, and who is to be treated as protected while it is too old (fail-closed)."""

from django.db import migrations, models

# While the newest complete list is too old, everybody it names stays protected whatever end it gave, and whoever was
# registered since, of whom it could not know, is taken for protected. Where there never was a list, the register alone
# says who is protected.
IS_HELD = """
CREATE FUNCTION screening_is_held(person text, registered timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce((
    SELECT now() >= newest.fresh_until AND (registered > newest.loaded_at OR EXISTS (
      SELECT FROM screening_listed_person l
      WHERE l.system_person_number = person AND l.load_id >= newest.load_id))
    FROM (SELECT load_id, fresh_until, loaded_at FROM screening_protection_load WHERE is_complete
      ORDER BY loaded_at DESC LIMIT 1) AS newest), FALSE)
$$
"""
KEYS = """
DO $$
DECLARE spare text;
BEGIN
    FOR spare IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema AND tablename = 'screening_listed_person'
        AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', spare);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('screening', '0008_drop_hours'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProtectionTold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('told_on', models.DateField()),
                ('is_stale', models.BooleanField()),
                ('told_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '留保の伝達',
                'verbose_name_plural': '留保の伝達',
                'db_table': 'screening_protection_told',
            },
        ),
        migrations.CreateModel(
            name='ListedPerson',
            fields=[
                ('system_person_number', models.TextField(primary_key=True, serialize=False)),
                ('protected_from', models.DateField()),
                ('protected_to', models.DateField(null=True)),
                ('renewed_on', models.DateField(null=True)),
                ('load_id', models.UUIDField()),
            ],
            options={
                'verbose_name': '支援措置名簿',
                'verbose_name_plural': '支援措置名簿',
                'db_table': 'screening_listed_person',
                'constraints': [models.CheckConstraint(condition=models.Q(('protected_to__isnull', True), ('protected_to__gte', models.F('protected_from')), _connector='OR'), name='screening_listed_protection_is_a_period')],
            },
        ),
        migrations.CreateModel(
            name='ProtectionLoad',
            fields=[
                ('load_id', models.UUIDField(db_default=models.Func(function='screening_new_uuid', output_field=models.UUIDField()), primary_key=True, serialize=False)),
                ('file_name', models.TextField()),
                ('sha256', models.TextField()),
                ('listed_on', models.DateField()),
                ('fresh_until', models.DateTimeField()),
                ('is_complete', models.BooleanField()),
                ('people', models.IntegerField()),
                ('changed', models.IntegerField()),
                ('missing', models.IntegerField()),
                ('problems', models.IntegerField()),
                ('loaded_at', models.DateTimeField()),
                ('loaded_by', models.TextField()),
            ],
            options={
                'verbose_name': '支援措置名簿の取込み',
                'verbose_name_plural': '支援措置名簿の取込み',
                'db_table': 'screening_protection_load',
                'indexes': [models.Index(fields=['-loaded_at'], name='screening_protection_newest')],
            },
        ),
        migrations.RunSQL(IS_HELD, "DROP FUNCTION screening_is_held(text, timestamptz)"),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
    ]
