"""When the gateway heard of an acquisition: what was open before had been told at once."""

from django.db import migrations, models

TOLD = "UPDATE persons_acquisition SET told_at = requested_at"


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0010_people_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='acquisition',
            name='told_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(TOLD, migrations.RunSQL.noop),
    ]
