"""A register of institutions that keeps its changes, and what residents declare of screenings at work."""

from django.db import migrations, models

TRIGGER = """
CREATE TRIGGER screening_facility_change_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_facility_change
    FOR EACH STATEMENT EXECUTE FUNCTION screening_refuse_change();
"""
# Keys are only ever compared whole, so the second index that Django gives every text key is of no use.
KEYS = """
DO $$
DECLARE spare text;
BEGIN
    FOR spare IN SELECT indexname FROM pg_indexes
        WHERE schemaname = current_schema AND tablename = 'screening_facility_change' AND indexname LIKE '%\\_like' LOOP
        EXECUTE format('DROP INDEX %I', spare);
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('screening', '0004_register_and_contact'),
    ]

    operations = [
        migrations.CreateModel(
            name='FacilityChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('facility_number', models.TextField()),
                ('act', models.TextField()),
                ('changed_at', models.DateTimeField()),
                ('changed_by', models.TextField()),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
            ],
            options={
                'verbose_name': '実施機関異動履歴',
                'verbose_name_plural': '実施機関異動履歴',
                'db_table': 'screening_facility_change',
            },
        ),
        migrations.AddField(
            model_name='result',
            name='declared_outcome',
            field=models.TextField(null=True),
        ),
        migrations.AddConstraint(
            model_name='facility',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='screening_facility_validity_is_a_period'),
        ),
        migrations.AddIndex(
            model_name='facilitychange',
            index=models.Index(fields=['facility_number'], name='screening_facility_change_of'),
        ),
        migrations.AddConstraint(
            model_name='facilitychange',
            constraint=models.CheckConstraint(condition=models.Q(('before__isnull', False), ('after__isnull', False), _connector='OR'), name='screening_facility_change_says_something'),
        ),
        # No way back: dropping what guards a history is not something a migration does.
        migrations.RunSQL(TRIGGER),
        migrations.RunSQL(KEYS),
    ]
