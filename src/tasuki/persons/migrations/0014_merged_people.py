"""An index of the few people who were merged, so that a list of people is held against them alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('persons', '0013_register_changes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='person',
            index=models.Index(condition=models.Q(('survivor__isnull', False)), fields=['survivor'], name='persons_merged'),
        ),
    ]
