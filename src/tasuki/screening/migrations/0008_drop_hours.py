"""The hours in which folders of senders are looked into, set by the town."""

from django.db import migrations, models

TRIGGER = """
CREATE TRIGGER screening_drop_hours_is_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON screening_drop_hours
  FOR EACH STATEMENT EXECUTE FUNCTION screening_refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('screening', '0007_fhir_documents'),
    ]

    operations = [
        migrations.CreateModel(
            name='DropHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField(unique=True)),
                ('begins', models.SmallIntegerField()),
                ('ends', models.SmallIntegerField()),
                ('reason', models.TextField()),
                ('written_at', models.DateTimeField()),
                ('written_by', models.TextField()),
            ],
            options={
                'verbose_name': '自動取込みの時間帯',
                'verbose_name_plural': '自動取込みの時間帯',
                'db_table': 'screening_drop_hours',
                'constraints': [models.CheckConstraint(condition=models.Q(('begins__range', (0, 23)), ('ends__range', (0, 23))), name='screening_drop_hours_are_hours')],
            },
        ),
        migrations.RunSQL(TRIGGER, migrations.RunSQL.noop),
    ]
