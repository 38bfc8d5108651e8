"""Inspections of links: what they found, their cases beside those of registration, links moved to whom they are of."""

from django.db import migrations, models

TRIGGER = """
CREATE TRIGGER persons_inspection_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON persons_inspection
    FOR EACH STATEMENT EXECUTE FUNCTION persons_refuse_change();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0007_custody_codes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Inspection',
            fields=[
                ('inspection_id', models.UUIDField(primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField()),
                ('began_by', models.TextField()),
                ('ended_at', models.DateTimeField()),
                ('statements', models.JSONField()),
                ('counts', models.JSONField()),
                ('opened', models.IntegerField()),
                ('standing', models.IntegerField()),
                ('superseded', models.IntegerField()),
                ('stopped', models.IntegerField()),
            ],
            options={
                'verbose_name': '総点検',
                'verbose_name_plural': '総点検',
                'db_table': 'persons_inspection',
            },
        ),
        migrations.RemoveConstraint(
            model_name='case',
            name='persons_one_open_case',
        ),
        migrations.AddField(
            model_name='split',
            name='to_known',
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['OPEN', 'PROPOSED']), models.Q(('system', ''), _negated=True), models.Q(('kind__in', ['LINKED_TO_OTHER', 'LINK_DOUBTFUL', 'NUMBERED_TWICE']), _negated=True)), fields=('system', 'system_person_number'), name='persons_one_open_case'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['OPEN', 'PROPOSED']), models.Q(('system', ''), _negated=True), ('kind__in', ['LINKED_TO_OTHER', 'LINK_DOUBTFUL', 'NUMBERED_TWICE'])), fields=('system', 'system_person_number'), name='persons_one_open_inspected'),
        ),
        migrations.AddIndex(
            model_name='inspection',
            index=models.Index(fields=['-ended_at'], name='persons_inspection_newest'),
        ),
        # No way back: dropping what guards a history is not something a migration does.
        migrations.RunSQL(TRIGGER),
    ]
