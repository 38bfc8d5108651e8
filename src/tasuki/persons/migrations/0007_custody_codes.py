"""What came of asking for linkage codes."""

from django.db import migrations, models

# Django gives every text key a second index for LIKE; keys are only ever compared whole.
KEYS = """
DO $$
DECLARE spare text;
BEGIN
    FOR spare IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema AND tablename = 'persons_code_attempt' AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', spare);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0006_custody'),
    ]

    operations = [
        migrations.CreateModel(
            name='CodeAttempt',
            fields=[
                ('unified_person_number', models.TextField(primary_key=True, serialize=False)),
                ('outcome', models.TextField()),
                ('attempts', models.IntegerField()),
                ('last_at', models.DateTimeField()),
                ('next_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': '符号取得の結果',
                'verbose_name_plural': '符号取得の結果',
                'db_table': 'persons_code_attempt',
            },
        ),
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
    ]
